import type { Terminal } from "../terminal.ts";

const HOME = "\u001b[H";
const CLEAR = "\u001b[2J";
const CLEAR_LINE = "\u001b[K";
const CLEAR_BELOW = "\u001b[J";
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

/** A page that is drawn over itself; what does not fit is counted. */
export class Screen {
  readonly #terminal: Terminal;
  #isOpen = false;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  draw(page: string): void {
    const lines = page.trimEnd().split("\n");
    const room = (this.#terminal.rows ?? Number.POSITIVE_INFINITY) - 1;
    const kept = lines.length <= room ? lines : [...lines.slice(0, room - 1), `… and ${lines.length - room + 1} more`];
    const begin = this.#isOpen ? HOME : `${HIDE_CURSOR}${CLEAR}${HOME}`;
    this.#isOpen = true;
    this.#terminal.out.write(`${begin}${kept.map((line) => `${line}${CLEAR_LINE}\n`).join("")}${CLEAR_BELOW}`);
  }

  /** Leaves what was drawn last. */
  end(): void {
    if (this.#isOpen) this.#terminal.out.write(SHOW_CURSOR);
    this.#isOpen = false;
  }
}
