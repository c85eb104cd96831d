import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { eventually } from "../../harness/eventually.ts";
import { endWithUs, forget } from "../../harness/reaper.ts";
import { Cgroups } from "./cgroups.ts";

const START = fileURLToPath(new URL("start-machine.sh", import.meta.url));
/** How long a loaded machine may take to boot or to halt, not how long it should. */
const PATIENCE_MS = 120_000;
const COMMAND_SECONDS = 120;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What came of a command in a machine. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface MachineOptions {
  /** what it is called on its own network and in its journal */
  readonly name: string;
  /** the folder of the root that it begins with */
  readonly base: string;
  /** folders and files from outside that it only reads, by the path at which it sees them */
  readonly sees?: Readonly<Record<string, string>>;
}

/**
 * A computer that boots a systemd: with a disk of its own over a common root, its own network of nothing but loopback, and limits that
 * limit. It is gone with whoever made it, however that ends.
 */
export class Machine implements AsyncDisposable {
  readonly name: string;
  readonly #base: string;
  readonly #sees: Readonly<Record<string, string>>;
  /** where its disk and all that it needs is */
  readonly folder = mkdtempSync(path.join(tmpdir(), "hal-machine-"));
  readonly #cgroups: Cgroups;
  #child: ChildProcess | undefined;
  readonly #guests = new Set<ChildProcess>();
  #console = "";
  #pid1 = 0;

  constructor({ name, base, sees = {} }: MachineOptions) {
    this.name = name;
    this.#base = base;
    this.#sees = sees;
    endWithUs("folder", this.folder);
    this.#cgroups = new Cgroups(path.basename(this.folder));
    for (const part of ["upper", "work", "root"]) {
      mkdirSync(path.join(this.folder, part));
      chmodSync(path.join(this.folder, part), 0o755);
    }
    const etc = path.join(this.folder, "upper", "etc");
    mkdirSync(etc, { mode: 0o755 });
    writeFileSync(path.join(etc, "hostname"), `${name}\n`);
    writeFileSync(path.join(etc, "hosts"), `127.0.0.1 localhost\n::1 localhost\n127.0.1.1 ${name}\n`);
  }

  /** Its first process, as the machine around it numbers it. */
  get pid1(): number {
    return this.#pid1;
  }

  get isUp(): boolean {
    return this.#child !== undefined;
  }

  /** What nspawn and systemd wrote on its console. */
  get console(): string {
    return this.#console;
  }

