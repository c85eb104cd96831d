/** The last of what is written, however much that is. */
export class Tail {
  readonly #most: number;
  #kept: Uint8Array[] = [];
  #size = 0;

  constructor(most: number) {
    this.#most = most;
  }

  add(bytes: Uint8Array): void {
    this.#kept.push(bytes.length > this.#most ? bytes.slice(bytes.length - this.#most) : bytes);
    this.#size += this.#kept.at(-1)?.length ?? 0;
    while (this.#size - (this.#kept[0]?.length ?? 0) >= this.#most) this.#size -= this.#kept.shift()?.length ?? 0;
  }

  /** As text, of which the first character may be a part of one. */
  get text(): string {
    const whole = new Uint8Array(this.#size);
    let at = 0;
    for (const bytes of this.#kept) {
      whole.set(bytes, at);
      at += bytes.length;
    }
    return new TextDecoder().decode(whole.slice(Math.max(0, this.#size - this.#most)));
  }
}
