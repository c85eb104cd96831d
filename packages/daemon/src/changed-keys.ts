/**
 * Keys whose values differ, by their paths, such as `security.tls.cert_path`. A list is one value, as is each section that is
 * named in `whole`: one whose keys are somebody's own names. Pure.
 */
export function changedKeys(before: unknown, after: unknown, whole: ReadonlySet<string> = new Set()): string[] {
  return changedBelow("", before, after, whole);
}

function changedBelow(path: string, before: unknown, after: unknown, whole: ReadonlySet<string>): string[] {
  if (isSection(before) && isSection(after) && !whole.has(path)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) =>
      changedBelow(path === "" ? key : `${path}.${key}`, before[key], after[key], whole),
    );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [path];
}

function isSection(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
