import { HalError } from "@hal/protocol";
import type { Context } from "../../context.ts";
import { NAMELESS_ERROR } from "../../domain/source-fact.ts";
import { saidOf, UnclearError } from "../../domain/unclear-error.ts";

/** A first prompt boots the project's part of opencode, which takes seconds. */
const BEGIN_MS = 20_000;

/** opencode is busy for a moment even with a model that it does not have; the refusal follows at once. */
const REFUSAL_MS = 150;

/** A turn that is watched until it began. */
export interface AwaitedTurn {
  readonly begun: Promise<void>;
  stop(): void;
}

/**
 * Watches for the beginning of a turn. opencode says yes to a prompt before it knows whether it can do it, so
 * success is the user message together with a session at work that is not refused in the same breath.
 */
export function awaitTurn(context: Context, sessionId: string, messageId: string): AwaitedTurn {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined); // whoever awaits `begun` hears of it; after `stop` nobody does
  const before = context.book.get(sessionId)?.status;
  // a session at work takes the prompt when its turn comes
  let working = before === "busy" || before === "waiting" || before === "retrying";
  let seen = false;
  let accepted: NodeJS.Timeout | undefined;

  const unlisten = context.book.listen((event) => {
    if (event.session !== sessionId) return;
    if (event.type === "session.message" && event.data.messageId === messageId && event.data.text !== "") seen = true;
    if (event.type === "session.busy" || event.type === "session.waiting" || event.type === "session.retrying")
      working = true;
    if (event.type === "session.error" && event.data.name === NAMELESS_ERROR)
      reject(new HalError("opencode_error", `opencode refused the prompt: ${event.data.message}`));
    if (working && seen) accepted ??= setTimeout(resolve, REFUSAL_MS);
  });
  const look = (otherwise: HalError): void => {
    hasBegun(context, { sessionId, messageId, otherwise }).then(resolve, reject);
  };
  const tooLate = setTimeout(
    look,
    BEGIN_MS,
    new UnclearError("opencode_error", `opencode took the prompt and did not begin within ${BEGIN_MS / 1000} s`),
  );
  const onStop = (): void =>
    look(new UnclearError("interrupted", "the agent was stopped before opencode was at the prompt"));
  context.stopping.addEventListener("abort", onStop, { once: true });

  return {
    begun: promise,
    stop() {
      unlisten();
      clearTimeout(tooLate);
      clearTimeout(accepted);
      context.stopping.removeEventListener("abort", onStop);
    },
  };
}

async function hasBegun(
  context: Context,
  turn: { readonly sessionId: string; readonly messageId: string; readonly otherwise: HalError },
): Promise<void> {
  if (!(await saidOf(context.opencode.api().hasPrompt(turn.sessionId, turn.messageId)))) throw turn.otherwise;
}
