import type { DbInfo, StatusView, WhoamiView } from "@hal/protocol";
import { bytes, holdText, span } from "@hal/words";
import { type Check, note, ok, problem, SKEW_MS } from "./check.ts";

const LEAST_FREE_BYTES = 1024 ** 3;
const OLD_BACKUP_MS = 2 * 86_400_000;
const EXPIRES_SOON_MS = 7 * 86_400_000;
const RESTORED_LATELY_MS = 7 * 86_400_000;

/** What the supervisor says of itself, of the time, and of who asks. */
export function checkSupervisor(facts: {
  readonly status: StatusView;
  readonly actor: WhoamiView;
  readonly version: string;
  /** on this machine's clock, in the middle between question and answer */
  readonly askedAt: number;
  readonly roundTripMs: number;
}): Check[] {
  const { status, actor, version, askedAt, roundTripMs } = facts;
  return [
    versionCheck(status.version, version),
    actorCheck(actor, askedAt),
    clockCheck(Date.parse(status.server_time) - askedAt, roundTripMs),
    ...restoreChecks(status, askedAt),
    ...holdChecks(status),
    ...workChecks(status),
    ...followerChecks(status),
  ];
}

/** Whether its database has room, and a backup that is not old. */
export function checkDatabase({ size_bytes: size, free_bytes: free, backup }: DbInfo, now: number): Check[] {
  const checks: Check[] = [];
  if (free < 2 * size || free < LEAST_FREE_BYTES)
    checks.push(
      problem(
        "database",
        `${bytes(free)} are left on the disk of the supervisor's database, which has ${bytes(size)}`,
        "make room there; halctl db prune --older-than 30d makes it use its own space again",
      ),
    );
  const age = backup === null ? undefined : now - Date.parse(backup.made_at);
  if (age === undefined || age > OLD_BACKUP_MS)
    checks.push(
      note("database", `its last backup is ${age === undefined ? "none" : `${span(age)} old`}`, "halctl db backup"),
    );
  if (checks.length > 0) return checks;
  return [ok("database", `${bytes(size)}, ${bytes(free)} free, backed up ${span(age ?? 0)} ago`)];
}

function versionCheck(theirs: string, ours: string): Check {
  return theirs === ours
    ? ok("supervisor", `version ${theirs}, as halctl`)
    : note("supervisor", `version ${theirs}, halctl is ${ours}`, "install the same release on both");
}

function actorCheck({ actor, role, expires_at: expiresAt }: WhoamiView, now: number): Check {
  const who = `accepted: ${actor}, role ${role}`;
  if (expiresAt === null) return ok("token", who);
  const leftMs = Date.parse(expiresAt) - now;
  const text = `${who}, expires in ${span(leftMs)}`;
  return leftMs < EXPIRES_SOON_MS
    ? note("token", text, "an admin makes another one: halctl tokens create NAME --role …")
    : ok("token", text);
}

/** The round trip's half is what cannot be known of the difference. */
function clockCheck(skewMs: number, roundTripMs: number): Check {
  const apart = Math.abs(skewMs);
  if (apart <= SKEW_MS + roundTripMs / 2)
    return ok("clock", `as the supervisor's, within ${Math.ceil(apart / 1000)} s`);
  const direction = skewMs > 0 ? "behind" : "ahead of";
  return problem(
    "clock",
    `this machine's clock is ${span(apart)} ${direction} the supervisor's`,
    "set both by NTP: timedatectl set-ntp true",
  );
}

/** What a restore may have brought back is looked at by a person, for some days. */
function restoreChecks({ restored_at: at }: StatusView, now: number): Check[] {
  const age = at === undefined ? Number.POSITIVE_INFINITY : now - Date.parse(at);
  if (age > RESTORED_LATELY_MS) return [];
  const text =
    `the supervisor's database is a copy that was restored ${span(age)} ago: what was changed after that copy is lost, ` +
    "and tokens that were revoked after it are valid again";
  return [note("database", text, "halctl tokens list; halctl tokens revoke NAME")];
}

/** What the supervisor does for events as they come, where it does not get on. */
function followerChecks({ followers = [], server_time: at }: StatusView): Check[] {
  return followers.flatMap(({ name, stuck, set_aside: count, last_set_aside: last }) => {
    const checks: Check[] = [];
    if (stuck !== null) {
      const now = Date.parse(at);
      const where = stuck.event_id === null ? "cannot read the event log" : `is stuck at event ${stuck.event_id}`;
      const next = span(Math.max(0, Date.parse(stuck.next_try_at) - now));
      const text = `${name} ${where} for ${span(now - Date.parse(stuck.since))}: ${stuck.reason}; tried ${stuck.attempts} times, again in ${next}`;
      checks.push(problem("follower", text, "mend what it names; the supervisor's log has more of it"));
    }
    if (count > 0 && last !== null)
      checks.push(
        note(
          "follower",
          `${name} went on without ${count} events, last ${last.event_id}: ${last.reason}`,
          `halctl followers list; mend what it names, then: halctl followers retry ${name}`,
        ),
      );
    return checks;
  });
}

/** What an operator holds is meant, and easily forgotten. */
function holdChecks({ holds = [], server_time: at }: StatusView): Check[] {
  return holds.map((hold) => {
    const since = span(Math.max(0, Date.parse(at) - Date.parse(hold.since)));
    return note("hold", `${holdText(hold)} for ${since} now: nothing begins there`, hold.release);
  });
}

function workChecks({ open_interactions: open, nodes }: StatusView): Check[] {
  const checks: Check[] = [];
  if (Object.values(nodes).every((count) => count === 0))
    checks.push(
      problem("nodes", "no agent ever connected", "start hal-agent where projects are, with this supervisor_url"),
    );
  if (open > 0) checks.push(note("interactions", `${open} wait for a person`, "halctl interactions list"));
  return checks;
}
