/**
 * What a table holds under a word that somebody else chose. What every object inherits, such as `constructor`, is no
 * entry.
 */
export function entryOf<T>(table: Readonly<Record<string, T>>, word: string): T | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}
