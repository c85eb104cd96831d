import { type InboxItemView, type InboxView, TIERS } from "@hal/protocol";
import { ago, duration, tierTone } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paint } from "../../output/paint.ts";
import { shortIds } from "../../output/short-ids.ts";
import { wrap } from "../../output/wrap.ts";
import { heldLines } from "../holds/pages.ts";

/** What needs a person, a few lines an item: since when, where, why, and what can be typed. */
export function inboxPage(view: InboxView, look: Look): string {
  const held = heldLines(view.holds, look);
  const foot = moreLine(view) + unreachableLine(view);
  if (view.items.length === 0) return `${held}${emptyLine(view, look)}${foot}`;
  const ids = look.wide ? view.items.map(({ id }) => id) : shortIds(view.items.map(({ id }) => id));
  return held + view.items.map((item, index) => itemLines(item, ids[index] ?? item.id, look)).join("\n") + foot;
}

function itemLines(item: InboxItemView, id: string, look: Look): string {
  const { tier, project, node, title, owner, since, reason, next } = item;
  const about = title === "" ? "" : ` "${title}"`;
  const whose = owner === null ? "" : `, for ${owner}`;
  const age = duration(Math.max(0, look.now - Date.parse(since)));
  const head = `${paint(tierTone(tier) ?? "faint", tier.toUpperCase())}  ${id}  ${project} on ${node}${about}${whose}, for ${age}`;
  const told =
    look.wide || look.columns === undefined ? reason : wrap(reason, Math.max(20, look.columns - INDENT.length));
  const steps = (look.wide ? next : next.slice(0, 1)).map(
    ({ command, purpose }) => `${INDENT}${paint("faint", "→")} ${command}  ${paint("faint", `(${purpose})`)}\n`,
  );
  return `${head}\n${INDENT}${told.replaceAll("\n", `\n${INDENT}`)}\n${steps.join("")}`;
}

const INDENT = "  ";

function emptyLine({ counts, since }: InboxView, look: Look): string {
  const total = TIERS.reduce((sum, tier) => sum + counts[tier], 0);
  if (total > 0) return "nothing in the inbox is of that tier\n";
  return `nothing needs you: nothing is open, failed or stuck, and nothing has finished since ${ago(since, look.now)}\n`;
}

function moreLine({ items, counts }: InboxView): string {
  const open = TIERS.map(
    (tier) =>
      [tier, counts[tier] - items.filter((item) => item.tier === tier && item.state === "open").length] as const,
  );
  const more = open.filter(([, count]) => count > 0).map(([tier, count]) => `${count} ${tier}`);
  return more.length === 0 ? "" : `\n${paint("faint", `not shown: ${more.join(", ")}`)}\n`;
}

function unreachableLine({ unreachable: { nodes, sessions } }: InboxView): string {
  if (sessions === 0) return "";
  const many = sessions === 1 ? "one session" : `${sessions} sessions`;
  return `\n${paint("warn", "NOT KNOWN")}  what ${many} on ${nodes.join(", ")} may need: nobody can reach them (see: halctl sessions list --status unreachable)\n`;
}
