const SHORTEST = 12;

/** For each id the shortest beginning, of 12 characters or more, that no other one shares: enough to name it. */
export function shortIds(ids: readonly string[]): string[] {
  const all = [...new Set(ids)];
  return ids.map((id) => {
    let length = Math.min(SHORTEST, id.length);
    while (length < id.length && all.some((other) => other !== id && other.startsWith(id.slice(0, length))))
      length += 1;
    return id.slice(0, length);
  });
}
