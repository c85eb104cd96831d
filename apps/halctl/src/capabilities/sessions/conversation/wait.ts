import { HalError, type SessionView } from "@hal/protocol";
import { span, statusText } from "@hal/words";
import { exactRef } from "../exact-ref.ts";
import { EXIT } from "../../../exit-codes.ts";
import { showOpenQuestions } from "./await-answer.ts";
import { currentCursor, followEvents, untilReached } from "../../../live/follow-events.ts";
import { note, print } from "../../../output/print.ts";
import { said } from "../../../output/said.ts";
import { sessionCard } from "../pages.ts";
import type { Run } from "../../../grammar/run.ts";

export interface WaitArgs {
  readonly ref: string;
  /** milliseconds; for ever where there is none */
  readonly timeout?: number | undefined;
}

const RESTING: ReadonlySet<SessionView["status"]> = new Set(["idle", "error", "ended"]);

/** Waits until a session rests: 0 it is idle, 1 its turn failed or it has ended, 6 it took longer than it may. */
export const waitForSession: Run<WaitArgs> = async (session, { ref, timeout }) => {
  const { client, terminal } = session;
  const over = new AbortController();
  const limit = timeout === undefined ? over.signal : AbortSignal.timeout(timeout);
  const signal = AbortSignal.any([terminal.interrupted, over.signal, limit]);
  const after = await currentCursor(session);
  const { output: found } = await client.call("sessions.get", { ref });
  const asked = new Set<string>();
  const look = async (): Promise<SessionView> => {
    const { output } = await untilReached(session, signal, () =>
      client.call("sessions.get", { ref: exactRef(ref, found) }, { signal }),
    );
    if (output.status === "waiting") await showOpenQuestions(session, output.id, asked);
    return output;
  };
  try {
    let now = RESTING.has(found.status) ? found : await look();
    if (!RESTING.has(now.status)) {
      note(session, said`halctl: ${found.id} is ${statusText(now)}; waiting for it`);
      for await (const { type } of followEvents(
        session,
        { session_id: found.id, node_id: found.node_id, after },
        signal,
      )) {
        if (!/^(session|interaction)\./.test(type) || type === "session.message") continue;
        now = await look();
        if (RESTING.has(now.status)) break;
      }
    }
    signal.throwIfAborted();
    print(session, now, sessionCard);
    return now.status === "idle" ? EXIT.done : EXIT.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    const what = `${found.id} goes on: halctl sessions watch ${found.id}`;
    if (terminal.interrupted.aborted) throw new HalError("cancelled", `left it; ${what}`);
    throw new HalError("timeout", `it does not rest after ${span(timeout ?? 0)}; ${what}`);
  } finally {
    over.abort();
  }
};
