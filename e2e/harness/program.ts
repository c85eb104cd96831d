import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { endWithUs, forget } from "./reaper.ts";

const KEPT_LINES = 2_000;
/** How many lives of one program are remembered. */
export const KEPT_RUNS = 20;
const STOP_MS = 30_000;
export const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

export type ProgramName = "hal-supervisor" | "hal-agent" | "halctl";

/** The tree of this repository that each program is started from; another one than this one was built before. */
export type Builds = Record<ProgramName, string>;

/** All programs from one tree. */
export function buildsOf(tree = ROOT): Builds {
  return { "hal-supervisor": tree, "hal-agent": tree, halctl: tree };
}

/** A line that a program wrote, and when it was read; a program may have another clock. */
export interface SaidLine {
  readonly at: number;
  readonly text: string;
}

/** How a program ended and what it wrote. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ProgramOptions {
  /** what the log calls it */
  readonly label: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** as whom it runs, where it is not as whom the tests do; only root can */
  readonly uid?: number | undefined;
}

/** The built executable of that name, as it is shipped. */
export function executable(name: ProgramName, builds = buildsOf()): string {
  return path.join(builds[name], "apps", name.replace("hal-", ""), "dist", "bin", `${name}.js`);
}

/** A running process of ours: what it writes is kept, and it is ended by its pid alone. */
export class Program {
  readonly label: string;
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #lines: SaidLine[] = [];
  #stdout = "";
  #stderr = "";
  #isAsked = false;

  constructor({ label, file, args, cwd, env, uid }: ProgramOptions) {
    this.label = label;
    this.#child = spawn(process.execPath, [file, ...args], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    });
    const { pid } = this.#child;
    if (pid !== undefined) endWithUs("pid", pid);
    this.#keep(this.#child.stdout, (line) => (this.#stdout += `${line}\n`));
    this.#keep(this.#child.stderr, (line) => (this.#stderr += `${line}\n`));
    this.ended = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      this.#child.once("close", (code, signal) => {
        if (pid !== undefined) forget("pid", pid);
        resolve({ code, signal });
      });
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether it ended although nobody here asked it to. */
  get hasCrashed(): boolean {
    return !this.isRunning && !this.#isAsked;
  }

  /** Everything it wrote so far, interleaved as it came. */
  get log(): string {
    return this.#lines.map(({ text }) => text).join("\n");
  }

  /** What it wrote since a time of this machine's clock. */
  linesSince(at: number): SaidLine[] {
    return this.#lines.filter((line) => line.at >= at);
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Orderly stop: SIGTERM, and an error where it takes too long. */
  async stop(): Promise<Ending> {
    this.#isAsked ||= this.isRunning;
    if (this.isRunning) this.#child.kill("SIGTERM");
    const limit = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error(`${this.label} does not stop`)), STOP_MS).unref();
    });
    return Promise.race([this.ended, limit]);
  }

  /** Orderly stop of one that leaves to its next run what that takes over. */
  async leave(): Promise<Ending> {
    this.#isAsked ||= this.isRunning;
    if (this.isRunning) this.#child.kill("SIGUSR2");
    return this.ended;
  }

  /** As a power cut would end it. */
  async kill(): Promise<Ending> {
    this.#isAsked ||= this.isRunning;
    if (this.isRunning) this.#child.kill("SIGKILL");
    return this.ended;
  }

  /** It may end by itself from now on. */
  allowEnd(): void {
    this.#isAsked = true;
  }

  /** Stops it in the middle of whatever it does, until it is thawed. */
  freeze(): void {
    if (this.isRunning) this.#child.kill("SIGSTOP");
  }

  thaw(): void {
    if (this.isRunning) this.#child.kill("SIGCONT");
  }

  #keep(stream: NodeJS.ReadableStream | null, also: (line: string) => void): void {
    if (stream === null) return;
    createInterface({ input: stream }).on("line", (line) => {
      also(line);
      this.#lines.push({ at: Date.now(), text: line });
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    });
  }
}
