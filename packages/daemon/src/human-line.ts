const HIDDEN = new Set(["level", "time", "name", "msg", "error"]);

/** One log entry as a person reads it: time, level, message, then its fields as `key=value`. */
export function humanLine(entry: Readonly<Record<string, unknown>>, withTime: boolean): string {
  const time = withTime ? `${String(entry["time"]).slice(11, 23)} ` : "";
  const level = entry["level"] === "info" ? "" : `${String(entry["level"]).toUpperCase()} `;
  const fields = Object.entries(entry)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => ` ${key}=${fieldText(value)}`)
    .join("");
  return `${time}${String(entry["name"])}: ${level}${String(entry["msg"])}${fields}${errorText(entry["error"])}\n`;
}

function fieldText(value: unknown): string {
  if (typeof value !== "string") return JSON.stringify(value) ?? "undefined";
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function errorText(error: unknown): string {
  if (error === undefined) return "";
  if (typeof error !== "object" || error === null) return ` error=${fieldText(error)}`;
  const { message, stack } = error as { message?: unknown; stack?: unknown };
  return ` error=${fieldText(message)}${typeof stack === "string" ? `\n${stack}` : ""}`;
}
