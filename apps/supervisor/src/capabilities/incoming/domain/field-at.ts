import { entryOf } from "@hal/protocol/text";

/** What is at a path such as `data.issue.id` of something that somebody sent, as text; undefined where nothing is that can be written so. Pure. */
export function fieldAt(body: unknown, path: string): string | undefined {
  let value: unknown = body;
  for (const key of path.split(".")) {
    if (typeof value !== "object" || value === null || (Array.isArray(value) && !/^\d+$/.test(key))) return undefined;
    value = entryOf(value as Record<string, unknown>, key);
  }
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}
