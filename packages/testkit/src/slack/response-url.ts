import { type SlackArguments, SlackRefusal } from "./call.ts";
import { BOT_USER, type SlackWorkspace } from "./workspace.ts";

const MOST_RESPONSES = 5;
const RESPONSE_MS = 30 * 60_000;

/** What the app says by a response_url: only to the person where it says nothing else, or in the place of the message whose button was pressed. */
export function answerByUrl(
  workspace: SlackWorkspace,
  rightId: string,
  given: SlackArguments,
  { text, blocks = [] }: { readonly text: string; readonly blocks: readonly unknown[] | undefined },
): void {
  const right = workspace.rights.get(rightId);
  if (right === undefined || right.responses >= MOST_RESPONSES) throw new SlackRefusal("used_url");
  if (workspace.now() - right.at > RESPONSE_MS) throw new SlackRefusal("expired_url");
  right.responses += 1;
  const { origin, channel, user } = right;
  if (given["delete_original"] === true) {
    if (origin !== undefined) workspace.remove(origin);
  } else if (given["replace_original"] === true && origin !== undefined) {
    Object.assign(origin, { text, blocks, edits: origin.edits + 1 });
  } else {
    workspace.say({
      channel,
      user: BOT_USER,
      isOwn: true,
      text,
      blocks,
      threadTs: typeof given["thread_ts"] === "string" ? given["thread_ts"] : undefined,
      ephemeralTo: given["response_type"] === "in_channel" ? undefined : user,
    });
  }
}
