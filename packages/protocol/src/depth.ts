/** How deep values may be nested in what travels: what is deeper is no fact of ours, and breaks whoever writes it as JSON. */
export const MOST_DEPTH = 100;

interface Nested {
  readonly value: object;
  readonly depth: number;
}

/** Whether a value can be written as JSON by anybody: whatever comes, this goes through it without recursion. */
export function isShallow(value: unknown): boolean {
  const waiting = nestedIn(value, 1);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.depth > MOST_DEPTH) return false;
    for (const inner of Object.values(next.value) as unknown[])
      if (typeof inner === "object" && inner !== null) waiting.push({ value: inner, depth: next.depth + 1 });
  }
  return true;
}

/** The value with a few words in the place of whatever is nested too deeply; it is changed where it lies. */
export function flattened(value: unknown): unknown {
  const waiting = nestedIn(value, 1);
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const [key, inner] of Object.entries(next.value)) {
      if (next.depth < MOST_DEPTH) waiting.push(...nestedIn(inner, next.depth + 1));
      else if (typeof inner === "object" && inner !== null) Reflect.set(next.value, key, "(nested too deeply)");
    }
  }
  return value;
}

/** JSON of a value that JSON.parse gave, however deep it is. */
export function writeDeep(value: unknown): string {
  const written: string[] = [];
  // what is still to be written, the next one last: values, and pieces of text between them
  const waiting: ({ readonly value: unknown } | string)[] = [{ value }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === "string") {
      written.push(next);
    } else if (typeof next.value !== "object" || next.value === null) {
      written.push(JSON.stringify(next.value) ?? "null");
    } else {
      const isList = Array.isArray(next.value);
      const pieces = Object.entries(next.value).flatMap(([key, inner], index) => [
        `${index === 0 ? "" : ","}${isList ? "" : `${JSON.stringify(key)}:`}`,
        { value: inner as unknown },
      ]);
      waiting.push(isList ? "]" : "}", ...pieces.toReversed(), isList ? "[" : "{");
    }
  }
  return written.join("");
}

function nestedIn(value: unknown, depth: number): Nested[] {
  return typeof value === "object" && value !== null ? [{ value, depth }] : [];
}
