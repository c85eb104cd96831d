import type { Clock, Logger } from "@hal/daemon";

/** After so long a reason that was said is worth a warning again. */
const AGAIN_MS = 3_600_000;

/**
 * Says what is wrong with a platform. One fault, such as a wrong token, has several consequences: its reason is one warning, and the other
 * consequences are lines beside it.
 */
export class FaultLog {
  readonly #options: { readonly log: Logger; readonly clock: Clock };
  /** by what it is about: when each reason was said */
  readonly #said = new Map<string, Map<string, number>>();

  constructor(options: { readonly log: Logger; readonly clock: Clock }) {
    this.#options = options;
  }

  /** Says a consequence, with fields that tell where it is. */
  say(
    about: string,
    level: "warn" | "error",
    { reason, text, ...fields }: { readonly reason: string; readonly text: string; readonly [field: string]: string },
  ): void {
    const { log, clock } = this.#options;
    const now = clock.monotonic();
    const said = this.#said.get(about) ?? new Map<string, number>();
    this.#said.set(about, said);
    for (const [known, at] of said) if (at <= now - AGAIN_MS) said.delete(known);
    log[said.has(reason) ? "info" : level]({ ...fields, reason }, text);
    if (!said.has(reason)) said.set(reason, now);
  }

  /** Whatever is wrong from now on is something new. */
  forget(about: string): void {
    this.#said.delete(about);
  }
}
