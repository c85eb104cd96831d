import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { addressProblem, describeConfig } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { checkUrl } from "../../connection/connect.ts";
import { EXIT } from "../../exit-codes.ts";
import type { Local, LocalRun } from "../../local.ts";
import { configPage } from "./config-page.ts";
import { complain, print, printJson, tell } from "../../output/print.ts";
import { said } from "../../output/said.ts";
import { configPath, readConfigFile, writeConfigFile } from "../../settings/config-file.ts";
import { problemsIn } from "./config-problems.ts";
import { ConfigFile, type Context } from "../../settings/context-schema.ts";
import { namesInContext, settingsOfContext, trustText } from "../../settings/context-trust.ts";
import type { Settings } from "../../settings/settings.ts";
import { tokenMark } from "../../settings/token-mark.ts";
import { fromFlags, honoured, knownBy, type TrustFlags } from "../../connection/trust.ts";

export const showConfig: LocalRun<TrustFlags> = async (local, args) => {
  const { terminal, format } = local;
  const path = pathOf(local);
  const { contexts } = readConfigFile(path);
  const settings = local.settings();
  const { url: given, urlFrom, token, tokenFrom, context } = settings;
  const url = shownAddress(given);
  const rows = Object.entries(contexts).map(([name, values]) => ({
    name,
    is_current: name === context,
    url: values.url === undefined ? null : shownAddress(values.url),
    token: tokenText(values, path),
    tls: trustText({ values, path }, values.url ?? ""),
  }));
  const known = effectiveTrust(settings, args, terminal.env);
  const effective = {
    url,
    url_from: urlFrom,
    token: markOf(token),
    token_from: tokenFrom ?? null,
    tls: known.text,
    tls_from: known.from,
  };
  print({ terminal, format }, { file: path, contexts: rows, effective }, (shown, { columns }) =>
    configPage(shown, columns, existsSync(path)),
  );
  return EXIT.done;
};

/** One that is none may hold a password. */
function shownAddress(url: string): string {
  const problem = addressProblem(url);
  return problem === undefined ? url : `(${problem})`;
}

export const useContext: LocalRun<{ readonly name: string }> = async (local, { name }) => {
  change(local, (file) => ({ ...file, current: existing(file, name) }));
  tell(local.terminal, said`${name} is meant from now on`);
  return EXIT.done;
};

export interface SetArgs extends TrustFlags {
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
  if (name in {}) throw new HalError("bad_request", `${name} can be no name of a context; take another`);
  const token = args.tokenStdin ? ((await local.terminal.readInput()) ?? "").trim() : args.authToken;
  if (args.tokenStdin && token === "") throw new HalError("bad_request", "there is no token on standard input");
  const changes = [supervisorUrl, token, tokenFile, args.caFile, args.tlsFingerprint, args.insecure];
  if (changes.every((given) => given === undefined) && !args.use)
    throw new HalError(
      "bad_request",
      "say what to set: --supervisor-url, --token-file, --auth-token or --token-stdin, --ca-file, --tls-fingerprint or --insecure",
    );
  const url = supervisorUrl === undefined ? {} : { url: checkUrl(supervisorUrl, "--supervisor-url") };
  change(local, (file, path) => {
    const { token: oldToken, token_file: oldFile, ...rest } = entryOf(file.contexts, name) ?? {};
    const secret =
      token !== undefined
        ? { token }
        : tokenFile !== undefined
          ? { token_file: resolve(tokenFile) }
          : { ...(oldToken && { token: oldToken }), ...(oldFile && { token_file: oldFile }) };
    const context = withTrust({ ...rest, ...url, ...secret }, args);
    // what could not be honoured later is refused now
    const known = settingsOfContext(context.url ?? "wss://", { name, values: context, isTyped: true, path });
    if (known !== undefined) honoured(known, namesInContext(name));
    const contexts = { ...file.contexts, [name]: context };
    const isCurrent = args.use || Object.keys(contexts).length === 1;
    return { ...file, contexts, ...(isCurrent ? { current: name } : {}) };
  });
  tell(local.terminal, said`context ${name} is set`);
  return EXIT.done;
};

/** The flags of TLS take the place of all that the context said of it; `--no-insecure` alone leaves nothing of it. */
function withTrust(context: Context, args: SetArgs): Context {
  const typed = fromFlags(context.url ?? "", args);
  if (typed === undefined && args.insecure === undefined) return context;
  const { ca_file: _ca, tls_fingerprint: _pins, insecure: _switch, ...rest } = context;
  const { caPath, fingerprints: pins = [], isInsecure } = typed ?? {};
  return {
    ...rest,
    ...(caPath === undefined ? {} : { ca_file: resolve(caPath) }),
    ...(pins.length === 0 ? {} : { tls_fingerprint: pins.length === 1 ? pins[0] : [...pins] }),
    ...(isInsecure === true ? { insecure: true } : {}),
  };
}

export const removeContext: LocalRun<{ readonly name: string }> = async (local, { name }) => {
  change(local, (file) => {
    const { [existing(file, name)]: _gone, ...contexts } = file.contexts;
    const { current, ...rest } = file;
    return { ...rest, contexts, ...(current === undefined || current === name ? {} : { current }) };
  });
  tell(local.terminal, said`context ${name} is gone`);
  return EXIT.done;
};

export const checkConfig: LocalRun<object> = async (local) => {
  const { terminal } = local;
  const path = pathOf(local);
  const problems = existsSync(path) ? problemsIn(path) : [];
  for (const problem of problems) complain(terminal, said`${problem}`);
  if (problems.length > 0) return EXIT.failed;
  tell(terminal, existsSync(path) ? said`${path} is fine` : said`${path} is not there, which is fine`);
  return EXIT.done;
};

/** What an editor checks and explains the file with. */
export const printSchema: LocalRun<object> = async ({ terminal, version }) => {
  const document = await describeConfig(ConfigFile, {
    id: `urn:hal-o-swarm:halctl-config:${version}`,
    title: "Contexts of halctl",
    fillsIn: false,
  });
  printJson(terminal, document, 2);
  return EXIT.done;
};

/** By what the supervisor that would be asked is known; what cannot be honoured is said in its place. */
function effectiveTrust(
  settings: Settings,
  args: TrustFlags,
  env: Local["terminal"]["env"],
): { readonly text: string; readonly from: string | null } {
  try {
    const { from, values } = knownBy(settings, args, env);
    return { text: trustText({ values, path: "." }, settings.url), from: from ?? null };
  } catch (error) {
    return { text: (error as Error).message, from: null };
  }
}

function change(local: Local, work: (file: ConfigFile, path: string) => ConfigFile): void {
  const path = pathOf(local);
  writeConfigFile(path, work(readConfigFile(path), path));
}

function existing({ contexts }: ConfigFile, name: string): string {
  if (Object.hasOwn(contexts, name)) return name;
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
