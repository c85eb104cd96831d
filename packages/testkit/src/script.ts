/** One thing that the scripted model does. */
export type Directive =
  | { readonly kind: "say"; readonly text: string }
  /** tools that are called in one step */
  | { readonly kind: "tools"; readonly calls: readonly ToolCall[] }
  /** so many ticks, one every 100 ms */
  | { readonly kind: "slow"; readonly ticks: number }
  | { readonly kind: "words"; readonly count: number }
  | { readonly kind: "error"; readonly status: number }
  /** 429 with so many seconds to wait, the first time that it is asked */
  | { readonly kind: "limit"; readonly retryAfterSeconds: number }
  /** the connection breaks in the middle of the answer */
  | { readonly kind: "drop" }
  /** headers, and then nothing for ever */
  | { readonly kind: "hang" }
  | { readonly kind: "overflow" };

export interface ToolCall {
  readonly name: string;
  readonly args: string;
}

/** Tokens as a provider reports them: `input` with the cached ones, `output` with reasoning. */
export interface ScriptedUsage {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly reasoning: number;
}

export interface Script {
  readonly directives: readonly Directive[];
  readonly usage: ScriptedUsage | undefined;
}

/**
 * Reads `[[name: value]]` directives out of a prompt: `tool: NAME {json}` (several joined by ` && ` are called
 * at once), `say: text`, `slow: N`, `words: N`, `error: 401`, `429: seconds`, `drop`, `hang`, `overflow`,
 * `usage: in=1 out=2 cached=3 reasoning=4`. Unknown ones are passed over.
 */
export function parseScript(prompt: string): Script {
  const directives: Directive[] = [];
  let usage: ScriptedUsage | undefined;
  for (const { name, value } of blocks(prompt)) {
    if (name === "usage") usage = parseUsage(value);
    else directives.push(...parseDirective(name, value));
  }
  return { directives, usage };
}

/** Blocks may hold JSON with brackets of their own, so the end is where the brackets balance. */
function* blocks(prompt: string): Generator<{ readonly name: string; readonly value: string }> {
  let at = prompt.indexOf("[[");
  while (at !== -1) {
    const end = blockEnd(prompt, at);
    if (end === -1) return;
    const match = /^\[\[\s*(\w+)\s*(?::\s*([\s\S]*?))?\s*\]\]$/.exec(prompt.slice(at, end));
    if (match !== null) yield { name: match[1] as string, value: match[2] ?? "" };
    at = prompt.indexOf("[[", end);
  }
}

function blockEnd(prompt: string, start: number): number {
  let depth = 0;
  let inJson = false;
  let quoted = false;
  for (let index = start; index < prompt.length; index += 1) {
    const character = prompt[index];
    if (quoted && character === "\\") index += 1;
    else if (character === '"' && inJson) quoted = !quoted;
    else if (!quoted && character === "{") inJson = true;
    else if (!quoted && character === "[") depth += 1;
    else if (!quoted && character === "]") depth -= 1;
    if (depth === 0) return index + 1;
  }
  return -1;
}

function parseDirective(name: string, value: string): Directive[] {
  switch (name) {
    case "say":
      return [{ kind: "say", text: value }];
    case "tool":
      return [{ kind: "tools", calls: value.split(/(?<=\})\s+&&\s+(?=\w+\s*\{)/).map(parseCall) }];
    case "slow":
      return [{ kind: "slow", ticks: Number(value) }];
    case "words":
      return [{ kind: "words", count: Number(value) }];
    case "error":
      return [{ kind: "error", status: Number(value) }];
    case "429":
      return [{ kind: "limit", retryAfterSeconds: Number(value) }];
    case "drop":
    case "hang":
    case "overflow":
      return [{ kind: name }];
    default:
      return [];
  }
}

function parseCall(text: string): ToolCall {
  const space = text.trim().indexOf(" ");
  return space === -1
    ? { name: text.trim(), args: "{}" }
    : { name: text.trim().slice(0, space), args: text.trim().slice(space + 1) };
}

function parseUsage(text: string): ScriptedUsage {
  const count = (name: string): number => Number(new RegExp(`\\b${name}=(\\d+)`).exec(text)?.[1] ?? 0);
  return { input: count("in"), output: count("out"), cached: count("cached"), reasoning: count("reasoning") };
}
