import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { Report } from "../../harness/report.ts";
import { eventually } from "../../harness/eventually.ts";
import { Installation, MEDIA } from "../installation.ts";
import { type Change, type Release, versionBeside } from "../release.ts";
import type { TestBed } from "../test-bed.ts";

/** Turns that are under way when something is done; a tick is a tenth of a second. */
const LONG = "[[slow: 600]]";
const LAST_WORD = "tick599";
const BEFORE = "/media/hal/before";
/** How long an agent may take to tell once more what a log has lost. */
const TOLD_AGAIN_MS = 60_000;

/** A release that is not well: what its programs do when systemd starts them. Their version and their judgement of a configuration are as ever. */
const FAULTS: Readonly<Record<string, Change>> = {
  "a supervisor that ends at once": startsBy("hal-supervisor", "echo broken >&2; exit 1"),
  "a supervisor that never says that it is ready": startsBy("hal-supervisor", "exec sleep infinity"),
  "an agent that ends after three seconds": startsBy("hal-agent", "systemd-notify --ready; sleep 3; exit 1"),
};

/** An upgrade from the release before with sessions at work, and back. */
export async function upgrades(bed: TestBed, report: Report): Promise<void> {
  const before = bed.before();
  await using machine = await bed.machine("older", { releases: { before } });
  const installation = await bed.running(machine, ["engine", "notes"], BEFORE);
  report.showOnFailure(() => [machine.console]);
  const versions = async () => [
    await installation.versionOf("hal-supervisor"),
    await installation.versionOf("hal-agent"),
  ];

  let sessions: Awaited<ReturnType<typeof atWork>> | undefined;
  await report.step("the release before runs, with sessions at work", async () => {
    expect(await versions()).toEqual([before.version, before.version]);
    sessions = await atWork(installation);
  });
  await report.step("S22 an upgrade brings all to the new version, and what runs is restarted and well", async () => {
    await installation.mustScript("upgrade.sh", `--from ${MEDIA.release}`);
    expect(await versions()).toEqual([bed.release.version, bed.release.version]);
    await machine.must("systemctl is-active hal-supervisor hal-agent");
    await installation.nodesUp();
    for (const name of ["hal-supervisor", "hal-agent", "halctl"])
      expect(await machine.must(`readlink -f /usr/local/bin/${name}.backup`)).toContain(`/${before.version}/${name}/`);
  });
  await report.step("no event and no session is lost, and no turn is cut short", async () =>
    expectWhole(installation, sessions),
  );
  await report.step("a rollback brings the version before back, which runs with the same data", async () => {
    const again = await atWork(installation);
    await installation.mustScript("rollback.sh", "");
    expect(await versions()).toEqual([before.version, before.version]);
    await installation.nodesUp();
    // where the newer version changed the schema, its log is left behind, and what was told since comes from the agent once more
    await eventually(() => expectTold(installation, again), TOLD_AGAIN_MS);
    await expectEnds(installation, again);
  });
  await report.step("a second rollback goes forward again", async () => {
    await installation.mustScript("rollback.sh", "");
    expect(await versions()).toEqual([bed.release.version, bed.release.version]);
    await installation.nodesUp();
  });
}

/** Releases that are not well, one after the other, each while sessions are at work. */
export async function brokenReleases(bed: TestBed, report: Report): Promise<void> {
  const version = versionBeside(bed.release.version, 1);
  const faults = Object.entries(FAULTS).map(([about, change], index) => ({
    about,
    folder: `broken${index}`,
    release: bed.reissue(version, change),
  }));
  const releases = Object.fromEntries(faults.map(({ folder, release }) => [folder, release] as const));
  await using machine = await bed.machine("stays", { releases });
  const installation = await bed.running(machine, ["engine", "notes"]);
  report.showOnFailure(() => [machine.console]);
  for (let round = 1; round <= bed.rounds; round += 1) {
    const fault = faults[(round - 1) % faults.length] as (typeof faults)[number];
    await report.step(`round ${round}: ${fault.about} is taken back by itself, and nothing is lost`, () =>
      takenBack(bed, installation, fault),
    );
  }
}

