import { type CommandReply, HalError, isFinal } from "@hal/protocol";
import { statusText } from "@hal/words";
import { note } from "../../../output/print.ts";
import { said } from "../../../output/said.ts";
import type { Session } from "../../../session.ts";
import { untilReached } from "../../../live/follow-events.ts";

/** How long one question about a command stays open at the supervisor. */
const ASK_MS = 20_000;

/** Waits for the outcome of a command, such as one whose node is offline; past the time limit it is told as it is. */
export async function awaitOutcome(
  session: Session,
  reply: CommandReply,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<CommandReply> {
  if (isFinal(reply.command.state)) return reply;
  const { id, state, reason } = reply.command;
  note(session, said`halctl: ${id} is ${statusText({ status: state, reason })}; waiting for it`);
  const began = performance.now();
  const leftMs = (): number => Math.round(limits.timeoutMs - (performance.now() - began));
  let { command } = reply;
  while (!isFinal(command.state) && leftMs() > 0) {
    const input = { id, wait_ms: Math.min(ASK_MS, leftMs()) };
    try {
      const asked = await untilReached(session, limits.signal, () =>
        session.client.call("commands.get", input, { signal: limits.signal }),
      );
      command = asked.output;
    } catch (error) {
      if (!limits.signal.aborted) throw error;
      throw new HalError("cancelled", `left it; the command goes on: halctl commands get ${id}`);
    }
  }
  const output = command.output as { readonly sessionId?: string; readonly messageId?: string } | null;
  return {
    command,
    session_id: command.session_id ?? output?.sessionId ?? reply.session_id,
    message_id: output?.messageId ?? reply.message_id,
  };
}
