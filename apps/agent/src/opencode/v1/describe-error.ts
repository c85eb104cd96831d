import { isAbsolute } from "node:path";

/** opencode 1.18 keeps for its whole life that a directory's configuration could not be read. */
const MEND_CONFIG = "mend it, then restart hal-agent there: opencode reads it again only when it is started anew";

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
  return isOfConfig(error) ? `${asLine(where)}; ${MEND_CONFIG}` : asLine(where);
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
