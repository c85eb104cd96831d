/** A new server that is above its limit from the beginning must grow by so much before it is replaced. */
const GROWN = 1.5;

/**
 * Judges whether a server has grown too big. One that took the place of another one that had is measured by what it
 * needs itself: what booting its projects took is no reason to do it once more.
 */
export class SizeJudge {
  readonly #mostBytes: number;
  #settledBytes: number | undefined;

  constructor({ mostBytes, isReplacement }: { readonly mostBytes: number; readonly isReplacement: boolean }) {
    this.#mostBytes = mostBytes;
    this.#settledBytes = isReplacement ? undefined : 0;
  }

  /** Looks at its size; `needs more` is said once, of a replacement that settled above the limit. */
  look(rssBytes: number): "fine" | "needs more" | "too big" {
    if (this.#settledBytes === undefined) {
      this.#settledBytes = rssBytes;
      if (rssBytes > this.#mostBytes) return "needs more";
    }
    return rssBytes > Math.max(this.#mostBytes, this.#settledBytes * GROWN) ? "too big" : "fine";
  }
}
