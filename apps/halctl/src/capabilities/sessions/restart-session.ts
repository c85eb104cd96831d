import { COMMANDS } from "@hal/protocol";
import * as v from "valibot";
import type { Arguments, Once, Run } from "../../grammar/run.ts";
import { inputOf } from "../../grammar/typed-options.ts";
import { said } from "../../output/said.ts";
import { awaitOutcome } from "./conversation/await-outcome.ts";
import { conclude } from "./session-actions.ts";

/** How long everything beside the handover may take before halctl leaves it. */
const BESIDE_MS = 120_000;

interface RestartArgs extends Arguments, Once {
  readonly ref: string;
  readonly plain?: boolean;
  /** milliseconds */
  readonly timeout: number;
}

/** Restarts a session, waits for the one that goes on from it, and says what became of the handover. */
export const restartSession: Run<RestartArgs> = async (session, args) => {
  const { timeout, idempotencyKey } = args;
  const input = {
    ...inputOf("sessions.restart", args, session.terminal.now()),
    timeout_seconds: Math.max(1, Math.ceil(timeout / 1_000)),
  };
  const { output } = await session.client.call("sessions.restart", input, { idempotencyKey });
  const limits = { timeoutMs: (args.plain === true ? 0 : timeout) + BESIDE_MS, signal: session.terminal.interrupted };
  const reply = await awaitOutcome(session, output, limits);
  return conclude(session, { ...reply, session_id: nextOf(reply.command.output) ?? reply.session_id }, (id) => {
    const made = v.safeParse(COMMANDS["session.restart"].output, reply.command.output);
    if (!made.success) return said`session ${id} goes on from it`;
    const { continues, handover } = made.output;
    return said`session ${id} goes on from ${continues}, which has ended; ${handover.reason}`;
  });
};

function nextOf(output: unknown): string | undefined {
  const { sessionId } = (output ?? {}) as { readonly sessionId?: string };
  return sessionId;
}
