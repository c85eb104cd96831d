/** What a text of this database says; undefined where it is no JSON. */
export function readableJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
