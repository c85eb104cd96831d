import type { BillView } from "@hal/protocol";
import { ago } from "@hal/words";

const SLACK_MS = 5 * 60_000;

/** How asking one provider goes, as it is kept. */
export interface PollRow {
  readonly state: "working" | "failing";
  readonly code: string | null;
  readonly reason: string | null;
  readonly since: number;
  /** when all of it was told last */
  readonly toldAt: number | null;
  readonly note: string | null;
}

/** How a provider stands. */
export interface Standing {
  readonly state: BillView["state"];
  readonly reason: string;
  readonly code: string | null;
  readonly since: number | null;
  /** what is known of it is from earlier */
  readonly stale: boolean;
}

/** What is known of a provider that is asked: a failure is a mark at what was told before it, never another figure. */
export function standingOf(
  row: PollRow | undefined,
  { now, intervalMs }: { readonly now: number; readonly intervalMs: number },
): Standing {
  if (row === undefined)
    return { state: "untried", reason: "it was not asked yet", code: null, since: null, stale: false };
  const { state, toldAt, since, code } = row;
  const earlier =
    toldAt === null ? "it has told nothing yet" : `its figures are from ${ago(new Date(toldAt).toISOString(), now)}`;
  if (state === "failing")
    return { state, reason: `${row.reason ?? "it failed"}; ${earlier}`, code, since, stale: toldAt !== null };
  const isOld = toldAt !== null && now - toldAt > 2 * intervalMs + SLACK_MS;
  return isOld
    ? { state: "stale", reason: `it was not asked for long: ${earlier}`, code: null, since: toldAt, stale: true }
    : { state, reason: row.note ?? "it tells its bill", code: null, since, stale: false };
}
