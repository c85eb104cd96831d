import { type Builds, Program, executable } from "./program.ts";

/** What a run of halctl left. */
export interface HalctlResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HalctlOptions {
  readonly url: string;
  readonly token: string;
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly builds?: Builds;
}

/** halctl as a person runs it, and as a script that reads its JSON. */
export class Halctl {
  readonly #options: HalctlOptions;

  constructor(options: HalctlOptions) {
    this.#options = options;
  }

  /** The same terminal with another address or token. */
  with(changed: Partial<HalctlOptions>): Halctl {
    return new Halctl({ ...this.#options, ...changed });
  }

  async run(...args: string[]): Promise<HalctlResult> {
    const program = this.start(...args);
    const { code } = await program.ended;
    return { code, stdout: program.stdout, stderr: program.stderr };
  }

  /** A run that goes on, such as `events -f`. */
  start(...args: string[]): Program {
    const { url, token, cwd, env, builds } = this.#options;
    return new Program({
      label: `halctl ${args.join(" ")}`,
      file: executable("halctl", builds),
      args: ["--supervisor-url", url, "--auth-token", token, ...args],
      cwd,
      env: { PATH: process.env["PATH"], HOME: cwd, ...env },
    });
  }

  /** What a successful run prints as JSON. */
  async json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, "--format", "json");
    if (code !== 0) throw new Error(`halctl ${args.join(" ")} ended with ${code}: ${stderr || stdout}`);
    return JSON.parse(stdout) as T;
  }
}
