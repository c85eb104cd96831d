import type {
  ActionsBlock,
  Block,
  Button as SlackButton,
  KnownBlock,
  MrkdwnElement,
  PlainTextElement,
} from "@slack/web-api";
import { cutEnd } from "../cut.ts";
import type { Button, Field, Message, Ping } from "../message.ts";
import { firstLine } from "../tone.ts";
import { escapedEnd, fenced } from "./escape-slack.ts";

/** What is sent of a message: `text` is what notifications and screen readers say. */
export interface RenderedSlack {
  readonly text: string;
  readonly blocks: readonly KnownBlock[];
}

const MOST_BUTTONS = 25;
const BUTTONS_A_ROW = 5;
const MOST_FIELDS = 20;
const FIELDS_A_SECTION = 10;
/** Slack takes about 13,200 characters of blocks in all, and does not say how it counts them. */
const MOST_JSON = 12_000;
/** how long text, code and each field may be; the first with which all of it fits is taken */
const SIZES = [
  { text: 2_900, code: 2_900, field: 1_000 },
  { text: 2_000, code: 2_000, field: 300 },
  { text: 1_000, code: 1_000, field: 120 },
  { text: 300, code: 300, field: 40 },
] as const;
type Size = (typeof SIZES)[number];

/** A message in Slack's blocks. Whatever it says, it calls nobody but its `ping`, links to nothing but its buttons, and fits. */
export function renderSlack(message: Message): RenderedSlack {
  const line = firstLine(message.tone, visible(message.title));
  const ping = mention(message.ping);
  const said = message.text === undefined ? line : `${line}\n${visible(message.text)}`;
  const text = `${ping === "" ? "" : `${ping} `}${escapedEnd(said, 2_000)}`;
  let blocks: readonly KnownBlock[] = [];
  for (const size of SIZES) {
    blocks = blocksOf(message, line, ping, size);
    if (JSON.stringify(blocks).length <= MOST_JSON) break;
  }
  return { text, blocks };
}

function blocksOf(message: Message, line: string, ping: string, size: Size): readonly KnownBlock[] {
  const { text = "", code = "", fields = [], buttons = [] } = message;
  const header = cutEnd(line, 150);
  const more: KnownBlock[] = [];
  // what a header has no room for is said below it
  if (header !== line) more.push({ type: "section", text: plain(line, 1_000) });
  if (ping !== "") more.push({ type: "section", text: { type: "mrkdwn", text: ping, verbatim: true } });
  if (visible(text) !== "") more.push({ type: "section", text: plain(visible(text), size.text) });
  if (visible(code) !== "")
    more.push({ type: "section", text: { type: "mrkdwn", text: fenced(legible(code), size.code), verbatim: true } });
  return [
    { type: "header", text: plain(header, 150) },
    ...more,
    ...fieldBlocks(fields, size.field),
    ...smallPrint(message),
    ...rows(buttons),
  ];
}

/** Short ones stand side by side, others have a line of their own. */
function fieldBlocks(fields: readonly Field[], most: number): readonly KnownBlock[] {
  const blocks: (Block & { readonly type: "section"; text?: MrkdwnElement; fields?: MrkdwnElement[] })[] = [];
  for (const { name, value, isShort = false } of fields.slice(0, MOST_FIELDS)) {
    const label = escapedEnd(visible(name).replaceAll("*", "∗") || "–", 100);
    const element: MrkdwnElement = {
      type: "mrkdwn",
      text: `*${label}*\n${escapedEnd(visible(value) || "–", most)}`,
      verbatim: true,
    };
    const last = blocks.at(-1);
    if (!isShort) blocks.push({ type: "section", text: element });
    else if (last?.fields !== undefined && last.fields.length < FIELDS_A_SECTION) last.fields.push(element);
    else blocks.push({ type: "section", fields: [element] });
  }
  return blocks;
}

function smallPrint({ fields = [], footer = "", at, buttons = [] }: Message): readonly KnownBlock[] {
  const left = fields.length - MOST_FIELDS;
  const closed = buttons.flatMap((one) => ("id" in one && one.isDisabled === true ? [one.label] : []));
  const elements: (MrkdwnElement | PlainTextElement)[] = [
    ...(left > 0 ? [plain(`${left} more`, 100)] : []),
    ...(closed.length > 0 ? [plain(`Not available: ${closed.join(", ")}`, 300)] : []),
    ...(visible(footer) === "" ? [] : [plain(visible(footer), 500)]),
    ...(at === undefined ? [] : [dateOf(at)]),
  ];
  return elements.length === 0 ? [] : [{ type: "context", elements }];
}

/** Shown by the clock of whoever reads it. */
function dateOf(at: number): MrkdwnElement {
  const fallback = `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  return { type: "mrkdwn", text: `<!date^${Math.floor(at / 1_000)}^{date_short_pretty} {time}|${fallback}>` };
}

/** What cannot be pressed is no button on Slack; the small print names it. */
function rows(buttons: readonly Button[]): readonly ActionsBlock[] {
  const shown = buttons
    .filter((button) => ("url" in button ? isWebAddress(button.url) : button.isDisabled !== true))
    .slice(0, MOST_BUTTONS)
    .map(buttonOf);
  const count = Math.ceil(shown.length / BUTTONS_A_ROW);
  return Array.from({ length: count }, (_, row) => ({
    type: "actions",
    elements: shown.slice(row * BUTTONS_A_ROW, (row + 1) * BUTTONS_A_ROW),
  }));
}

function buttonOf(button: Button, index: number): SlackButton {
  const text = plain(visible(button.label) || "–", 75);
  if ("url" in button) return { type: "button", text, action_id: `${LINK}${index}`, url: button.url };
  const style = button.style === "main" ? "primary" : button.style === "danger" ? "danger" : undefined;
  return { type: "button", text, action_id: button.id, ...(style === undefined ? {} : { style }) };
}

/** What the id of a button begins with that only opens an address. */
export const LINK = "link:";

function isWebAddress(url: string): boolean {
  return url.length <= 3_000 && URL.canParse(url) && /^https?:\/\//.test(url);
}

/** Who is called, in mark-up; an id that is none of Slack's calls nobody. */
function mention(ping: Ping | undefined): string {
  if (ping === undefined || !/^[A-Z0-9]{2,30}$/.test(ping.id)) return "";
  return ping.kind === "user" ? `<@${ping.id}>` : `<!subteam^${ping.id}>`;
}

function plain(text: string, most: number): PlainTextElement {
  return { type: "plain_text", text: cutEnd(text, most), emoji: false };
}

/** Without what nobody sees: Slack refuses a text of nothing else. */
function visible(text: string): string {
  return legible(text).trim();
}

/** Without signs of control, and halves of signs, which a form cannot carry. */
function legible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
}
