import type { APIAllowedMentions, APIEmbed, APIEmbedField } from "discord.js";
import { cutEnd } from "../cut.ts";
import type { Button, Field, Message, Ping, Tone } from "../message.ts";
import { firstLine } from "../tone.ts";
import { escapedEnd, fenced } from "./escape-discord.ts";

/** One that is pressed, or one that opens an address. */
export type DiscordButton =
  | {
      readonly type: 2;
      readonly style: 1 | 2 | 4;
      readonly label: string;
      readonly custom_id: string;
      readonly disabled?: boolean;
    }
  | { readonly type: 2; readonly style: 5; readonly label: string; readonly url: string };

export interface DiscordRow {
  readonly type: 1;
  readonly components: readonly DiscordButton[];
}

/** What is sent of a message: an embed, which calls nobody and unfurls nothing; `content` has its call alone. */
export interface RenderedDiscord {
  readonly content: string;
  readonly embeds: APIEmbed[];
  readonly components: readonly DiscordRow[];
  readonly allowed_mentions: APIAllowedMentions;
}

const MOST_BUTTONS = 25;
const BUTTONS_A_ROW = 5;
const MOST_FIELDS = 25;
/** of all embeds of a message together */
const MOST_CHARACTERS = 6_000;
const MOST_TITLE = 256;
const MOST_DESCRIPTION = 4_096;
/** how long text, code and each field may be; the first with which all of it fits is taken */
const SIZES = [
  { text: 2_000, code: 2_000, field: 1_000 },
  { text: 1_500, code: 1_800, field: 300 },
  { text: 800, code: 1_000, field: 120 },
  { text: 300, code: 300, field: 40 },
] as const;
type Size = (typeof SIZES)[number];

const COLOURS: Readonly<Record<Tone, number>> = {
  good: 0x2e_a0_43,
  warn: 0xd2_99_22,
  bad: 0xd1_24_2f,
  neutral: 0x6e_77_81,
};

/**
 * A message in Discord's plain JSON. Whatever it says, it calls nobody but its `ping`, links to nothing but its buttons, and fits.
 * @param ref what it is found by again
 */
export function renderDiscord(message: Message, ref?: string): RenderedDiscord {
  let embed: APIEmbed = {};
  for (const size of SIZES) {
    embed = embedOf(message, size);
    if (lengthOf(embed) <= MOST_CHARACTERS && (embed.description?.length ?? 0) <= MOST_DESCRIPTION) break;
  }
  return {
    ...call(message.ping),
    embeds: [ref === undefined ? embed : { ...embed, url: `${REF}${ref}` }],
    components: rows(message.buttons ?? []),
  };
}

/** Nobody sees the address of an embed without a title, and nobody is at this one. */
const REF = "https://hal.invalid/";

/** What a message was sent under, by its embeds. */
export function refOf(embeds: readonly Pick<APIEmbed, "url">[]): string | undefined {
  const url = embeds.find((one) => one.url?.startsWith(REF))?.url;
  return url?.slice(REF.length);
}

function embedOf(message: Message, size: Size): APIEmbed {
  const { tone, at, fields = [], text = "", code = "" } = message;
  const line = firstLine(tone, visible(message.title));
  const title = cutEnd(line, MOST_TITLE);
  const description = [
    // what a title has no room for is said below it
    ...(title === line ? [] : [escapedEnd(line, 1_000)]),
    ...(visible(text) === "" ? [] : [escapedEnd(visible(text), size.text)]),
    ...(visible(code) === "" ? [] : [fenced(legible(code), size.code)]),
  ].join("\n");
  const footer = smallPrint(message);
  return {
    // of all parts the one in which no mark-up counts
    author: { name: title },
    color: COLOURS[tone],
    ...(description === "" ? {} : { description }),
    ...(fields.length === 0 ? {} : { fields: fields.slice(0, MOST_FIELDS).map((field) => fieldOf(field, size.field)) }),
    ...(footer === "" ? {} : { footer: { text: footer } }),
    ...(at === undefined ? {} : { timestamp: new Date(at).toISOString() }),
  };
}

function fieldOf({ name, value, isShort = false }: Field, most: number): APIEmbedField {
  return {
    name: escapedEnd(visible(name).replaceAll(/\s+/g, " "), 100) || "–",
    value: escapedEnd(visible(value), most) || "–",
    inline: isShort,
  };
}

function smallPrint({ fields = [], footer = "" }: Message): string {
  const left = fields.length - MOST_FIELDS;
  return [
    ...(left > 0 ? [`${left} more`] : []),
    ...(visible(footer) === "" ? [] : [cutEnd(visible(footer), 500)]),
  ].join(" · ");
}

function rows(buttons: readonly Button[]): readonly DiscordRow[] {
  const shown = buttons
    .filter((button) => !("url" in button) || isWebAddress(button.url))
    .slice(0, MOST_BUTTONS)
    .map(buttonOf);
  const count = Math.ceil(shown.length / BUTTONS_A_ROW);
  return Array.from({ length: count }, (_, row) => ({
    type: 1,
    components: shown.slice(row * BUTTONS_A_ROW, (row + 1) * BUTTONS_A_ROW),
  }));
}

function buttonOf(button: Button): DiscordButton {
  const label = cutEnd(visible(button.label), 80) || "–";
  if ("url" in button) return { type: 2, style: 5, label, url: button.url };
  const style = button.style === "main" ? 1 : button.style === "danger" ? 4 : 2;
  return { type: 2, style, label, custom_id: button.id, ...(button.isDisabled === true ? { disabled: true } : {}) };
}

function isWebAddress(url: string): boolean {
  return url.length <= 512 && URL.canParse(url) && /^https?:\/\//.test(url);
}

/** Who is called; an id that is none of Discord's calls nobody. */
function call(ping: Ping | undefined): Pick<RenderedDiscord, "content" | "allowed_mentions"> {
  if (ping === undefined || !/^\d{5,20}$/.test(ping.id)) return { content: "", allowed_mentions: { parse: [] } };
  return ping.kind === "user"
    ? { content: `<@${ping.id}>`, allowed_mentions: { parse: [], users: [ping.id] } }
    : { content: `<@&${ping.id}>`, allowed_mentions: { parse: [], roles: [ping.id] } };
}

/** As Discord counts them: names, texts and values. */
function lengthOf({ author, description = "", fields = [], footer }: APIEmbed): number {
  const texts = [
    author?.name ?? "",
    description,
    footer?.text ?? "",
    ...fields.flatMap(({ name, value }) => [name, value]),
  ];
  return texts.reduce((sum, text) => sum + text.length, 0);
}

/** Without what nobody sees: Discord refuses a text of nothing else. */
function visible(text: string): string {
  return legible(text).trim();
}

/** Without signs of control, and halves of signs, which JSON cannot carry. */
function legible(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.toWellFormed().replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f]/g, "");
}
