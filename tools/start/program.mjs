import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { createInterface } from "node:readline";

const STOP_MS = 30_000;

/**
 * One of our executables, running in a process group of its own: a Ctrl-C at the terminal reaches only this
 * launcher, which ends what it started in order. All that it writes goes to a log file; warnings are shown.
 */
export class Program {
  #child;
  #lastError = "";

  /**
   * @param {{ name: string, file: string, args: string[], cwd: string, env: NodeJS.ProcessEnv, log: string, say: (text: string) => void }} options
   */
  constructor({ name, file, args, cwd, env, log, say }) {
    this.name = name;
    this.#child = spawn(process.execPath, [file, ...args], {
      cwd,
      env: { ...env, LOG_FORMAT: "json" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const kept = createWriteStream(log, { mode: 0o600 });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        kept.write(`${line}\n`);
        const warning = warningIn(line);
        if (warning === undefined) return;
        this.#lastError = warning;
        say(`${name}: ${warning}`);
      });
    }
    /** resolves with how it ended */
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(error.message));
      this.#child.once("close", (code, signal) => {
        kept.end();
        resolve(signal === null ? `exit code ${code}` : signal);
      });
    });
  }

  get pid() {
    return this.#child.pid;
  }

  /** How it ended, with the last thing it complained of. @param {string} how */
  lastWords(how) {
    return `${this.name} ended (${how})${this.#lastError === "" ? "" : `: ${this.#lastError}`}`;
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.pid === undefined) return;
    this.#child.kill("SIGTERM");
    const force = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
    await this.ended;
    clearTimeout(force);
  }
}

/** Warnings and errors of a JSON log line, and every line that is none: a program writes those before its log. */
function warningIn(line) {
  let entry;
  try {
    entry = JSON.parse(line);
  } catch {
    return line.trim() === "" ? undefined : line;
  }
  if (entry.level !== "warn" && entry.level !== "error" && entry.level !== "fatal") return undefined;
  const detail = entry.reason ?? entry.error?.message;
  return detail === undefined ? entry.msg : `${entry.msg}: ${detail}`;
}
