import type { ArrivalView, RepositoryView } from "@hal/protocol";
import { ago, duration, thousands } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint, paintStatus } from "../../output/paint.ts";
import { reasonIn, reasonsBelow, toldBelow } from "../../output/reasons.ts";
import { shortIds } from "../../output/short-ids.ts";
import { card, table } from "../../output/table.ts";

/** Arrivals, newest first; below them what keeps answers from being written. */
export function arrivalTable(arrivals: readonly ArrivalView[], look: Look): string {
  const short = (all: readonly string[]): readonly string[] => (look.wide ? all : shortIds(all));
  const ids = short(arrivals.map(({ id }) => id));
  const sessions = short(arrivals.map((one) => one.session_id ?? "-"));
  const stated = arrivals.map(({ state: status, reason }) => ({ status, reason }));
  const elsewhere = new Set(toldBelow(stated, look));
  const list = table(
    [
      "ID",
      "FROM",
      "EVENT",
      "REPOSITORY",
      "ABOUT",
      "SENDER",
      "STATE",
      "WHEN",
      "SESSION",
      "NEXT_TRY",
      "ANSWER",
      "REASON",
    ],
    arrivals.map((one, index) => [
      ids[index] ?? one.id,
      one.from,
      one.event,
      one.repository,
      one.thing,
      one.sender,
      paintStatus(one.state),
      ago(one.created_at, look.now),
      sessions[index] ?? "-",
      nextText(one, look),
      one.answer === "none" ? "-" : paintStatus(one.answer),
      reasonIn(stated[index], elsewhere),
    ]),
    look.wide ? undefined : look.columns,
  );
  const below = arrivals.map(({ id, state: status, reason }, index) => ({ id: ids[index] ?? id, status, reason }));
  const unwritten = arrivals
    .filter(({ answer }) => answer === "stopped")
    .map(({ id, answer_reason: why }) => `${paint("bad", "NOT ANSWERED")}  ${id}: ${why}\n`);
  return list + reasonsBelow(below, look) + unwritten.join("");
}

function nextText({ next_try_at: at }: ArrivalView, { now }: Pick<Look, "now">): string {
  if (at === null) return "-";
  const leftMs = Date.parse(at) - now;
  return leftMs <= 0 ? "now" : `in ${duration(leftMs)}`;
}

/** Repositories, and whether what comes from them is taken. */
export function repositoryTable(repositories: readonly RepositoryView[], look: Look): string {
  const stated = repositories.map(({ state: status, reason }) => ({ status, reason }));
  const elsewhere = new Set(toldBelow(stated, look));
  const list = table(
    ["REPOSITORY", "STATE", "FROM", "ARRIVALS", "LAST", "REASON"],
    repositories.map((one, index) => [
      one.repository,
      paintStatus(one.state),
      one.from.length === 0 ? "-" : one.from.join(", "),
      thousands(one.arrivals),
      one.last_at === null ? "-" : ago(one.last_at, look.now),
      reasonIn(stated[index], elsewhere),
    ]),
    look.wide ? undefined : look.columns,
  );
  const below = repositories.map(({ repository: id, state: status, reason }) => ({ id, status, reason }));
  return list + reasonsBelow(below, look);
}

export function repositoryCard(one: RepositoryView, { now }: Pick<Look, "now">): string {
  return card([
    ["repository", one.repository],
    ["state", paintStatus(one.state)],
    ["reason", one.reason],
    ["from", one.from.length === 0 ? "-" : one.from.join(", ")],
    ["switched off by", one.by ?? "-"],
    ["since", ago(one.since, now)],
    ["arrivals", thousands(one.arrivals)],
    ["last", ago(one.last_at, now)],
  ]);
}