  /** Until systemd says that it is running: what did not start is an error that names it. */
  async boot(): Promise<void> {
    if (this.#child !== undefined) throw new Error(`${this.name} is up already`);
    const binds = Object.entries(this.#sees).map(([inside, outside]) => `--bind-ro=${outside}:${inside}`);
    const child = spawn(START, ["outside", this.folder, this.#base, this.name, ...binds], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], RIG_CGROUPS: this.#cgroups.folders.join(" ") },
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (text: Buffer) => (this.#console += text.toString()));
    child.once("close", () => (this.#child = undefined));
    this.#pid1 = await eventually(() => this.#findPid1(child), PATIENCE_MS);
    await eventually(() => this.#expectRunning(), PATIENCE_MS);
  }

  /** Runs a command line of bash as root; how it ends is in the answer. */
  async run(command: string, { seconds = COMMAND_SECONDS, input = "" } = {}): Promise<Ran> {
    const inside = ["timeout", "--kill-after=5", String(seconds), "bash", "-c", command];
    const clean = ["env", "--ignore-environment", `PATH=${PATH}`, "HOME=/root", "LANG=C.UTF-8", ...inside];
    const child = spawn("nsenter", [...this.#enter("--all"), ...clean], { stdio: "pipe" });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined); // it may end before it has read everything
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { code, stdout, stderr };
  }

  /** What a command wrote; that it fails is an error with everything that it said. */
  async must(command: string, options: { seconds?: number; input?: string } = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(command, options);
    if (code !== 0) throw new Error(`${this.name}: ${command}\nended with ${code}:\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** Copies a file or a folder into it, which is root's there. */
  put(outside: string, inside: string): void {
    cpSync(outside, this.#at(inside), { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  }

  write(inside: string, text: string, mode = 0o644): void {
    mkdirSync(path.dirname(this.#at(inside)), { recursive: true });
    writeFileSync(this.#at(inside), text, { mode });
  }

  read(inside: string): string {
    return readFileSync(this.#at(inside), "utf8");
  }

  /** A cable from its port to a port of another machine, each with its address; it is there until one of them is off. */
  connect(own: NetworkPort, other: Machine, others: NetworkPort): void {
    const ends = [
      [this, own],
      [other, others],
    ] as const;
    const [left, right] = ends.map(() => `v${randomBytes(5).toString("hex")}`) as [string, string];
    must("ip", [
      "link",
      "add",
      left,
      "netns",
      String(this.#pid1),
      "type",
      "veth",
      "peer",
      "name",
      right,
      "netns",
      String(other.#pid1),
    ]);
    for (const [index, [machine, { port, address }]] of ends.entries()) {
      const network = machine.#enter("--net");
      must("nsenter", [...network, "ip", "link", "set", index === 0 ? left : right, "name", port, "up"]);
      must("nsenter", [...network, "ip", "address", "add", `${address}/24`, "dev", port]);
    }
  }

  /** A program from outside that runs on its network, for as long as the machine is up and we are. */
  onItsNetwork(program: string, ...args: readonly string[]): ChildProcess {
    const command = ["setpriv", "--pdeathsig", "KILL", program, ...args];
    const child = spawn("nsenter", [...this.#enter("--net"), ...command], { stdio: ["ignore", "pipe", "inherit"] });
    this.#guests.add(child);
    child.once("close", () => this.#guests.delete(child));
    return child;
  }

  /** Every process of it is gone at once, and nothing was told to stop; what it wrote to its disk is there. */
  async powerCut(): Promise<void> {
    await this.#off(() => process.kill(this.#pid1, "SIGKILL"));
  }

  /** As somebody who presses its button. */
  async shutDown(): Promise<void> {
    // nspawn passes it on as the request for a halt
    await this.#off(() => process.kill(this.#nspawn(this.#child), "SIGTERM"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== undefined) await this.#off(() => this.#child?.kill("SIGKILL"));
    await this.#cgroups[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 });
    forget("folder", this.folder);
  }

  /** Until it is off; what does not end in time is pulled from the wall, and that is an error. */
  async #off(end: () => void): Promise<void> {
    const child = this.#child ?? fail(`${this.name} is off`);
    const closed = new Promise<true>((resolve) => child.once("close", () => resolve(true)));
    for (const guest of this.#guests) guest.kill("SIGKILL");
    end();
    const late = new AbortController();
    const inTime = await Promise.race([closed, delay(PATIENCE_MS, false, { signal: late.signal }).catch(() => false)]);
    late.abort();
    if (inTime) return;
    child.kill("SIGKILL");
    await closed;
    throw new Error(`${this.name} does not halt: ${this.#console}`);
  }

  #enter(namespaces: "--all" | "--net"): string[] {
    if (this.#child === undefined) throw new Error(`${this.name} is off`);
    return ["--target", String(this.#pid1), namespaces, "--"];
  }

  /** Where its file is for us. Its disk is mounted in its own namespace alone. */
  #at(inside: string): string {
    if (this.#child === undefined) throw new Error(`${this.name} is off`);
    return path.join(`/proc/${this.#pid1}/root`, inside);
  }

  #nspawn(child: ChildProcess | undefined): number {
    return childrenOf(child?.pid)[0] ?? fail(`${this.name} has not begun to boot`);
  }

  #findPid1(child: ChildProcess): number {
    if (this.#child !== child) throw new TypeError(`${this.name} does not boot: ${this.#console}`);
    const systemd = childrenOf(this.#nspawn(child)).find((pid) => nameOf(pid) === "systemd");
    return systemd ?? fail(`${this.name} has no systemd yet: ${this.#console}`);
  }

  async #expectRunning(): Promise<void> {
    const { stdout, stderr } = await this.run("systemctl is-system-running --wait");
    const state = stdout.trim();
    if (state === "running") return;
    if (state === "degraded") throw new TypeError(`${this.name}: ${await this.must("systemctl --failed --no-legend")}`);
    throw new Error(`${this.name} is ${state}${stderr}`);
  }
}

/** What a cable is plugged into, and the address that it has there. */
export interface NetworkPort {
  readonly port: string;
  readonly address: string;
}

function childrenOf(pid: number | undefined): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
}

function nameOf(pid: number): string {
  return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
}

function must(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")}: ${stderr}`);
}

function fail(message: string): never {
  throw new Error(message);
}
