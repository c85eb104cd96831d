/** Names of fields that hold what nobody may read in a log, whoever logs them. */
const HIDDEN =
  /authorization|cookie|password|passphrase|secret|credential|api_?key|private_?key|bot_?token|auth_?token|access_?token|^(?:headers|env|environment|config|body|prompt|text|args|input|rawHeaders)$/i;

const MOST_DEPTH = 6;

/** The fields of a log entry, with how much there was in the place of what is not to be read there. */
export function shownFields(fields: Readonly<Record<string, unknown>>, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, HIDDEN.test(name) ? amountOf(value) : shown(value, depth)]),
  );
}

function shown(value: unknown, depth: number): unknown {
  // an error has a serialiser of its own
  if (typeof value !== "object" || value === null || value instanceof Error) return value;
  if (depth >= MOST_DEPTH) return amountOf(value);
  if (Array.isArray(value)) return value.map((item: unknown) => shown(item, depth + 1));
  const isPlain = [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
  return isPlain ? shownFields(value as Record<string, unknown>, depth + 1) : amountOf(value);
}

function amountOf(value: unknown): string {
  if (value === undefined || value === null) return "(nothing)";
  if (typeof value === "string") return `(${value.length} characters)`;
  if (Array.isArray(value)) return `(${value.length} items)`;
  if (typeof value === "object") return `(${Object.keys(value).length} keys)`;
  return `(a ${typeof value})`;
}
