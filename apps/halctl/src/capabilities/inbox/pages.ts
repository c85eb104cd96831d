import { type InboxItemView, type InboxView, type OperationOutput, TIERS } from "@hal/protocol";
import { ago, duration, tierTone } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint } from "../../output/paint.ts";
import { shortIds } from "../../output/short-ids.ts";
import { wrap } from "../../output/wrap.ts";
import { heldLines } from "../holds/pages.ts";

/** An item after something was noted of it, and what that means. */
export function itemPage(item: InboxItemView, look: Look): string {
  return `${itemLines({ ...item, state: "open" }, item.id, look)}${INDENT}${stateText(item, look)}\n`;
}

export function lookPage({ last_look: at }: OperationOutput<"inbox.look">, look: Look): string {
  return `what finished up to now is seen (${ago(at, look.now)}); what finishes from now on is shown: halctl inbox\n`;
}

/** What needs a person, a few lines an item: since when, where, why, and what can be typed. */
export function inboxPage(view: InboxView, look: Look, project?: string): string {
  const held = heldLines(view.holds, look);
  const foot = moreLine(view) + unreachableLine(view);
  if (view.items.length === 0) return `${held}${emptyLine(view, look, project)}${foot}`;
  return held + itemsText(view.items, look) + foot;
}

/** Items, a few lines each. */
export function itemsText(items: readonly InboxItemView[], look: Look): string {
  const ids = look.wide ? items.map(({ id }) => id) : shortIds(items.map(({ id }) => id));
  return items.map((item, index) => itemLines(item, ids[index] ?? item.id, look)).join("\n");
}

function itemLines(item: InboxItemView, id: string, look: Look): string {
  const { tier, kind, project, node, title, owner, since, reason, next } = item;
  const about = title === "" ? "" : ` "${title}"`;
  const whose = owner === null ? "" : `, for ${owner}`;
  const place = node === null ? `${kind}${kind === "project" ? "" : ` of ${project}`}` : `${project} on ${node}`;
  const age = duration(Math.max(0, look.now - Date.parse(since)));
  const head = `${paint(tierTone(tier) ?? "faint", tier.toUpperCase())}  ${id}  ${place}${about}${whose}, for ${age}`;
  const told =
    look.wide || look.columns === undefined ? reason : wrap(reason, Math.max(20, look.columns - INDENT.length));
  const state = item.state === "open" ? "" : `  ${paint("faint", `(${stateText(item, look)})`)}`;
  const steps = (look.wide ? next : next.slice(0, 1)).map(
    ({ command, purpose }) => `${INDENT}${paint("faint", "→")} ${command}  ${paint("faint", `(${purpose})`)}\n`,
  );
  return `${head}${state}\n${INDENT}${told.replaceAll("\n", `\n${INDENT}`)}\n${steps.join("")}`;
}

const INDENT = "  ";

/** How an item stands for whoever reads it. */
function stateText({ state, until }: InboxItemView, { now }: Pick<Look, "now">): string {
  switch (state) {
    case "open":
      return "it is in your inbox";
    case "answered":
      return "an answer is on its way to it";
    case "acknowledged":
      return "acknowledged: it is back when it moves";
    case "snoozed": {
      if (until === null) return "snoozed: it is back when it moves";
      return `snoozed: it is back when it moves, or in ${duration(Math.max(0, Date.parse(until) - now))}`;
    }
    default:
      return state satisfies never;
  }
}

function emptyLine({ counts, since }: InboxView, look: Look, project: string | undefined): string {
  const total = TIERS.reduce((sum, tier) => sum + counts[tier], 0);
  if (total > 0) return "nothing in the inbox is of that tier\n";
  const where = project === undefined ? "" : ` in ${project}`;
  const others = project === undefined ? "" : "; all projects: halctl inbox";
  return `nothing needs you${where}: nothing is open, failed or stuck, and nothing has finished since ${ago(since, look.now)}${others}\n`;
}

/** What is in the inbox and not on the page, and how that is seen. */
function moreLine({ items, counts, hidden }: InboxView): string {
  const isShown = ({ tier, state }: InboxItemView, of: string): boolean => tier === of && state === "open";
  const more = TIERS.flatMap((tier) => {
    const count = counts[tier] - items.filter((item) => isShown(item, tier)).length;
    return count > 0 ? [`${count} ${tier}`] : [];
  });
  const isAll = items.some(({ state }) => state !== "open");
  const off = Object.entries(hidden).flatMap(([state, count]) => (count > 0 && !isAll ? [`${count} ${state}`] : []));
  const lines = [
    ...(more.length === 0 ? [] : [`not shown: ${more.join(", ")}`]),
    ...(off.length === 0 ? [] : [`put aside: ${off.join(", ")} (see: halctl inbox --all)`]),
  ];
  return lines.map((line) => `\n${paint("faint", line)}\n`).join("");
}

function unreachableLine({ unreachable: { nodes, sessions } }: InboxView): string {
  if (sessions === 0) return "";
  const many = sessions === 1 ? "one session" : `${sessions} sessions`;
  return `\n${paint("warn", "NOT KNOWN")}  what ${many} on ${nodes.join(", ")} may need: nobody can reach them (see: halctl sessions list --status unreachable)\n`;
}
