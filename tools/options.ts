import { parseArgs, type ParseArgsConfig } from "node:util";

/** What a command of this repository was called with. What it does not know ends it: one line, how it is called, exit code 2. */
export function readOptions<const Config extends ParseArgsConfig>(
  usage: string,
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (error) {
    return misused(usage, (error as Error).message);
  }
}

/** An option that is a number, 0 or more. */
export function numberOf(usage: string, values: object, name: string): number {
  const text: unknown = Reflect.get(values, name);
  const value = typeof text === "string" && text.trim() !== "" ? Number(text) : Number.NaN;
  return Number.isFinite(value) && value >= 0
    ? value
    : misused(usage, `--${name} is a number, and not ${String(text)}`);
}

export function misused(usage: string, problem: string): never {
  console.error(`${problem}\nusage: ${usage}`);
  process.exit(2);
}
