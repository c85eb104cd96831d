import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Problem } from "./problem.mjs";
import { endProcess, isAlive, startTimeOf } from "./processes.mjs";

const PRIVATE = 0o600;

/** The folder that keeps everything `npm start` makes: token, configurations, data, logs. */
export class Home {
  #running = [];

  /** @param {string} folder */
  constructor(folder) {
    this.folder = folder;
  }

  /** @param {...string} names */
  at(...names) {
    return path.join(this.folder, ...names);
  }

  /** Takes the folder for this run, or says who has it; what a killed run left behind is ended. */
  async claim() {
    try {
      for (const name of [".", "logs", "supervisor", "agent"])
        mkdirSync(this.at(name), { recursive: true, mode: 0o700 });
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const earlier = this.#lock();
        if (earlier === undefined) return;
        const [launcher, ...programs] = earlier.processes;
        if (launcher !== undefined && isAlive(launcher)) {
          throw new Problem(
            `this is running already (pid ${launcher.pid}); stop that one with Ctrl-C or kill ${launcher.pid}`,
          );
        }
        // the agent was started last: it ends first, and its opencode with it
        for (const program of programs.toReversed()) await endProcess(program, 20_000);
        rmSync(this.at("running.json"), { force: true });
      }
      throw new Problem(`${this.folder} is being taken by another start at this moment; try again`);
    } catch (error) {
      if (error.code === "EACCES" || error.code === "EPERM" || error.code === "EROFS")
        throw new Problem(`${error.path ?? this.folder} cannot be written (${error.code}); is it another user's?`);
      throw error;
    }
  }

  #lock() {
    this.#running = [{ pid: process.pid, startTime: startTimeOf(process.pid) }];
    try {
      this.#write("running.json", { processes: this.#running }, "wx");
      return undefined;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      return this.read("running.json") ?? { processes: [] };
    }
  }

  /** Remembers a program of this run, for the case that nobody is left to end it. @param {number} pid */
  remember(pid) {
    this.#running.push({ pid, startTime: startTimeOf(pid) });
    this.#write("running.json", { processes: this.#running });
  }

  release() {
    rmSync(this.at("client.json"), { force: true });
    rmSync(this.at("running.json"), { force: true });
  }

  /** The token of this folder, made once. */
  token() {
    const file = this.at("token");
    if (!existsSync(file)) writeFileSync(file, `${randomBytes(32).toString("hex")}\n`, { mode: PRIVATE });
    return readFileSync(file, "utf8").trim();
  }

  /**
   * Writes the configurations of both programs and how halctl reaches them.
   * @param {{ ports: { socket: number, http: number, opencode: number }, projects: { name: string, directory: string }[], opencode: object }} settings
   */
  configure({ ports, projects, opencode }) {
    this.#write("supervisor.config.json", {
      server: { host: "127.0.0.1", port: ports.socket, http_port: ports.http, auth_token_file: this.at("token") },
      database: { path: this.at("supervisor", "supervisor.db") },
    });
    this.#write("agent.config.json", {
      supervisor_url: `ws://127.0.0.1:${ports.socket}`,
      auth_token_file: this.at("token"),
      opencode_port: ports.opencode,
      data_dir: this.at("agent"),
      projects,
      opencode,
    });
    this.#write("client.json", { supervisor_url: `ws://127.0.0.1:${ports.socket}`, auth_token: this.token() });
  }

  /** @param {...string} names */
  read(...names) {
    try {
      return JSON.parse(readFileSync(this.at(...names), "utf8"));
    } catch {
      return undefined; // not there, or cut off while it was written
    }
  }

  #write(name, value, flag = "w") {
    writeFileSync(this.at(name), `${JSON.stringify(value, null, 2)}\n`, { mode: PRIVATE, flag });
    chmodSync(this.at(name), PRIVATE);
  }
}
