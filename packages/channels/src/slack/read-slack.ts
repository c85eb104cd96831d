import { unescapeSlack } from "./escape-slack.ts";

/** What somebody wrote, as people read it: names instead of ids where Slack says them, addresses as they were typed. */
export function readSlackText(text: string): string {
  return unescapeSlack(text.replaceAll(/<([^<>]*)>/g, (_, inner: string) => readSign(inner)));
}

/** A command line in words. Quotes and dashes that a keyboard made pretty are plain ones again. */
export function splitSlackWords(text: string): readonly string[] {
  const plain = readSlackText(text)
    .replaceAll(/[\u2018\u2019\u201a\u201b]/g, "'")
    .replaceAll(/[\u201c\u201d\u201e\u201f]/g, '"');
  return plain
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => word.replace(/^[\u2013\u2014](?=\w)/, "--"));
}

/** The rest of a text that begins by calling somebody. */
export function withoutMention(text: string, user: string): string {
  return text.replace(new RegExp(`<@${user}(\\|[^>]*)?>`), "").trim();
}

export function mentions(text: string, user: string): boolean {
  return new RegExp(`<@${user}(\\|[^>]*)?>`).test(text);
}

/** What stands between angle brackets: a target, and perhaps a label. */
function readSign(inner: string): string {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? "" : inner.slice(bar + 1);
  if (target.startsWith("@")) return `@${label || target.slice(1)}`;
  if (target.startsWith("#")) return `#${label || target.slice(1)}`;
  if (target.startsWith("!date^")) return label;
  if (target.startsWith("!subteam^")) return label || target;
  if (target.startsWith("!")) return `@${label || target.slice(1)}`;
  // an address that Slack found in what was typed
  if (label === "" || target.endsWith(label)) return label || target;
  return `${label} (${target})`;
}
