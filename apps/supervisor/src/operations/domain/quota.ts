/** Counts what is open at a time by whom, so that one token cannot take what all share. */
export class Quota {
  readonly #open = new Map<string, number>();

  /** Takes one more for somebody; undefined where they have as many as they may. */
  take(who: string, most: number): Disposable | undefined {
    const open = this.#open.get(who) ?? 0;
    if (open >= most) return undefined;
    this.#open.set(who, open + 1);
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#giveBack(who);
        isHeld = false;
      },
    };
  }

  #giveBack(who: string): void {
    const left = (this.#open.get(who) ?? 1) - 1;
    if (left === 0) this.#open.delete(who);
    else this.#open.set(who, left);
  }
}
