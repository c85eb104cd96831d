import { isAbsolute } from "node:path";

/** opencode 1.18 keeps for its whole life that a directory's configuration could not be read; the agent starts another one. */
const MEND_FILE = "mend it: opencode is started anew for it as soon as it is idle";
const MEND_CONFIG = "mend it in the configuration of hal-agent there, opencode.config, then restart hal-agent";

interface Described {
  readonly message?: string;
  readonly name?: string;
  readonly data?: { readonly message?: string; readonly path?: string };
}

/** What opencode says went wrong, in one line: it quotes whole files that it could not read. */
export function describeError(error: unknown): string {
  if (typeof error !== "object" || error === null) return asLine(String(error));
  const { message, name, data } = error as Described;
  const text = (data?.message ?? message ?? name ?? JSON.stringify(error)).split("--- Errors ---").at(-1) ?? "";
  if (data?.path === undefined) return asLine(text);
  const where = `${data.path}: ${text.replace("--- End ---", "")}`;
  const unread = unreadConfigOf(error);
  if (unread === undefined) return asLine(where);
  return `${asLine(where)}; ${unread.file === undefined ? MEND_CONFIG : MEND_FILE}`;
}

/** Whether opencode says that it could not read its configuration, and the file where it is in one. */
export function unreadConfigOf(error: unknown): { readonly file: string | undefined } | undefined {
  if (!isOfConfig(error)) return undefined;
  const path = (error as Described).data?.path;
  return { file: typeof path === "string" && isAbsolute(path) ? path : undefined };
}

function isOfConfig(error: unknown): boolean {
  return String((error as Described | null | undefined)?.name).startsWith("Config");
}

function asLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}
