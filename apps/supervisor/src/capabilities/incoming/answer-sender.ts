import { Looks } from "@hal/daemon";
import { type ArrivalRow, dueAnswers, recordAnswerEnd, recordAnswerTry } from "@hal/store/supervisor";
import type { SupervisorConfig } from "../../config.ts";
import type { Kernel } from "../../kernel.ts";
import { afterAnswer, type Outcome } from "./domain/after-answer.ts";
import { commentText, statusText } from "./domain/answer-text.ts";
import type { AnswerPlace } from "./domain/happening.ts";
import { type ServiceAccess, writeAnswer } from "./service.ts";
import type { ServiceName } from "./sources.ts";

export type AnswerContext = Pick<Kernel, "store" | "clock" | "log" | "version" | "stopping"> & {
  readonly used: () => Pick<SupervisorConfig, "incoming">;
};

const STANDARD: Readonly<Record<ServiceName, string>> = {
  github: "https://api.github.com",
  gitlab: "https://gitlab.com/api/v4",
};

const AT_ONCE = 50;

/**
 * Writes answers where their arrivals came from, one after the other. It knows nothing itself: what is due is in the database. That an
 * answer is about to be written is noted before, and one that may be there already is looked for: so it is written once, whatever dies.
 */
export class AnswerSender implements AsyncDisposable {
  readonly #context: AnswerContext;
  readonly #looks: Looks;
  /** a service that has had enough is left alone until then */
  readonly #notBefore = new Map<string, number>();

  constructor(context: AnswerContext) {
    this.#context = context;
    this.#looks = new Looks(
      () => this.#look(),
      (error) => context.log.warn({ error }, "answers could not be written; they are tried again"),
    );
  }

  /** Something may be due; returns at once. */
  wake(): void {
    this.#looks.wake();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looks[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const { store, clock, stopping } = this.#context;
    for (const arrival of dueAnswers(store, clock.now(), AT_ONCE)) {
      if (this.#looks.hasEnded || stopping.aborted) return;
      if ((this.#notBefore.get(arrival.sender) ?? 0) > clock.now()) continue;
      await this.#write(arrival);
    }
  }

  async #write(arrival: ArrivalRow): Promise<void> {
    const { store, clock, log, stopping } = this.#context;
    const { id, sender, answerTries, repository, thing } = arrival;
    const access = this.#accessOf(sender);
    const at = arrival.work.answerAt as AnswerPlace | undefined;
    if (access === undefined || at === undefined) {
      await recordAnswerEnd(store, id, {
        kind: "stopped",
        reason: `incoming.${sender} has no token any more, with which it would be written`,
      });
      return;
    }
    const isGood = arrival.answerGood ?? false;
    const said = arrival.answerText ?? "";
    const text = at.kind === "comment" ? commentText(id, said, isGood) : statusText(said);
    await recordAnswerTry(store, id, answerTries + 1);
    let outcome: Outcome;
    try {
      outcome = await writeAnswer(access, { id, at, text, isGood }, { mayBeThere: answerTries > 0, signal: stopping });
    } catch (error) {
      if (stopping.aborted) return;
      throw error;
    }
    const after = afterAnswer(outcome, answerTries + 1, clock.now());
    if (after.kind === "again" && after.pauses) this.#notBefore.set(sender, after.dueAt);
    await recordAnswerEnd(store, id, after);
    const fields = { arrival: id, sender, repository, thing };
    if (after.kind === "written") log.info(fields, "an answer was written back");
    else if (after.kind === "stopped")
      log.error({ ...fields, reason: after.reason }, "an answer cannot be written back");
    else if (answerTries === 0)
      log.warn({ ...fields, reason: after.reason }, "an answer could not be written back yet");
  }

  #accessOf(sender: string): ServiceAccess | undefined {
    const { used, version, clock } = this.#context;
    if (sender !== "github" && sender !== "gitlab") return undefined;
    const { token, api_url: url = STANDARD[sender] } = used().incoming[sender] ?? {};
    if (token === undefined) return undefined;
    return { kind: sender, url, token, userAgent: `hal-o-swarm/${version}`, now: () => clock.now() };
  }
}
