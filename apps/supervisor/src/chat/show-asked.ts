import type { Message } from "@hal/channels";
import type { CommandReply, CommandView, PromptView } from "@hal/protocol";
import { headOf } from "@hal/protocol/text";

/** So much of what somebody said is shown to the others. */
const MOST_SAID = 300;

/** What somebody asked of a session, in words for everybody there: most platforms do not show what others type. */
export interface AskedOfSession {
  /** where it was done: `ann restarted` */
  readonly did: string;
  /** where it was not, or is not yet: `ann wants to restart` */
  readonly wants: string;
  /** what was said to the session, if anything */
  readonly said?: unknown;
}

type Reply = { readonly command: CommandView } & Partial<Pick<CommandReply, "session_id">>;

/** What became of a command, by whom it was given and what it is about. */
export function showAsked({ command, session_id: id }: Reply, { did, wants, said }: AskedOfSession): Message {
  const about = command.project ?? "a session";
  const small = { ...saidIn(said), ...footerOf(id ?? command.session_id) };
  switch (command.state) {
    case "succeeded":
      return { title: `${did} ${about}`, tone: "good", ...small };
    case "failed":
    case "expired":
    case "cancelled":
      return { title: `${wants} ${about}, but it was not done: ${command.reason}`, tone: "bad", ...small };
    case "queued":
    case "sent":
    case "running":
      return { title: `${wants} ${about}: ${command.reason}`, tone: "neutral", ...small };
    default:
      return command.state satisfies never;
  }
}

/** A prompt that waits for its turn. */
export function showWaiting(prompt: PromptView | null, by: string): Message {
  if (prompt === null) return { title: `${by} wants to prompt a session`, tone: "neutral" };
  const { text, project, reason, session_id: id } = prompt;
  return { title: `${by} wants to prompt ${project}: ${reason}`, tone: "neutral", ...saidIn(text), ...footerOf(id) };
}

function saidIn(said: unknown): Partial<Message> {
  if (typeof said !== "string" || said === "") return {};
  const kept = headOf(said, MOST_SAID);
  return { text: kept.length < said.length ? `${kept}…` : said };
}

function footerOf(id: string | null | undefined): Partial<Message> {
  return typeof id === "string" ? { footer: id } : {};
}
