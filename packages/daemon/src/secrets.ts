import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Environment } from "./config.ts";

interface Resolved {
  readonly value: Record<string, unknown>;
  readonly problems: readonly string[];
}

interface Context {
  readonly env: Environment;
  readonly baseDirectory: string;
  readonly problems: string[];
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
  const context: Context = { ...options, problems: [] };
  return { value: resolveObject(value, "", context), problems: context.problems };
}

function resolveObject(
  object: Readonly<Record<string, unknown>>,
  path: string,
  context: Context,
): Record<string, unknown> {
  const resolved: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) {
    const at = path === "" ? key : `${path}.${key}`;
    const target = key.slice(0, -"_file".length);
    if (key.endsWith("_file") && target !== "" && !PLAIN_FILE_KEYS.has(key) && typeof value === "string") {
      resolved[target] = readSecret(value, at, context);
    } else {
      resolved[key] = resolveValue(value, at, context);
    }
  }
  return resolved;
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
    context.problems.push(`${path}: the environment variable ${name} is not set`);
    return whole;
  });
}

function readSecret(file: string, path: string, context: Context): string {
  try {
    return readFileSync(resolve(context.baseDirectory, file), "utf8").split("\n", 1)[0]?.trim() ?? "";
  } catch (error) {
    context.problems.push(`${path}: cannot read ${file}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`);
    return "";
  }
}
