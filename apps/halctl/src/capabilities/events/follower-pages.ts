import type { OperationOutput, SetAsideView } from "@hal/protocol";
import { ago, thousands } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { table } from "../../output/table.ts";

/** So many events of each are shown at a time. */
const MOST_SHOWN = 100;

/** How far each is, and below that what each went on without. */
export function followersPage(followers: OperationOutput<"followers.list">, look: Look): string {
  const columns = look.wide ? undefined : look.columns;
  const list = table(
    ["NAME", "LAG", "SET_ASIDE", "STUCK"],
    followers.map(({ name, lag_events: lag, set_aside: count, stuck }) => [
      name,
      thousands(lag),
      thousands(count),
      stuck === null ? "-" : `${stuck.event_id === null ? "" : `event ${stuck.event_id}: `}${stuck.reason}`,
    ]),
    columns,
  );
  const aside = followers.flatMap(({ name, events }) =>
    events.map(({ event_id: id, at, attempts, reason }) => [
      name,
      String(id),
      ago(at, look.now),
      String(attempts),
      reason,
    ]),
  );
  if (aside.length === 0) return list;
  const shown = table(["FOLLOWER", "EVENT", "SET_ASIDE", "TRIED", "REASON"], aside, columns);
  return `${list}\n${shown}${moreLines(followers)}`;
}

/** Where there is more than was shown, how to see it. */
function moreLines(followers: OperationOutput<"followers.list">): string {
  const cut = followers.filter(({ events, set_aside: count }) => events.length >= MOST_SHOWN && count > events.length);
  const lines = cut.map(
    ({ name, events }) => `${name} may have more: halctl followers list --after ${events.at(-1)?.event_id ?? 0}\n`,
  );
  return lines.length === 0 ? "" : `\n${lines.join("")}`;
}

/** What became of events that were handed over again. */
export function retriedPage({ done, failed, left }: OperationOutput<"followers.retry">): string {
  const lines = [
    ...done.map((id) => `event ${id} is done`),
    ...failed.map(({ event_id: id, reason }) => `event ${id} failed again: ${reason}`),
    left === 0 ? "nothing is set aside" : `${left} are set aside still`,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

export function droppedPage({ event_id: id, reason }: SetAsideView): string {
  return `event ${id} is given up; it had failed: ${reason}\n`;
}
