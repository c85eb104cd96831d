/** A text that was cut ends so. */
const ELLIPSIS = "…";

/**
 * JSON of a value in at most `limitBytes`: the longest texts in it are cut until it fits. The event's own fields have
 * limits of their own; this is the last guard, so that no event is ever too big for a frame (protocol §4.7).
 */
export function cutToFit(value: unknown, limitBytes: number): string {
  let current = value;
  let text = JSON.stringify(value);
  for (let length = limitBytes; Buffer.byteLength(text) > limitBytes && length > 8; length = Math.floor(length / 2)) {
    current = cutTexts(current, length);
    text = JSON.stringify(current);
  }
  return Buffer.byteLength(text) > limitBytes ? JSON.stringify({ cut: true }) : text;
}

function cutTexts(value: unknown, length: number): unknown {
  if (typeof value === "string") return value.length > length ? `${value.slice(0, length - 1)}${ELLIPSIS}` : value;
  if (Array.isArray(value)) return value.map((item) => cutTexts(item, length));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutTexts(item, length)]));
  return value;
}
