import { isRecord } from "../slack/checks.ts";

/** What a text does beside being read. */
export interface MarkdownEffects {
  /** the text as people read it */
  readonly text: string;
  /** who it names: `everyone`, `here`, or an id */
  readonly mentions: readonly string[];
  /** addresses that can be clicked, each with what stands for it where that is something else */
  readonly links: readonly string[];
  /** signs that change how the text looks, and a fence that is never closed */
  readonly marks: readonly string[];
}

const FENCE = /```(?:[^\n`]*\n)?([\s\S]*?)```/g;
const HELD = "\uE000";

/** Reads a text of Discord's mark-up: escapes, code, mentions, links, and what would be shown otherwise than it is written. */
export function readMarkdown(source: string): MarkdownEffects {
  const held: string[] = [];
  const hold = (text: string): string => {
    held.push(text);
    return `${HELD}${held.length - 1}${HELD}`;
  };
  const links: string[] = [];
  const mentions: string[] = [];
  const marks: string[] = [];
  let rest = source.replaceAll(HELD, "?");
  rest = rest.replaceAll(FENCE, (_, code: string) => hold(code.replace(/\n$/, "")));
  // a fence that opens and does not close
  if (/(?<!\\)```/.test(rest)) marks.push("```");
  rest = rest.replaceAll(/\\([^0-9A-Za-z\s])/g, (_, sign: string) => hold(sign));
  for (const [, label = "", url = ""] of rest.matchAll(/\[([^\]\n]*)\]\(<?(https?:\/\/[^)\s]+)/g))
    links.push(`${label} → ${url}`);
  for (const [url] of rest.matchAll(/https?:\/\/[^\s<]+/g)) links.push(url);
  for (const [, id = ""] of rest.matchAll(/<@[!&]?(\d{5,20})>/g)) mentions.push(id);
  for (const [, who = ""] of source.matchAll(/@(everyone|here)\b/g)) mentions.push(who);
  for (const [mark] of rest.matchAll(/[*_~|`]|<(?:#|@|t:|a?:\w+:|id:)|^[ \t]*(?:#{1,3} |-# |>|[-*+] |\d+\. )/gm))
    marks.push(mark);
  const text = rest.replaceAll(
    new RegExp(`${HELD}(\\d+)${HELD}`, "g"),
    (_, index: string) => held[Number(index)] ?? "",
  );
  return { text, mentions: [...new Set(mentions)], links, marks };
}

/** Who is called by a message: named in its content, and allowed. Without a word on who is allowed, all of them are. */
export function callsOf(content: string, allowed: unknown): readonly string[] {
  // mentions are looked for in the text as it came: no mark-up hides one
  const users = [...content.matchAll(/<@!?(\d{5,20})>/g)].map(([, id = ""]) => id);
  const roles = [...content.matchAll(/<@&(\d{5,20})>/g)].map(([, id = ""]) => id);
  const everyone = /@(everyone|here)\b/.test(content) ? ["everyone"] : [];
  if (!isRecord(allowed)) return [...new Set([...users, ...roles, ...everyone])];
  const parse = listOf(allowed["parse"]);
  const named = (ids: readonly string[], kind: string): readonly string[] =>
    parse.includes(kind) ? ids : ids.filter((id) => listOf(allowed[kind]).includes(id));
  return [
    ...new Set([...named(users, "users"), ...named(roles, "roles"), ...(parse.includes("everyone") ? everyone : [])]),
  ];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** What is wrong with a message to look at: addresses that unfurl or hide, and mark-up that nobody meant. */
export function blemishesOf(content: string, embeds: readonly unknown[], flags: number): readonly string[] {
  const said = readMarkdown(content);
  const isQuiet = (flags & 4) !== 0;
  const unfurled = isQuiet ? [] : said.links.map((link) => `unfurls ${link}`);
  const texts = embeds.flatMap(textsOf).map(readMarkdown);
  return [
    ...unfurled,
    ...texts.flatMap(({ links }) => links.map((link) => `links to ${link}`)),
    ...texts.flatMap(({ marks }) => marks.map((mark) => `mark-up: ${mark}`)),
  ];
}

/** The texts of an embed in which mark-up counts. */
function textsOf(embed: unknown): readonly string[] {
  if (!isRecord(embed)) return [];
  const fields = listOf(embed["fields"]).flatMap((field) => (isRecord(field) ? [field["name"], field["value"]] : []));
  return [embed["title"], embed["description"], ...fields].filter((one): one is string => typeof one === "string");
}