async function takenBack(
  bed: TestBed,
  installation: Installation,
  fault: { readonly folder: string; readonly release: Release },
): Promise<void> {
  const { machine } = installation;
  const sessions = await atWork(installation);
  const { code, stderr } = await installation.script("upgrade.sh", `--from /media/hal/${fault.folder} --wait 10`);
  expect([
    code,
    /the version before is installed again, and runs/.test(stderr),
    stderr.trim().split("\n").length <= 4,
  ]).toEqual([1, true, true]);
  for (const name of ["hal-supervisor", "hal-agent"] as const)
    expect(await installation.versionOf(name)).toBe(bed.release.version);
  await machine.must("systemctl is-active hal-supervisor hal-agent");
  await installation.nodesUp();
  await expectWhole(installation, sessions);
}

interface AtWork {
  readonly opencode: number;
  readonly busy: readonly string[];
  /** the events of each session, by their ids */
  readonly told: ReadonlyMap<string, readonly unknown[]>;
  /** what each of them says */
  readonly said: ReadonlyMap<string, readonly string[]>;
}

async function atWork(installation: Installation): Promise<AtWork> {
  const busy = [await installation.begin("engine", LONG), await installation.begin("notes", LONG)];
  for (const id of busy) await installation.sessionIn(id, "busy");
  const sessions = await installation.api<{ id: string }[]>("/sessions?limit=1000");
  const told = new Map<string, readonly unknown[]>();
  const said = new Map<string, readonly string[]>();
  for (const { id } of sessions) {
    const events = await installation.events(id);
    told.set(
      id,
      events.map((event) => event.id),
    );
    said.set(id, events.map(sayingOf));
  }
  return { opencode: installation.opencodePid(), busy, told, said };
}

function sayingOf({ type, data }: { readonly type: string; readonly data: unknown }): string {
  return `${type} ${JSON.stringify(data)}`;
}

/** Every event that was told is in the log, whatever its id is there. */
async function expectTold(installation: Installation, { said }: AtWork): Promise<void> {
  for (const [id, before] of said) {
    const after = new Set((await installation.events(id)).map(sayingOf));
    expect(before.filter((one) => !after.has(one))).toEqual([]);
  }
}

/** Every session is there, with every event in its place, and the turns that were under way end as if nothing had been. */
async function expectWhole(installation: Installation, sessions: AtWork | undefined): Promise<void> {
  if (sessions === undefined) throw new TypeError("no sessions were at work");
  expect(installation.opencodePid()).toBe(sessions.opencode);
  for (const [id, before] of sessions.told) {
    const after = (await installation.events(id)).map((event) => event.id);
    expect(after.slice(0, before.length)).toEqual(before);
  }
  await expectEnds(installation, sessions);
}

/** The turns that were under way end as if nothing had been. */
async function expectEnds(installation: Installation, sessions: AtWork): Promise<void> {
  for (const id of sessions.busy) {
    await installation.sessionIn(id, "idle", 180_000);
    const messages = await installation.messages(id);
    expect(messages.at(-1)?.text).toContain(LAST_WORD);
    const events = await installation.events(id);
    const ends = events.filter(({ type }) => type === "session.idle");
    if (ends.length !== 1)
      throw new Error(
        `told ${ends.length} times that it is idle: ${JSON.stringify(events.map(({ type, data }) => [type, data]))}`,
      );
  }
}

function startsBy(broken: string, command: string): Change {
  return (component, folder) => {
    if (component !== broken) return;
    const launcher = path.join(folder, "bin", component);
    const text = readFileSync(launcher, "utf8");
    const harmless = `case " $* " in *" --version "* | *" --validate "* | *" end-opencode "*) ;; *) ${command} ;; esac\n`;
    writeFileSync(launcher, text.replace("set -eu\n", `set -eu\n${harmless}`));
  };
}
