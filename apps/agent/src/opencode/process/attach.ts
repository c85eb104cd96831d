import { spawn } from "node:child_process";
import { type Environment, StartupError } from "@hal/daemon";
import type { AgentConfig } from "../../config.ts";
import { findCommand } from "./find-command.ts";
import { bootId, isAlive } from "../os/process-table.ts";
import { readRecord } from "./record.ts";
import { recordFile } from "./server.ts";

/** Which opencode a person wants to sit at, and how. */
export interface Attaching {
  readonly config: Pick<AgentConfig, "opencode" | "projects">;
  readonly dataDir: string;
  readonly env: Environment;
  /** what was typed: a project where there is one, and options of `opencode attach` */
  readonly words: readonly string[];
}

/**
 * Puts the terminal at the opencode that the agent runs, by `opencode attach`, and returns its exit code. The password goes by
 * the environment: everybody on a machine reads command lines.
 */
export async function attachHere({ config, dataDir, env, words }: Attaching): Promise<number> {
  const [first = "", ...others] = words;
  const isNamed = first !== "" && !first.startsWith("-");
  const directory = isNamed ? directoryOf(first, config.projects) : undefined;
  const record = readRecord(recordFile({ dataDir }));
  if (record === undefined || record.bootId !== bootId() || !isAlive(record))
    throw new StartupError(
      `no opencode of an agent runs with the data in ${dataDir}; is hal-agent up, and is this its user? As the service: sudo -u hal-agent hal-agent attach`,
    );
  const command = findCommand(config.opencode.command, env["PATH"] ?? "");
  if (command === undefined) throw new StartupError(`opencode.command: ${config.opencode.command} cannot be found`);
  const where = directory === undefined ? [] : ["--dir", directory];
  const child = spawn(command, ["attach", `http://127.0.0.1:${record.port}`, ...where, ...(isNamed ? others : words)], {
    stdio: "inherit",
    env: { ...env, OPENCODE_SERVER_USERNAME: "opencode", OPENCODE_SERVER_PASSWORD: record.password },
  });
  return new Promise((resolve, reject) => {
    child.once("error", (error) => reject(new StartupError(`${command} cannot be run: ${error.message}`)));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

function directoryOf(name: string, projects: AgentConfig["projects"]): string {
  const project = projects.find((one) => one.name === name);
  if (project !== undefined) return project.directory;
  const names = projects.map((one) => one.name).join(", ");
  throw new StartupError(`there is no project ${name}; ${names === "" ? "there are none" : `there are: ${names}`}`);
}
