import type { BlockProblem } from "./checks.ts";
import { readMessage } from "./read-mrkdwn.ts";
import type { SlackChannelState, SlackWorkspace } from "./workspace.ts";
import { judgeBlocks } from "./judge-blocks.ts";

/** What Slack answers where it refuses. */
export class SlackRefusal extends Error {
  readonly more: Readonly<Record<string, unknown>>;

  constructor(error: string, more: Readonly<Record<string, unknown>> = {}) {
    super(error);
    this.more = more;
  }
}

export type SlackArguments = Readonly<Record<string, unknown>>;

/** A method of the Web API. */
export interface SlackMethod {
  /** what the bot token has to be allowed; of several, one is enough */
  readonly scopes?: readonly string[];
  /** done with the app-level token */
  readonly isOfApp?: boolean;
  readonly run: (workspace: SlackWorkspace, given: SlackArguments, notes: string[]) => Record<string, unknown>;
}

/** Arguments as they came: a form in which everything is text, or JSON. */
export function readArguments(contentType: string, body: string): SlackArguments {
  if (contentType.startsWith("application/json")) return JSON.parse(body) as SlackArguments;
  return Object.fromEntries(new URLSearchParams(body));
}

export function textOf(given: SlackArguments, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function needed(given: SlackArguments, name: string): string {
  const value = textOf(given, name);
  if (value === undefined)
    throw new SlackRefusal("invalid_arguments", {
      response_metadata: { messages: [`[ERROR] missing required field: ${name}`] },
    });
  return value;
}

/** A field that is JSON in a form. */
export function jsonOf(given: SlackArguments, name: string, otherwise: string): unknown {
  const value = given[name];
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw new SlackRefusal(otherwise);
  }
}

export function isYes(given: SlackArguments, name: string): boolean {
  return given[name] === true || given[name] === "true" || given[name] === "1";
}

/** The channel that is meant, as far as the app knows it. */
export function channelOf(workspace: SlackWorkspace, id: string): SlackChannelState {
  const channel = workspace.channels.get(id);
  if (channel === undefined || (channel.isPrivate && !channel.isMember)) throw new SlackRefusal("channel_not_found");
  return channel;
}

/** The channel, where the app may write to it. */
export function openChannelOf(workspace: SlackWorkspace, id: string): SlackChannelState {
  const channel = channelOf(workspace, id);
  if (channel.isArchived) throw new SlackRefusal("is_archived");
  if (!channel.isMember) throw new SlackRefusal("not_in_channel");
  return channel;
}

export function refuseBlocks(error: string, problems: readonly BlockProblem[]): void {
  if (problems.length === 0) return;
  const said = problems.map(({ pointer, message }) => `${message} [json-pointer:${pointer}]`);
  throw new SlackRefusal(error, { errors: said, response_metadata: { messages: said.map((one) => `[ERROR] ${one}`) } });
}

const MOST_BLOCK_CHARACTERS = 13_200;

/** Text and blocks of a message, judged. */
export function contentOf(
  given: SlackArguments,
  mostText: number,
  notes: string[],
): { readonly text: string; readonly blocks: readonly unknown[] | undefined } {
  const text = textOf(given, "text") ?? "";
  const blocks = given["blocks"] === undefined ? undefined : jsonOf(given, "blocks", "invalid_blocks_format");
  if (blocks !== undefined) refuseBlocks("invalid_blocks", judgeBlocks(blocks));
  const judged = blocks as readonly unknown[] | undefined;
  if (judged !== undefined && JSON.stringify(judged).length > MOST_BLOCK_CHARACTERS)
    throw new SlackRefusal("msg_blocks_too_long");
  if (text.length > mostText) throw new SlackRefusal("msg_too_long");
  if (text === "" && (judged === undefined || judged.length === 0)) throw new SlackRefusal("no_text");
  if (text === "") notes.push("no text beside the blocks");
  for (const broken of readMessage(text, judged ?? []).broken) notes.push(`broken mark-up: ${broken}`);
  return { text, blocks: judged };
}
