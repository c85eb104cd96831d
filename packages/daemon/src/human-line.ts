import { inOneLine, jsonText } from "@hal/protocol/text";

const HIDDEN = new Set(["level", "time", "name", "msg", "error"]);

/** One log entry as a person reads it: time, level, message, then its fields as `key=value`; the frames of an error are indented. */
export function humanLine(entry: Readonly<Record<string, unknown>>, withTime: boolean): string {
  const time = withTime ? `${String(entry["time"]).slice(11, 23)} ` : "";
  const level = entry["level"] === "info" ? "" : `${String(entry["level"]).toUpperCase()} `;
  const fields = Object.entries(entry)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => ` ${inOneLine(key)}=${fieldText(value)}`)
    .join("");
  const head = `${String(entry["name"])}: ${level}${inOneLine(String(entry["msg"]))}`;
  return `${time}${head}${fields}${errorText(entry["error"])}\n`;
}

function fieldText(value: unknown): string {
  if (typeof value !== "string") return jsonText(value);
  return /^[^\s"=]+$/.test(value) && inOneLine(value) === value ? value : jsonText(value);
}

function errorText(error: unknown): string {
  if (error === undefined) return "";
  if (typeof error !== "object" || error === null) return ` error=${fieldText(error)}`;
  const { message, stack } = error as { message?: unknown; stack?: unknown };
  return ` error=${fieldText(message)}${typeof stack === "string" ? `\n${indented(stack)}` : ""}`;
}

/** A line of a message that begins like an entry is not taken for one. */
function indented(stack: string): string {
  return stack
    .split("\n")
    .map((line) => `${line.startsWith("    ") ? "" : "    "}${inOneLine(line)}`)
    .join("\n");
}
