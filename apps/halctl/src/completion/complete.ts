import { once } from "node:events";
import { checkUrl, connect } from "../connection/connect.ts";
import { inOneLine } from "@hal/protocol/text";
import { resolveSettings, type SettingFlags } from "../settings/settings.ts";
import { type TrustFlags, trustFor } from "../connection/trust.ts";
import type { NameKind } from "../grammar/spec.ts";
import { type Candidate, candidatesFor } from "./candidates.ts";
import { namesOfKind } from "./names.ts";

/** A shell takes it as it is: a name with anything else in it might be run, and has to be written by hand. */
const TYPEABLE = /^[\w.@:/+,%-]+$/;

/** A line that says to the shell that a file can stand there. */
const FILES = ":files";

/** A warning has no place in the line that is being typed. */
const SILENT = { write: () => undefined };

/**
 * What a shell asks at a Tab: one candidate a line, with what it is behind a tab character. Names that are not known
 * when `signal` aborts are not offered. Never fails.
 */
export async function complete(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  const { known, names, isFile, begun, before } = candidatesFor(words);
  const asked = names.length === 0 ? [] : await ask(names, { words, env }, signal);
  const fitting = asked.filter(({ value }) => value.startsWith(begun) && TYPEABLE.test(value));
  const files = isFile ? `${FILES}\t\n` : "";
  const lines = [...known, ...fitting.map((one) => ({ ...one, value: before + one.value }))]
    .map(({ value, describe }) => `${value}\t${inOneLine(describe.replaceAll(/\s+/g, " "))}\n`)
    .join("");
  return files + lines;
}

interface Line {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

async function ask(kinds: readonly NameKind[], line: Line, signal: AbortSignal): Promise<readonly Candidate[]> {
  const { env } = line;
  const flags = flagsIn(line);
  try {
    const settings = resolveSettings(flags, env);
    const url = checkUrl(settings.url, settings.urlFrom);
    const client = connect(url, settings.token, trustFor(settings, flags, { env, err: SILENT }));
    const asking = Promise.all(kinds.map((kind) => namesOfKind(kind, { client, settings })));
    // what fails after the time is over concerns nobody
    asking.catch(() => undefined);
    return (await Promise.race([asking, over(signal)])).flat();
  } catch {
    return []; // whoever runs the command hears why
  }
}

async function over(signal: AbortSignal): Promise<[]> {
  if (!signal.aborted) await once(signal, "abort");
  return [];
}

/** Which supervisor the line that is being typed asks. */
function flagsIn({ words, env }: Line): SettingFlags & TrustFlags {
  const valueOf = (name: string): string | undefined => {
    const index = words.slice(0, -1).indexOf(`--${name}`);
    return index === -1
      ? words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
      : words[index + 1];
  };
  // no shell has put the home directory in its place yet
  const fileOf = (name: string): string | undefined => valueOf(name)?.replace(/^~(?=\/)/, () => env["HOME"] ?? "~");
  return {
    supervisorUrl: valueOf("supervisor-url"),
    authToken: valueOf("auth-token"),
    tokenFile: fileOf("token-file"),
    context: valueOf("context"),
    caFile: fileOf("ca-file"),
    tlsFingerprint: valueOf("tls-fingerprint"),
    insecure: words.includes("--insecure"),
  };
}
