import { spawn } from "node:child_process";
import { eventually } from "./eventually.ts";

/** A program at a terminal of its own, as a person has one: what it shows, what is typed, and how it ends. */
export class AtTerminal {
  readonly ended: Promise<number | null>;
  readonly #child;
  #shown = "";

  /** Runs a command line of the shell; `script` of util-linux makes the terminal, and ends with the exit code of the command. */
  constructor(line: string, options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }) {
    this.#child = spawn("script", ["-qefc", line, "/dev/null"], { ...options, stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#shown += text));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code) => resolve(code));
    });
  }

  /** Everything that was shown so far. */
  get shown(): string {
    return this.#shown;
  }

  /** Waits until this is on the screen. */
  async shows(text: string, withinMs?: number): Promise<void> {
    await eventually(() => {
      if (!this.#shown.includes(text)) throw new Error(`the terminal shows ${JSON.stringify(this.#shown)}`);
    }, withinMs);
  }

  /** Types a line and the return key. */
  type(line: string): void {
    this.press(`${line}\r`);
  }

  /** Presses keys, such as the tabulator. */
  press(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** Takes the terminal away from whatever is at it still. */
  close(): void {
    this.#child.kill();
  }
}
