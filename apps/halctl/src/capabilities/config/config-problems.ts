import { dirname, resolve } from "node:path";
import { unknownKeys } from "@hal/daemon";
import { describeIssue } from "@hal/protocol";
import * as v from "valibot";
import { checkUrl } from "../../connection/connect.ts";
import { honoured } from "../../connection/trust.ts";
import { modeProblem, readConfigValue, readTokenFile } from "../../settings/config-file.ts";
import { ConfigFile, type Context } from "../../settings/context-schema.ts";
import { namesInContext, settingsOfContext } from "../../settings/context-trust.ts";

/** Everything that is wrong with a file, one line each: its form, keys that are not known, and what could not be honoured. */
export function problemsIn(path: string): string[] {
  const value = readConfigValue(path);
  const { ignored } = unknownKeys(ConfigFile, value);
  const parsed = v.safeParse(ConfigFile, value);
  if (!parsed.success) return [...parsed.issues.map(describeIssue), ...ignored];
  return [...problemsOf(parsed.output, path), ...ignored];
}

function problemsOf({ current, contexts }: ConfigFile, path: string): string[] {
  const problems: string[] = [];
  const mode = modeProblem(path);
  if (mode !== undefined) problems.push(`${mode.text}; ${mode.fix}`);
  if (current !== undefined && !Object.hasOwn(contexts, current))
    problems.push(`current: there is no context ${current}`);
  for (const [name, values] of Object.entries(contexts)) {
    problems.push(...contextProblems(values, path).map((problem) => `contexts.${name}: ${problem}`));
    problems.push(...trustProblems(name, values, path));
  }
  return problems;
}

function contextProblems(values: Context, path: string): string[] {
  const problems: string[] = [];
  if (values.url === undefined) problems.push("url is missing");
  else problems.push(...failureOf(() => checkUrl(values.url as string, "url")));
  if (values.token_file !== undefined) {
    const file = resolve(dirname(path), values.token_file);
    problems.push(...failureOf(() => readTokenFile(file, "token_file")));
    const mode = modeProblem(file);
    if (mode !== undefined) problems.push(`${mode.text}; ${mode.fix}`);
    if (values.token !== undefined) problems.push("token and token_file are both set; token is taken");
  }
  return problems;
}

/** What could not be honoured of how the supervisor is known. */
function trustProblems(name: string, values: Context, path: string): string[] {
  const known = settingsOfContext(values.url ?? "wss://", { name, values, isTyped: true, path });
  return known === undefined ? [] : failureOf(() => honoured(known, namesInContext(name)));
}

function failureOf(work: () => unknown): string[] {
  try {
    work();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
