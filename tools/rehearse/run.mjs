import { spawn } from "node:child_process";

/**
 * Runs a program to its end and returns what it wrote to standard output; another end than 0 is an error with all that it wrote.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} place
 * @returns {Promise<string>}
 */
export async function run(command, args, place) {
  const { code, stdout, stderr } = await ending(command, args, place);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${stdout}${stderr}`);
  return stdout;
}

/**
 * Runs a program to its end, whatever that is.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} place
 * @returns {Promise<{ code: number | string | null, stdout: string, stderr: string }>}
 */
export function ending(command, args, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (said[name] += text));
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code: code ?? signal, ...said }));
  });
}

/** A command line that goes on, in a process group of its own, so that all of it can be ended. */
export class Running {
  #child;
  #said = "";
  #closed;

  /**
   * @param {string} line for the shell
   * @param {{ cwd: string, env: NodeJS.ProcessEnv }} place
   */
  constructor(line, { cwd, env }) {
    this.line = line;
    this.#child = spawn(line, { shell: true, cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (this.#said += text));
    this.#closed = new Promise((resolve) => this.#child.once("close", resolve));
  }

  /** Everything that it wrote. */
  get said() {
    return this.#said;
  }

  /**
   * Waits until it wrote something like that.
   * @param {RegExp} pattern
   * @returns {Promise<RegExpExecArray>}
   */
  async says(pattern) {
    let isOver = false;
    void this.#closed.then(() => (isOver = true));
    const limit = performance.now() + 120_000;
    for (;;) {
      const found = pattern.exec(this.#said);
      if (found !== null) return found;
      if (isOver || performance.now() > limit) throw new Error(`${this.line} never said ${pattern}:\n${this.#said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends it in order, with all that it started. */
  async end() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    process.kill(-this.#child.pid, "SIGTERM");
    await this.#closed;
  }
}
