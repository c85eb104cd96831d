import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import * as v from "valibot";
import { parseJson } from "./json-position.ts";
import { secretsIn } from "./secrets-in.ts";
import { openToEverybody, resolveSecrets } from "./secrets.ts";
import { StartupError } from "./startup-error.ts";
import { shownKey, unknownKeys } from "./unknown-keys.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A configuration that fits, with what a person should know about it. */
export interface LoadedConfig<T> {
  readonly config: T;
  readonly warnings: readonly string[];
}

/** All that is wrong with a configuration, each with its path. */
export class ConfigProblems extends StartupError {
  readonly problems: readonly string[];

  constructor(source: string, problems: readonly string[]) {
    const [only, ...others] = problems;
    const list = others.length === 0 ? ` ${only}` : problems.map((problem) => `\n  - ${problem}`).join("");
    super(`configuration invalid (${source}):${list}`);
    this.problems = problems;
  }
}

/** Reads and judges a JSON configuration file; `overrides` are laid over it (flags and environment). */
export function loadConfig<S extends v.GenericSchema>(
  schema: S,
  source: { readonly path: string; readonly env: Environment; readonly overrides?: ConfigOverrides },
): LoadedConfig<v.InferOutput<S>> {
  const parsed = parseJson(readConfigText(source.path));
  if (!parsed.ok) throw new ConfigProblems(source.path, [parsed.problem]);
  const { config, warnings } = parseConfig(schema, parsed.value, {
    env: source.env,
    source: source.path,
    baseDirectory: dirname(resolve(source.path)),
    ...(source.overrides === undefined ? {} : { overrides: source.overrides }),
  });
  const [secret] = secretsIn(schema, parsed.value);
  const open = secret === undefined ? undefined : openToEverybody(source.path);
  return { config, warnings: open === undefined ? warnings : [...warnings, `${secret} is here, and ${open}`] };
}

/** Values by dotted path, such as `{"server.port": 0}`; undefined ones are passed over. */
export type ConfigOverrides = Readonly<Record<string, unknown>>;

/** Judges a configuration that is already a value. */
export function parseConfig<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  options: {
    readonly env: Environment;
    readonly source?: string;
    /** where relative `*_file` paths start */
    readonly baseDirectory?: string;
    readonly overrides?: ConfigOverrides;
  },
): LoadedConfig<v.InferOutput<S>> {
  const source = options.source ?? "configuration";
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ConfigProblems(source, ["the file holds no JSON object"]);
  const secrets = resolveSecrets(value as Record<string, unknown>, {
    env: options.env,
    baseDirectory: options.baseDirectory ?? ".",
  });
  for (const [path, override] of Object.entries(options.overrides ?? {})) {
    if (override !== undefined) setAt(secrets.value, path.split("."), override);
  }
  const result = v.safeParse(schema, secrets.value);
  const unresolved = new Set(secrets.problems.map(({ at }) => at));
  const unknown = unknownKeys(schema, secrets.value);
  const problems = [
    ...secrets.problems.map(({ text }) => text),
    ...unknown.refused,
    // what could not be filled in is told once, and what is unknown, too
    ...(result.issues ?? [])
      .filter((issue) => !unresolved.has(v.getDotPath(issue) ?? "") && !isUnknownKey(issue))
      .map(issueText),
  ];
  // whoever mends a file mends all of it at once
  if (!result.success || problems.length > 0) throw new ConfigProblems(source, [...problems, ...unknown.ignored]);
  return { config: result.output, warnings: [...secrets.warnings, ...unknown.ignored] };
}

function isUnknownKey({ type, expected }: v.BaseIssue<unknown>): boolean {
  return type === "strict_object" && expected === "never";
}

function issueText(issue: v.BaseIssue<unknown>): string {
  const path =
    issue.path?.map(({ key }) => (typeof key === "string" ? shownKey(key) : String(key))).join(".") ?? "(top level)";
  return issue.received === "undefined" ? `${path}: is missing` : `${path}: ${problemOf(issue)}`;
}

/** valibot's own words end with what was given, and that may be a secret in the wrong place. */
function problemOf({ message, received, expected }: v.BaseIssue<unknown>): string {
  if (!message.endsWith(`eceived ${received}`)) return message;
  return expected === null ? "is not allowed here" : `is not what is expected here: ${expected}`;
}

function readConfigText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") throw new StartupError(`no configuration file at ${path}; name one with --config`);
    if (code === "EACCES")
      throw new StartupError(`permission denied for ${path}; run with sudo, or as the service's user (sudo -u USER)`);
    throw new StartupError(`cannot read ${path}: ${message}`, { cause: error });
  }
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key, ...rest] = path as [string, ...string[]];
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = target[key];
  const next = typeof inner === "object" && inner !== null ? (inner as Record<string, unknown>) : {};
  target[key] = next;
  setAt(next, rest, value);
}
