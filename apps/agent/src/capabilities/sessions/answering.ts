import type { EventData } from "@hal/protocol";
import type { PermissionRequest, SourceRequest } from "../../domain/source-fact.ts";

/** Who gives an answer, as the log names it. */
type By = Pick<EventData<"interaction.answered">, "commandId"> | Pick<EventData<"interaction.answered">, "rule">;

/**
 * Who is giving the answer to which interaction just now, so that one at a time does, and what becomes of it is told as
 * that one's; and which requests are to be judged by rules.
 */
export class Answering {
  readonly #now = new Map<string, { readonly by: By; readonly over: PromiseWithResolvers<void> }>();
  readonly #owed = new Set<Promise<void>>();
  #toJudge = new Map<string, PermissionRequest>();

  has(interactionId: string): boolean {
    return this.#now.has(interactionId);
  }

  /** Whose answer it is that opencode says of it; nothing where that was given in opencode itself. */
  by(interactionId: string): By {
    return this.#now.get(interactionId)?.by ?? {};
  }

  /** Waits for whoever is at it. Then it is the caller's, until what is returned is disposed of. */
  async begin(interactionId: string, by: By): Promise<Disposable> {
    for (let at = this.#now.get(interactionId); at !== undefined; at = this.#now.get(interactionId))
      await at.over.promise;
    const over = Promise.withResolvers<void>();
    this.#now.set(interactionId, { by, over });
    return {
      [Symbol.dispose]: () => {
        this.#now.delete(interactionId);
        over.resolve();
      },
    };
  }

  /** A request was seen to wait: rules judge it once that is told. */
  judgeSoon(request: SourceRequest): void {
    if (request.kind === "permission") this.#toJudge.set(request.id, request);
  }

  /** What is to be judged since the last call. */
  takeToJudge(): PermissionRequest[] {
    const taken = [...this.#toJudge.values()];
    this.#toJudge = new Map();
    return taken;
  }

  /** Keeps answers that are on their way until they are over; they handle what fails. */
  owe(answers: Promise<void>): void {
    this.#owed.add(answers);
    void answers.finally(() => this.#owed.delete(answers));
  }

  /** Resolves when no answer is on its way any more. */
  async drain(): Promise<void> {
    await Promise.all(this.#owed);
  }
}
