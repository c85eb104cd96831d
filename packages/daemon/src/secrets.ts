import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Environment } from "./config.ts";
import { shownKey } from "./unknown-keys.ts";

interface Resolved {
  readonly value: Record<string, unknown>;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** What could not be filled in. */
interface Problem {
  /** the path of the value that is missing */
  readonly at: string;
  readonly text: string;
}

interface Context {
  readonly env: Environment;
  readonly baseDirectory: string;
  readonly problems: Problem[];
  readonly warnings: string[];
}

/** `*_file` keys that name a file to be used as such, not one that holds another key's value. */
const PLAIN_FILE_KEYS = new Set(["auth_file", "config_file"]);

/**
 * Fills in what is kept outside the file: `${NAME}` takes an environment variable, and `key_file` the
 * first line of a file as the value of `key`. The given value stays as it is.
 */
export function resolveSecrets(
  value: Readonly<Record<string, unknown>>,
  options: { readonly env: Environment; readonly baseDirectory: string },
): Resolved {
  const context: Context = { ...options, problems: [], warnings: [] };
  return { value: resolveObject(value, "", context), problems: context.problems, warnings: context.warnings };
}

function resolveObject(
  object: Readonly<Record<string, unknown>>,
  path: string,
  context: Context,
): Record<string, unknown> {
  // a key of the file may be `__proto__`
  const resolved = new Map<string, unknown>();
  for (const [key, value] of Object.entries(object)) {
    const at = below(path, shownKey(key));
    const target = key.slice(0, -"_file".length);
    if (key.endsWith("_file") && target !== "" && !PLAIN_FILE_KEYS.has(key) && typeof value === "string") {
      resolved.set(target, readSecret(value, { at: below(path, target), key: at }, context));
    } else {
      resolved.set(key, resolveValue(value, at, context));
    }
  }
  return Object.fromEntries(resolved);
}

function resolveValue(value: unknown, path: string, context: Context): unknown {
  if (typeof value === "string") return fillIn(value, path, context);
  if (Array.isArray(value)) return value.map((item, index) => resolveValue(item, `${path}.${index}`, context));
  if (typeof value === "object" && value !== null)
    return resolveObject(value as Record<string, unknown>, path, context);
  return value;
}

function fillIn(text: string, path: string, context: Context): string {
  return text.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => {
    const found = context.env[name];
    if (found !== undefined) return found;
    context.problems.push({ at: path, text: `${path}: the environment variable ${name} is not set` });
    return whole;
  });
}

function readSecret(
  file: string,
  { at, key }: { readonly at: string; readonly key: string },
  context: Context,
): string {
  const path = resolve(context.baseDirectory, file);
  try {
    const secret = readFileSync(path, "utf8").split("\n", 1)[0]?.trim() ?? "";
    if (secret === "") context.problems.push({ at, text: `${key}: the first line of ${path} is empty` });
    const open = openToEverybody(path);
    if (open !== undefined) context.warnings.push(`${key}: ${open}`);
    return secret;
  } catch (error) {
    // not the path as it was written: somebody may have put the secret itself there
    const where = file.startsWith("/") ? "" : `, looked for below ${context.baseDirectory}`;
    const reason = reasonOf(error as NodeJS.ErrnoException);
    context.problems.push({ at, text: `${key}: the file that it names cannot be read: ${reason}${where}` });
    return "";
  }
}

function reasonOf({ code, message }: NodeJS.ErrnoException): string {
  if (code === "EACCES") return "permission denied (EACCES); run with sudo, or let the service's user read it";
  return code ?? message;
}

/** A sentence where everybody on this machine can read the file. */
export function openToEverybody(path: string): string | undefined {
  const mode = statSync(path).mode & 0o777;
  if ((mode & 0o007) === 0) return undefined;
  return `${path} is open to everybody on this machine (mode ${mode.toString(8).padStart(4, "0")}); chmod 640 ${path}`;
}

function below(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
