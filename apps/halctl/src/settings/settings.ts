import { dirname, resolve } from "node:path";
import { HalError } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { configPath, modeProblem, readConfigFile, readTokenFile } from "./config-file.ts";
import type { ConfigFile, Context } from "./context-schema.ts";
import type { ContextTrust } from "./context-trust.ts";

export const DEFAULT_URL = "ws://localhost:8420";

/** Which supervisor is asked and with what, and where each of it was said. */
export interface Settings {
  readonly url: string;
  readonly urlFrom: string;
  readonly token: string;
  /** undefined where there is none */
  readonly tokenFrom: string | undefined;
  /** the context that counts, by its name */
  readonly context: string | undefined;
  /** by what the context knows its supervisor; undefined where another host is asked */
  readonly contextTrust: ContextTrust | undefined;
  readonly configFile: string | undefined;
  /** what a person should know of it */
  readonly warnings: readonly string[];
}

/** What was typed. */
export interface SettingFlags {
  readonly supervisorUrl?: string | undefined;
  readonly authToken?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly context?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A flag wins over a variable, that over the context of the config file, that over the default; a context that was named
 * by a flag counts as one.
 */
export function resolveSettings(flags: SettingFlags, env: Environment): Settings {
  const configFile = configPath(env);
  const file = readConfigFile(configFile);
  const name = flags.context ?? (env["HALCTL_CONTEXT"] || file.current);
  const values = name === undefined ? {} : contextOf(file, name, configFile);
  const context = { name, values, isTyped: flags.context !== undefined };
  const url = urlOf(flags, env, context);
  const isForThere = url.isOfContext || hostOf(values.url) === hostOf(url.value);
  const token = tokenOf(flags, env, { ...context, values: isForThere ? values : {} }, configFile);
  const warnings: string[] = [];
  if (token.isOfContext) {
    const problem = configFile === undefined ? undefined : modeProblem(configFile);
    if (problem !== undefined) warnings.push(`${problem.text}; ${problem.fix}`);
  } else if (token.from === undefined && !isForThere && (values.token ?? values.token_file) !== undefined)
    warnings.push(`the token of context ${name} is for ${hostOf(values.url) ?? "?"} and is not sent elsewhere`);
  return {
    url: url.value,
    urlFrom: url.from,
    token: token.value,
    tokenFrom: token.from,
    context: name,
    contextTrust:
      name === undefined || !isForThere
        ? undefined
        : { name, values, isTyped: context.isTyped, path: configFile ?? "." },
    configFile,
    warnings,
  };
}

interface Chosen {
  readonly name: string | undefined;
  readonly values: Context;
  /** by a flag, which wins over variables */
  readonly isTyped: boolean;
}

interface Found {
  readonly value: string;
  readonly from: string;
  readonly isOfContext: boolean;
}

function urlOf(flags: SettingFlags, env: Environment, { name, values, isTyped }: Chosen): Found {
  const found = (value: string, from: string, isOfContext = false): Found => ({ value, from, isOfContext });
  if (flags.supervisorUrl !== undefined) return found(flags.supervisorUrl, "--supervisor-url");
  const ofContext = values.url === undefined ? undefined : found(values.url, `context ${name}`, true);
  if (isTyped && ofContext !== undefined) return ofContext;
  const variable = env["HALCTL_SUPERVISOR_URL"];
  if (variable) return found(variable, "HALCTL_SUPERVISOR_URL");
  return ofContext ?? found(DEFAULT_URL, "the default");
}

function tokenOf(
  flags: SettingFlags,
  env: Environment,
  { name, values, isTyped }: Chosen,
  configFile: string | undefined,
): { readonly value: string; readonly from: string | undefined; readonly isOfContext: boolean } {
  const found = (value: string, from: string, isOfContext = false) => ({ value, from, isOfContext });
  if (flags.authToken !== undefined) return found(flags.authToken, "--auth-token");
  if (flags.tokenFile !== undefined) return found(readTokenFile(flags.tokenFile, "--token-file"), flags.tokenFile);
  const ofContext = (): Found | undefined => {
    if (values.token !== undefined) return found(values.token, `context ${name}`, true);
    if (values.token_file === undefined) return undefined;
    const path = resolve(dirname(configFile ?? "."), values.token_file);
    return found(readTokenFile(path, `context ${name}`), path, true);
  };
  const typed = isTyped ? ofContext() : undefined;
  if (typed !== undefined) return typed;
  if (env["HALCTL_AUTH_TOKEN"]) return found(env["HALCTL_AUTH_TOKEN"], "HALCTL_AUTH_TOKEN");
  return ofContext() ?? { value: "", from: undefined, isOfContext: false };
}

function contextOf({ contexts }: ConfigFile, name: string, path: string | undefined): Context {
  const context = entryOf(contexts, name);
  if (context !== undefined) return context;
  const names = Object.keys(contexts);
  const known = names.length === 0 ? "there are none" : `there are: ${names.join(", ")}`;
  throw new HalError("bad_request", `no context ${name} in ${path ?? "any config file"}; ${known}`);
}

function hostOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).hostname : undefined;
}
