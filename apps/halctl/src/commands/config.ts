import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { HalError } from "@hal/protocol";
import { checkUrl } from "../connect.ts";
import { EXIT } from "../exit-codes.ts";
import type { Local, LocalRun } from "../local.ts";
import { shown } from "../output/print.ts";
import { card, table } from "../output/table.ts";
import {
  type ConfigFile,
  configPath,
  type Context,
  modeProblem,
  readConfigFile,
  readTokenFile,
  writeConfigFile,
} from "../settings/config-file.ts";
import { tokenMark } from "../settings/token-mark.ts";

export const showConfig: LocalRun<object> = async (local) => {
  const { terminal, format } = local;
  const path = pathOf(local);
  const { contexts } = readConfigFile(path);
  const { url, urlFrom, token, tokenFrom, context } = local.settings();
  const rows = Object.entries(contexts).map(([name, values]) => ({
    name,
    is_current: name === context,
    url: values.url ?? null,
    token: tokenText(values, path),
  }));
  const effective = { url, url_from: urlFrom, token: markOf(token), token_from: tokenFrom ?? null };
  if (format === "json") {
    terminal.out.write(`${JSON.stringify({ file: path, contexts: rows, effective }, null, 2)}\n`);
    return EXIT.done;
  }
  const list = table(
    ["", "CONTEXT", "URL", "TOKEN"],
    rows.map((row) => [row.is_current ? "*" : "", row.name, row.url ?? "-", row.token]),
    terminal.isTerminal ? terminal.columns : undefined,
  );
  const now = card([
    ["file", existsSync(path) ? path : `${path} (not there)`],
    ["supervisor", `${url}, from ${urlFrom}`],
    ["token", tokenFrom === undefined ? "none" : `${effective.token ?? "empty"}, from ${tokenFrom}`],
  ]);
  terminal.out.write(shown(terminal, rows.length === 0 ? now : `${list}\n${now}`));
  return EXIT.done;
};

export const useContext: LocalRun<{ readonly name: string }> = async (local, { name }) => {
  change(local, (file) => ({ ...file, current: existing(file, name) }));
  local.terminal.out.write(`${name} is meant from now on\n`);
  return EXIT.done;
};

export interface SetArgs {
  readonly name: string;
  readonly supervisorUrl?: string | undefined;
  readonly authToken?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly tokenStdin: boolean;
  readonly use: boolean;
}

export const setContext: LocalRun<SetArgs> = async (local, args) => {
  const { name, supervisorUrl, tokenFile } = args;
  if (!/^[\w.@-]+$/.test(name)) throw new HalError("bad_request", `${name}: a name has letters, digits and . _ @ -`);
  const token = args.tokenStdin ? ((await local.terminal.readInput()) ?? "").trim() : args.authToken;
  if (args.tokenStdin && token === "") throw new HalError("bad_request", "there is no token on standard input");
  if (supervisorUrl === undefined && token === undefined && tokenFile === undefined && !args.use)
    throw new HalError("bad_request", "say what to set: --supervisor-url, --token-file, --auth-token or --token-stdin");
  const url = supervisorUrl === undefined ? {} : { url: checkUrl(supervisorUrl, "--supervisor-url") };
  change(local, (file) => {
    const { token: oldToken, token_file: oldFile, ...rest } = file.contexts[name] ?? {};
    const secret =
      token !== undefined
        ? { token }
        : tokenFile !== undefined
          ? { token_file: resolve(tokenFile) }
          : { ...(oldToken && { token: oldToken }), ...(oldFile && { token_file: oldFile }) };
    const contexts = { ...file.contexts, [name]: { ...rest, ...url, ...secret } };
    const isCurrent = args.use || Object.keys(contexts).length === 1;
    return { ...file, contexts, ...(isCurrent ? { current: name } : {}) };
  });
  local.terminal.out.write(`context ${name} is set\n`);
  return EXIT.done;
};

export const removeContext: LocalRun<{ readonly name: string }> = async (local, { name }) => {
  change(local, (file) => {
    const { [existing(file, name)]: _gone, ...contexts } = file.contexts;
    const { current, ...rest } = file;
    return { ...rest, contexts, ...(current === undefined || current === name ? {} : { current }) };
  });
  local.terminal.out.write(`context ${name} is gone\n`);
  return EXIT.done;
};

export const checkConfig: LocalRun<object> = async (local) => {
  const { terminal } = local;
  const path = pathOf(local);
  const problems = existsSync(path) ? problemsOf(readConfigFile(path), path) : [];
  for (const problem of problems) terminal.err.write(`halctl: ${problem}\n`);
  if (problems.length > 0) return EXIT.failed;
  terminal.out.write(existsSync(path) ? `${path} is fine\n` : `${path} is not there, which is fine\n`);
  return EXIT.done;
};

const KNOWN = new Set(["url", "token", "token_file", "ca_file", "tls_fingerprint", "insecure"]);

/** Everything that is wrong with a file, one line each. */
function problemsOf({ current, contexts }: ConfigFile, path: string): string[] {
  const problems: string[] = [];
  const mode = modeProblem(path);
  if (mode !== undefined) problems.push(`${mode.text}; ${mode.fix}`);
  if (current !== undefined && contexts[current] === undefined)
    problems.push(`current: there is no context ${current}`);
  for (const [name, values] of Object.entries(contexts))
    problems.push(...contextProblems(values, path).map((problem) => `contexts.${name}: ${problem}`));
  return problems;
}

function contextProblems(values: Context, path: string): string[] {
  const problems: string[] = [];
  const attempt = (work: () => unknown): void => {
    try {
      work();
    } catch (error) {
      problems.push((error as Error).message);
    }
  };
  if (values.url === undefined) problems.push("url is missing");
  else attempt(() => checkUrl(values.url as string, "url"));
  if (values.token_file !== undefined) {
    const file = resolve(dirname(path), values.token_file);
    attempt(() => readTokenFile(file, "token_file"));
    const mode = modeProblem(file);
    if (mode !== undefined) problems.push(`${mode.text}; ${mode.fix}`);
    if (values.token !== undefined) problems.push("token and token_file are both set; token is taken");
  }
  for (const key of Object.keys(values)) if (!KNOWN.has(key)) problems.push(`${key} is not known`);
  return problems;
}

function change(local: Local, work: (file: ConfigFile) => ConfigFile): void {
  const path = pathOf(local);
  writeConfigFile(path, work(readConfigFile(path)));
}

function existing({ contexts }: ConfigFile, name: string): string {
  if (contexts[name] !== undefined) return name;
  const names = Object.keys(contexts).join(", ");
  throw new HalError("not_found", `no context ${name}; ${names === "" ? "there are none" : `there are: ${names}`}`);
}

function pathOf({ terminal }: Local): string {
  const path = configPath(terminal.env);
  if (path !== undefined) return path;
  throw new HalError("bad_request", "there is no home directory; say where the file is with HALCTL_CONFIG");
}

function tokenText({ token, token_file: file }: Context, path: string): string {
  if (token !== undefined) return markOf(token) ?? "empty";
  return file === undefined ? "-" : `in ${resolve(dirname(path), file)}`;
}

function markOf(token: string): string | null {
  return token === "" ? null : `fingerprint ${tokenMark(token)}`;
}
