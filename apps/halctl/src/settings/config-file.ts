import { randomUUID } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseJson as parseJsonText } from "@hal/daemon";
import { describeIssue, HalError } from "@hal/protocol";
import * as v from "valibot";
import { ConfigFile } from "./context-schema.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the file is; undefined where there is no home directory. */
export function configPath(env: Environment): string | undefined {
  if (env["HALCTL_CONFIG"]) return env["HALCTL_CONFIG"];
  const base = env["XDG_CONFIG_HOME"] || (env["HOME"] ? join(env["HOME"], ".config") : undefined);
  return base === undefined ? undefined : join(base, "hal", "halctl.json");
}

/** What the file says; one that is not there says nothing. */
export function readConfigFile(path: string | undefined): ConfigFile {
  const value = path === undefined ? undefined : readConfigValue(path);
  if (path === undefined || value === undefined) return { contexts: {} };
  const parsed = v.safeParse(ConfigFile, value);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map(describeIssue);
  throw new HalError("bad_request", `${path}: ${problems.join("; ")}`);
}

/** The JSON that is there, whatever it says; undefined where there is no file. */
export function readConfigValue(path: string): unknown {
  const text = readText(path);
  return text === undefined ? undefined : parseJson(text, path);
}

/** Writes it for its owner alone, in one step. */
export function writeConfigFile(path: string, file: ConfigFile): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  chmodSync(temporary, 0o600);
  renameSync(temporary, path);
}

/** What is wrong with who may read a file that holds a secret, with the command that mends it; undefined where nothing is. */
export function modeProblem(path: string, maySeeIt: "owner" | "group" = "owner"): ModeProblem | undefined {
  const mode = (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
  if ((mode & (maySeeIt === "owner" ? 0o077 : 0o007)) === 0) return undefined;
  const fix = `chmod ${maySeeIt === "owner" ? "600" : "640"} ${path}`;
  return { text: `${path} can be read by others (mode ${mode.toString(8)})`, fix };
}

export interface ModeProblem {
  readonly text: string;
  readonly fix: string;
}

/** A token in a file: its first line. */
export function readTokenFile(path: string, named: string): string {
  try {
    return readFileSync(path, "utf8").split("\n", 1)[0]?.trim() ?? "";
  } catch (error) {
    throw new HalError("bad_request", `${named}: cannot read ${path}: ${(error as NodeJS.ErrnoException).code ?? "?"}`);
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new HalError("bad_request", `cannot read ${path}: ${code ?? "?"}`);
  }
}

function parseJson(text: string, path: string): unknown {
  const parsed = parseJsonText(text);
  if (parsed.ok) return parsed.value;
  throw new HalError("bad_request", `${path} is not JSON: ${parsed.problem}`);
}
