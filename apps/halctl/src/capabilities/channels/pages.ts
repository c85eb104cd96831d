import type { NoticeView, OperationOutput, TargetView } from "@hal/protocol";
import { ago, clockTime, duration, thousands } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint, paintStatus } from "../../output/paint.ts";
import { reasonIn, reasonsBelow, toldBelow } from "../../output/reasons.ts";
import { shortIds } from "../../output/short-ids.ts";
import { table } from "../../output/table.ts";

/** Targets, and whether what is sent to them arrives. */
export function targetTable(targets: readonly TargetView[], look: Look): string {
  const stated = targets.map(({ state: status, reason }) => ({ status, reason }));
  const elsewhere = new Set(toldBelow(stated, look));
  const list = table(
    ["NAME", "STATE", "TO", "TELLS", "WAITING", "LAST_SENT", "NEXT_TRY", "REASON"],
    targets.map((target, index) => [
      target.name,
      paintStatus(target.state),
      target.to === "" ? "-" : target.to,
      volumeText(target, look),
      waitingText(target, look),
      target.last_sent_at === null ? "-" : ago(target.last_sent_at, look.now),
      nextText(target, look),
      reasonIn(stated[index], elsewhere),
    ]),
    look.wide ? undefined : look.columns,
  );
  const below = targets.map(({ name: id, state: status, reason }) => ({ id, status, reason }));
  return list + reasonsBelow(below, look) + stoppedLines(targets);
}

/** How much it is told, and when. */
function volumeText(
  { verbosity, quiet_until: quiet, digest_at: digest }: TargetView,
  { now }: Pick<Look, "now">,
): string {
  const quietText = quiet === null ? [] : [`quiet until ${clockTime(quiet, now)}`];
  const digestText = digest === null ? [] : [`digest at ${digest}`];
  return [verbosity ?? "everything", ...quietText, ...digestText].join(", ");
}

function waitingText({ waiting, waiting_since: since }: TargetView, { now }: Pick<Look, "now">): string {
  return since === null ? thousands(waiting) : `${thousands(waiting)}, oldest ${ago(since, now)}`;
}

function nextText({ next_try_at: at }: Pick<TargetView, "next_try_at">, { now }: Pick<Look, "now">): string {
  if (at === null) return "-";
  const leftMs = Date.parse(at) - now;
  return leftMs <= 0 ? "now" : `in ${duration(leftMs)}`;
}

/** How what was stopped goes on. */
function stoppedLines(targets: readonly TargetView[]): string {
  return targets
    .filter(({ state, to }) => state === "stopped" && to !== "")
    .map(({ name }) => `mend what keeps ${name} from arriving, then: halctl channels test ${name}\n`)
    .join("");
}

/** What came of a test, and what is missing. */
export function testPage({ target, sent, reason, missing, resumed }: OperationOutput<"channels.test">): string {
  const head = sent
    ? `${paint("good", "SENT")}  a test arrived at ${target}\n`
    : `${paint("bad", "NOT SENT")}  ${target}: ${reason}\n`;
  const again = resumed ? `${target} was stopped, and is sent to again\n` : "";
  const lines = missing.filter((line) => line !== reason).map((line) => `${paint("warn", "MISSING")}  ${line}\n`);
  return `${head}${again}${lines.join("")}`;
}

/** How an app is made, step by step, and what it asks for. */
export function setupPage({ steps, rights, events, manifest, address }: OperationOutput<"channels.setup">): string {
  const listed = (named: readonly { readonly name: string; readonly why: string }[]): string =>
    table(
      ["NAME", "WHY"],
      named.map(({ name, why }) => [name, why]),
    );
  const numbered = steps.map((step, index) => `${index + 1}. ${step}\n`).join("");
  return `${numbered}\nwhat it is allowed:\n${listed(rights)}\nwhat it is told of:\n${listed(events)}${manifest === "" ? "" : `\nthe manifest:\n${manifest}\n`}\nthe address:\n${address}\n`;
}

/** Notices, newest first. */
export function noticeTable(notices: readonly NoticeView[], look: Look): string {
  const ids = look.wide ? notices.map(({ id }) => id) : shortIds(notices.map(({ id }) => id));
  const stated = notices.map(({ state: status, reason }) => ({ status, reason }));
  const elsewhere = new Set(toldBelow(stated, look));
  const list = table(
    ["ID", "TARGET", "STATE", "TELLS", "EVENT", "WHEN", "TRIES", "NEXT_TRY", "REASON"],
    notices.map((notice, index) => [
      ids[index] ?? notice.id,
      notice.target,
      paintStatus(notice.state),
      notice.type,
      notice.event_id === null ? "-" : String(notice.event_id),
      ago(notice.created_at, look.now),
      thousands(notice.tries),
      nextText(notice, look),
      reasonIn(stated[index], elsewhere),
    ]),
    look.wide ? undefined : look.columns,
  );
  const below = notices.map(({ id, state: status, reason }, index) => ({ id: ids[index] ?? id, status, reason }));
  return list + reasonsBelow(below, look);
}
