import { type CommandReply, HalError, type PromptReply } from "@hal/protocol";
import { note } from "../../../output/print.ts";
import { said } from "../../../output/said.ts";
import type { Session } from "../../../session.ts";
import { untilReached } from "../../../live/follow-events.ts";

/** How long one question about a prompt stays open at the supervisor. */
const ASK_MS = 20_000;

/** Waits until a prompt that waits is sent, or is not to be sent any more; past the time limit it is told as it is. */
export async function awaitSent(
  session: Session,
  reply: PromptReply | CommandReply,
  limits: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<PromptReply | CommandReply> {
  const listed = "prompt" in reply ? reply.prompt : null;
  if (reply.command !== null || listed === null) return reply;
  note(session, said`halctl: ${listed.id} ${listed.reason}; waiting for it`);
  const began = performance.now();
  const leftMs = (): number => Math.round(limits.timeoutMs - (performance.now() - began));
  let prompt = listed;
  while (prompt.state === "pending" && leftMs() > 0) {
    const input = { id: prompt.id, wait_ms: Math.min(ASK_MS, leftMs()) };
    try {
      const asked = await untilReached(session, limits.signal, () =>
        session.client.call("prompts.get", input, { signal: limits.signal }),
      );
      prompt = asked.output;
    } catch (error) {
      if (!limits.signal.aborted) throw error;
      throw new HalError("cancelled", `left it; the prompt still waits: halctl prompts get ${prompt.id}`);
    }
  }
  if (prompt.command_id === null || prompt.state !== "sent") return { ...reply, prompt };
  const { output: command } = await untilReached(session, limits.signal, () =>
    session.client.call("commands.get", { id: prompt.command_id ?? "" }, { signal: limits.signal }),
  );
  const output = command.output as { readonly messageId?: string } | null;
  return { command, session_id: prompt.session_id, message_id: output?.messageId ?? null, prompt };
}
