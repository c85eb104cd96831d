import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ModelProvider, OFFLINE_OPENCODE, startModelProvider } from "@hal/testkit";
import { freePort } from "../harness/free-port.ts";
import { processesOf } from "../harness/processes.ts";
import { executable, Program } from "../harness/program.ts";
import { endWithUs, forget } from "../harness/reaper.ts";
import { blocksOf } from "./guide-text.ts";

export interface ShellResult {
  readonly code: number | null;
  readonly out: string;
}

/** What somebody has written who follows a page: both configurations, and variables for both programs. */
export interface WrittenTexts {
  readonly supervisor: string;
  readonly agent: string;
  readonly variables: string;
}

const OF_THE_GUIDE: WrittenTexts = {
  supervisor: blocksOf("Supervisor Configuration", "json")[0] ?? "",
  agent: blocksOf("Agent Configuration", "json")[0] ?? "",
  variables: blocksOf("Environment Variables", "bash")[0] ?? "",
};

type Ports = Readonly<Record<"socket" | "http" | "opencode", number>>;

/**
 * A machine as the guide describes it, in a temporary folder. What the guide says is used as it is, but for names of places:
 * - `/etc/hal-o-swarm`, `/var/lib/hal-o-swarm`, `/var/log/hal-o-swarm`, `/var/backups`, `/home/user` and `/usr/local/bin` are below the folder;
 * - ports 8420, 8421 and opencode's 4096 are free ones;
 * - the host `supervisor-host` is this one, `<token>` the token of the guide's configuration;
 * - `sudo` runs what follows it as the user who is there already: everything belongs to that user.
 */
export class GuidePlace implements AsyncDisposable {
  readonly folder: string;
  readonly provider: ModelProvider;
  readonly ports: Ports;
  readonly #texts: WrittenTexts;
  readonly #programs: Program[] = [];

  private constructor(folder: string, provider: ModelProvider, ports: Ports, texts: WrittenTexts) {
    this.folder = folder;
    this.#texts = texts;
    this.provider = provider;
    this.ports = ports;
  }

  static async open(opencode: string, texts = OF_THE_GUIDE): Promise<GuidePlace> {
    // the guide's commands quote no paths
    const folder = mkdtempSync(path.join(tmpdir(), "hal-guide-"));
    endWithUs("folder", folder);
    const ports = { socket: await freePort(), http: await freePort(), opencode: await freePort() };
    const place = new GuidePlace(folder, await startModelProvider(), ports, texts);
    place.#fill(opencode);
    return place;
  }

  /** A text of the guide with the names of places of this machine. */
  at(text: string): string {
    return text
      .replaceAll(
        /(?<![\w.])(\/etc\/hal-o-swarm|\/var\/(?:lib|log|backups)\/hal-o-swarm|\/home\/user|\/usr\/local\/bin)\b/g,
        (place) => path.join(this.folder, place),
      )
      .replaceAll(/\b8420\b/g, String(this.ports.socket))
      .replaceAll(/\b8421\b/g, String(this.ports.http))
      .replaceAll(/(?<="opencode_port": |lsof -i :)4096\b/g, String(this.ports.opencode))
      .replaceAll(/\bsupervisor-host\b/g, "localhost")
      .replaceAll("<token>", "your-shared-secret-here");
  }

  /** The variables of the guide's block for environment files. */
  get variables(): Record<string, string> {
    return Object.fromEntries(
      [...this.at(this.#texts.variables).matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
        name as string,
        value as string,
      ]),
    );
  }

