/** opencode 1.18 keeps for its whole life that a directory's configuration could not be read. */
const MEND_CONFIG = "mend it, then restart hal-agent there: opencode reads it again only when it is started anew";

/** What opencode says went wrong, in one line: it quotes whole files that it could not read. */
export function describeError(error: unknown): string {
  if (typeof error !== "object" || error === null) return asLine(String(error));
  const { message, name, data } = error as {
    message?: string;
    name?: string;
    data?: { message?: string; path?: string };
  };
  const text = (data?.message ?? message ?? name ?? JSON.stringify(error)).split("--- Errors ---").at(-1) ?? "";
  if (data?.path === undefined) return asLine(text);
  const where = `${data.path}: ${text.replace("--- End ---", "")}`;
  return name?.startsWith("Config") === true ? `${asLine(where)}; ${MEND_CONFIG}` : asLine(where);
}

function asLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, 300);
}
