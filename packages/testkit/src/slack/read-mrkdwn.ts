import { isRecord } from "./checks.ts";

/** What a text does beside being read. */
export interface MrkdwnEffects {
  /** who is called: `@U1`, `!channel`, `!subteam^S1` */
  readonly calls: readonly string[];
  /** addresses that it links to in angle brackets */
  readonly links: readonly string[];
  /** what is not well formed in it: a stray sign of mark-up, or a fence that is never closed */
  readonly broken: readonly string[];
}

const NOTHING: MrkdwnEffects = { calls: [], links: [], broken: [] };

/** Reads a text of mark-up as Slack does: what stands in angle brackets is a mention or a link, also between back-ticks. */
export function readMrkdwn(text: string): MrkdwnEffects {
  const calls: string[] = [];
  const links: string[] = [];
  const broken: string[] = [];
  const rest = text.replaceAll(/<([^<>]*)>/g, (_, inner: string) => {
    const [target = ""] = inner.split("|");
    if (target.startsWith("@")) calls.push(target);
    else if (/^!(channel|here|everyone|subteam\^)/.test(target)) calls.push(target);
    else if (/^(https?|mailto|tel|slack):/.test(target)) links.push(target);
    else if (!/^(#|!date\^)/.test(target)) broken.push(`<${inner}>`);
    return "";
  });
  for (const [stray] of rest.matchAll(/[<>]|&(?!amp;|lt;|gt;)/g)) broken.push(stray);
  if ((rest.match(/```/g)?.length ?? 0) % 2 === 1) broken.push("```");
  return { calls, links, broken };
}

/** The same of a message: its text, and each text of mark-up in its blocks. */
export function readMessage(text: string, blocks: readonly unknown[]): MrkdwnEffects {
  return [readMrkdwn(text), ...blocks.map(readDeep)].reduce(both, NOTHING);
}

function readDeep(value: unknown): MrkdwnEffects {
  if (Array.isArray(value)) return value.map(readDeep).reduce(both, NOTHING);
  if (!isRecord(value)) return NOTHING;
  if (value["type"] === "mrkdwn" && typeof value["text"] === "string") return readMrkdwn(value["text"]);
  if (value["type"] === "user") return { ...NOTHING, calls: [`@${String(value["user_id"])}`] };
  if (value["type"] === "usergroup") return { ...NOTHING, calls: [`!subteam^${String(value["usergroup_id"])}`] };
  if (value["type"] === "broadcast") return { ...NOTHING, calls: [`!${String(value["range"])}`] };
  return Object.values(value).map(readDeep).reduce(both, NOTHING);
}

function both(one: MrkdwnEffects, other: MrkdwnEffects): MrkdwnEffects {
  return {
    calls: [...new Set([...one.calls, ...other.calls])],
    links: [...one.links, ...other.links],
    broken: [...one.broken, ...other.broken],
  };
}
