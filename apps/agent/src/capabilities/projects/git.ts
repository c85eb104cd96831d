import { execFile } from "node:child_process";
import { HalError } from "@hal/protocol";

/** How long git may take, such as to write all files of a big repository. */
const GIT_MS = 300_000;

const MOST_BYTES = 16 * 1024 * 1024;

/** How git ended: what it wrote, or in one line why it failed. */
type GitEnd =
  | { readonly ok: true; readonly out: string }
  | { readonly ok: false; readonly problem: string; readonly isMissing: boolean };

/** Runs git without a terminal, for a bounded time, in the user's own language of programs. */
export class Git {
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor({ PATH, HOME }: Readonly<Record<string, string | undefined>>) {
    this.#env = { PATH, HOME, LC_ALL: "C", GIT_TERMINAL_PROMPT: "0" };
  }

  run(directory: string, ...args: readonly string[]): Promise<GitEnd> {
    const options = { cwd: directory, env: { ...this.#env }, timeout: GIT_MS, maxBuffer: MOST_BYTES };
    return new Promise((resolve) => {
      execFile("git", [...args], options, (error, stdout, stderr) => {
        if (error === null) return resolve({ ok: true, out: stdout });
        const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
        const line = stderr.split("\n").find((one) => one.trim() !== "") ?? error.message;
        resolve({ ok: false, problem: line.replace(/^(fatal|error): /, "").slice(0, 500), isMissing });
      });
    });
  }

  /** Throws where it fails. */
  async must(directory: string, ...args: readonly string[]): Promise<void> {
    const end = await this.run(directory, ...args);
    if (end.ok) return;
    throw new HalError(
      "project_unavailable",
      end.isMissing ? `git is not there for the agent, or ${directory} is gone` : `git failed: ${end.problem}`,
    );
  }

  /** What it says of a revision; undefined where there is no such one. */
  async revision(directory: string, name: string): Promise<string | undefined> {
    const end = await this.run(directory, "rev-parse", "--verify", "--quiet", name);
    return end.ok ? end.out.trim() : undefined;
  }
}