  /** Where something of the guide is on this machine. */
  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** Runs a command line of the guide, or of our pages, in bash as a person types it. */
  run(command: string): Promise<ShellResult> {
    const options = { cwd: this.folder, env: this.#env(), timeout: 60_000 };
    return new Promise((resolve, reject) => {
      const shell = execFile("bash", ["-c", `${this.at(command)} 2>&1`], options, (error, stdout, stderr) => {
        if (error?.killed === true) reject(new Error(`${command} does not end:\n${stdout}${stderr}`));
        else resolve({ code: shell.exitCode, out: stdout + stderr });
      });
      shell.stdin?.end();
    });
  }

  /** As its unit would: the guide's variables, and nothing on the command line but that nobody else can reach it. */
  startSupervisor(): Program {
    return this.#start("hal-supervisor", ["--host", "127.0.0.1"], this.variables);
  }

  /** As its unit would: the same variables, and its own configuration on the command line. */
  startAgent(args = ["--config", this.file("/etc/hal-o-swarm/agent.config.json")]): Program {
    const data = ["--data-dir", this.file("/var/lib/hal-o-swarm/agent")];
    return this.#start("hal-agent", [...args, ...data], this.variables);
  }

  /** The run of a program that goes on; undefined where there is none. */
  running(name: "hal-supervisor" | "hal-agent"): Program | undefined {
    return this.#programs.findLast(({ label, isRunning }) => label === name && isRunning);
  }

  /** The run of a program that was started last. */
  last(name: "hal-supervisor" | "hal-agent"): Program {
    const program = this.#programs.findLast(({ label }) => label === name);
    if (program === undefined) throw new Error(`${name} was not started`);
    return program;
  }

  get logs(): readonly string[] {
    return this.#programs.map(({ label, log }) => `── ${label}\n${log}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs.toReversed()) await program.stop();
    await this.provider[Symbol.asyncDispose]();
    const left = processesOf(this.folder);
    for (const line of left) process.kill(Number.parseInt(line, 10), "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
    forget("folder", this.folder);
    if (left.length > 0) throw new Error(`these outlived their agent:\n${left.join("\n")}`);
  }

  #start(name: "hal-supervisor" | "hal-agent", args: readonly string[], env: NodeJS.ProcessEnv): Program {
    const program = new Program({
      label: name,
      file: executable(name),
      args,
      cwd: this.folder,
      env: { ...this.#env(), ...env },
    });
    this.#programs.push(program);
    return program;
  }

  #env(): NodeJS.ProcessEnv {
    return { PATH: `${this.file("/usr/local/bin")}:${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`, HOME: this.folder };
  }

  /** What the installer would put there: programs, configurations and the directory for data. */
  #fill(opencode: string): void {
    for (const name of ["/etc", "/var/lib", "/var/log", "/var/backups"])
      mkdirSync(this.file(`${name}/hal-o-swarm`), { recursive: true });
    for (const name of ["/usr/local/bin", "/.config/opencode"]) mkdirSync(this.file(name), { recursive: true });
    // where a program looks when nobody says where
    const usual = {
      "hal-supervisor": this.at(
        ": ${CONFIG_PATH=/etc/hal-o-swarm/supervisor.config.json} ${DB_PATH=/var/lib/hal-o-swarm/supervisor.db}\nexport CONFIG_PATH DB_PATH\n",
      ),
      "hal-agent": this.at(
        ": ${CONFIG_PATH=/etc/hal-o-swarm/agent.config.json} ${HAL_DATA_DIR=/var/lib/hal-o-swarm/agent}\nexport CONFIG_PATH HAL_DATA_DIR\n",
      ),
      halctl: "",
    };
    for (const name of ["hal-supervisor", "hal-agent", "halctl"] as const)
      this.script(name, `${usual[name]}exec '${process.execPath}' '${executable(name)}' "$@"`);
    this.script("sudo", '[ "$1" = -u ] && shift 2; exec "$@"');
    const variables = Object.entries(OFFLINE_OPENCODE).map(([name, value]) => `${name}='${value}'`);
    this.script("opencode", `exec env ${variables.join(" ")} '${opencode}' "$@"`);
    writeFileSync(this.file("/.config/opencode/opencode.json"), JSON.stringify(this.provider.opencodeConfig()));
    for (const [name, text] of [
      ["supervisor.config.json", this.#texts.supervisor],
      ["agent.config.json", this.#texts.agent],
    ] as const)
      writeFileSync(this.file(`/etc/hal-o-swarm/${name}`), this.at(text), { mode: 0o640 });
  }

  /** Puts a program there, or another one in its place. */
  script(name: string, text: string): void {
    const file = this.file(`/usr/local/bin/${name}`);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  }
}
