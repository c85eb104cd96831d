import { HalError, type WaitEnd, type WaitView } from "@hal/protocol";
import { ago, span, statusText } from "@hal/words";
import { exactRef } from "../exact-ref.ts";
import { EXIT, exitCodeOfEnd } from "../../../exit-codes.ts";
import { showQuestion } from "./await-answer.ts";
import { readShape } from "./answer-shape.ts";
import { untilReached } from "../../../live/follow-events.ts";
import { complain, note, print } from "../../../output/print.ts";
import type { Look } from "../../../output/look.ts";
import { paintStatus } from "../../../output/paint.ts";
import { card } from "../../../output/table.ts";
import { said } from "../../../output/said.ts";
import type { Run } from "../../../grammar/run.ts";
import type { Session } from "../../../session.ts";

export interface WaitArgs {
  readonly ref: string;
  readonly for?: WaitEnd | undefined;
  /** milliseconds; for ever where there is none */
  readonly timeout?: number | undefined;
  /** a file */
  readonly schema?: string | undefined;
}

/** How long one question about a session stays open at the supervisor. */
const ASK_MS = 20_000;

/** Waits until a session comes to what is waited for, and says to what by its exit code. */
export const waitForSession: Run<WaitArgs> = async (session, { ref, for: end, timeout, schema }) => {
  const { client, terminal } = session;
  const shape = schema === undefined ? undefined : await readShape(schema);
  const limit = timeout === undefined ? new AbortController().signal : AbortSignal.timeout(timeout);
  const signal = AbortSignal.any([terminal.interrupted, limit]);
  const { output: found } = await client.call("sessions.get", { ref });
  const input = { ref: exactRef(ref, found), ...(end === undefined ? {} : { for: end }) };
  const told = new Told(session);
  try {
    for (let waitMs = 0; ; waitMs = ASK_MS) {
      const { output } = await untilReached(session, signal, () =>
        client.call("sessions.wait", { ...input, wait_ms: waitMs }, { signal }),
      );
      if (output.settled !== null) return conclude(session, output, shape);
      told.tell(output);
      signal.throwIfAborted();
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    const what = `${found.id} goes on: halctl sessions watch ${found.id}`;
    if (terminal.interrupted.aborted) throw new HalError("cancelled", `left it; ${what}`);
    throw new HalError("timeout", `it does not rest after ${span(timeout ?? 0)}; ${what}`);
  }
};

function conclude(session: Session, view: WaitView, shape: Awaited<ReturnType<typeof readShape>> | undefined): number {
  print(session, view, waitPage, ["text"]);
  const code = exitCodeOfEnd(view.settled ?? undefined);
  const problem = code === EXIT.done ? shape?.problemOf(view.answer ?? undefined) : undefined;
  if (problem === undefined) return code;
  complain(session.terminal, said`${problem}`);
  return EXIT.failed;
}

/** What a person is told meanwhile, each once. */
class Told {
  readonly #session: Session;
  readonly #asked = new Set<string>();
  #isWaiting = false;
  #isAway = false;

  constructor(session: Session) {
    this.#session = session;
  }

  tell({ session: id, status, reason, interaction }: WaitView): void {
    if (status === "unreachable") this.#tellAway(id, reason);
    else if (!this.#isWaiting)
      note(this.#session, said`halctl: ${id} is ${statusText({ status, reason })}; waiting for it`);
    this.#isWaiting = true;
    this.#isAway = status === "unreachable";
    if (interaction === null) return;
    const { id: interactionId, kind, summary } = interaction;
    showQuestion(this.#session, { interactionId, kind, summary }, this.#asked);
  }

  /** Also to programs: nothing comes of it until the node is back. */
  #tellAway(id: string, reason: string): void {
    if (!this.#isAway) complain(this.#session.terminal, said`${id} is ${reason}; waiting for it to come back`);
  }
}

function waitPage({ session, status, reason, answer, interaction }: WaitView, { now }: Look): string {
  const about = card([
    ["session", session],
    ["status", paintStatus(status)],
    ["reason", reason],
    ...(interaction === null ? [] : ([["waits", `${interaction.id}: ${interaction.summary}`]] as const)),
    ...(answer === null ? [] : ([["answer", ago(answer.created_at, now)]] as const)),
  ]);
  return answer === null || answer.text.trim() === "" ? about : `${about}\n${answer.text.trim()}\n`;
}
