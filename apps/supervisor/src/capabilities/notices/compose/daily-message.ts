import type { Field, Message } from "@hal/channels";
import type { InboxItemView, ReviewView } from "@hal/protocol";
import { cutText } from "@hal/protocol/text";
import { dollars, thousands } from "@hal/words";

/** So many of what waits are named, and of what sessions did. */
const MOST_WAITING = 5;
const MOST_SESSIONS = 8;
const MOST_LINE = 200;

/** What the ledger has since the digest before. */
export interface SpentSince {
  readonly spentUsd: number;
  readonly since: number;
}

/** What happened in a day, what waits, and what it cost, in one message. */
export function dailyMessage(review: ReviewView, sinceBefore: SpentSince): Message {
  const { sessions, more_sessions: more, waiting, counts, since, until } = review;
  const others = counts.blocked + counts.failed + counts.stuck - Math.min(waiting.length, MOST_WAITING);
  const unshown = more + Math.max(0, sessions.length - MOST_SESSIONS);
  const did = [
    ...sessions.slice(0, MOST_SESSIONS).map((one) => {
      const title = one.title === "" ? "" : ` "${one.title}"`;
      const spent = one.cost === 0 ? "" : `, ${dollars(one.cost)}`;
      return cut(
        `${(one.tier ?? one.status).toUpperCase()} ${one.project} on ${one.node}${title}: ${one.reason}${spent}`,
      );
    }),
    ...(unshown > 0 ? [`and ${thousands(unshown)} sessions more`] : []),
  ];
  const waits = waiting.slice(0, MOST_WAITING).map(waitingLine);
  return {
    title: `The day's digest: ${headline(review)}`,
    tone: counts.blocked + counts.failed + counts.stuck > 0 ? "warn" : "good",
    text: [
      moneyLine(sinceBefore, Date.parse(until)),
      ...(waits.length === 0 ? ["Nothing waits for a person."] : ["Waits for a person:", ...waits]),
      ...(others > 0 && waits.length > 0 ? [`and ${thousands(others)} more`] : []),
      ...(did.length === 0 ? ["No session did anything."] : ["What sessions did:", ...did]),
    ].join("\n"),
    fields: fieldsOf(review),
    footer: `All of it: halctl inbox review --since ${since}`,
    at: Date.parse(until),
  };
}

/** A day may have 25 hours. */
const MOST_YESTERDAY_MS = 26 * 3_600_000;
const DAY_MS = 24 * 3_600_000;

function moneyLine({ spentUsd, since }: SpentSince, until: number): string {
  const days = Math.round((until - since) / DAY_MS);
  const when = until - since <= MOST_YESTERDAY_MS ? "since yesterday" : `in the last ${days} days`;
  return spentUsd === 0 ? `Nothing was spent ${when}.` : `${dollars(spentUsd)} spent ${when}.`;
}

function headline({ counts, sessions, more_sessions: more }: ReviewView): string {
  const waits = counts.blocked + counts.failed + counts.stuck;
  const did = sessions.length + more;
  return `${waits === 0 ? "nothing waits" : waits === 1 ? "one thing waits" : `${thousands(waits)} things wait`}, ${
    did === 0
      ? "no session did anything"
      : did === 1
        ? "one session was at work"
        : `${thousands(did)} sessions were at work`
  }`;
}

function waitingLine({ tier, project, node, title, reason }: InboxItemView): string {
  const where = node === null ? project : `${project} on ${node}`;
  return cut(`${tier.toUpperCase()} ${where}${title === "" ? "" : ` "${title}"`}: ${reason}`);
}

function fieldsOf({ counts, interactions: { asked, answered, by_rule: byRule, expired } }: ReviewView) {
  const said: readonly (readonly [string, string])[] = [
    ["Blocked", thousands(counts.blocked)],
    ["Failed", thousands(counts.failed)],
    ["Stuck", thousands(counts.stuck)],
    ["Finished", thousands(counts.finished)],
    ["Questions", `${thousands(asked)} asked, ${thousands(answered + byRule)} answered, ${thousands(expired)} expired`],
  ];
  return said.map(([name, value]): Field => ({ name, value, isShort: true }));
}

function cut(line: string): string {
  const flat = line.replaceAll(/\s+/g, " ").trim();
  return cutText(flat, MOST_LINE);
}
