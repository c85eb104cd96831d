/** Deeper than what tools are called with; what nests more is told apart no further. */
const MOST_DEPTH = 32;

/** What a tool was called with as one text, the same however its fields are ordered. Pure. */
export function canonical(value: unknown, depth = 0): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (depth === MOST_DEPTH) return "…";
  if (Array.isArray(value)) return `[${value.map((item: unknown) => canonical(item, depth + 1)).join(",")}]`;
  const fields = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0));
  return `{${fields.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner, depth + 1)}`).join(",")}}`;
}
