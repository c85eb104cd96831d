import { distance as levenshtein } from "fastest-levenshtein";

/** The known word nearest to `word`, if it is near enough to be what was meant. */
export function closest(word: string, known: readonly string[]): string | undefined {
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of known) {
    const distance = levenshtein(word.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  if (best !== undefined && best.distance <= Math.max(1, Math.round(word.length * 0.4))) return best.word;
  // letters that changed places, or a word that was not written to its end
  return known.find((candidate) => lettersOf(candidate) === lettersOf(word) || candidate.startsWith(`${word}_`));
}

/** `; did you mean …?` where a known word is near, else nothing. */
export function meantText(word: string, known: readonly string[]): string {
  const near = closest(word, known);
  return near === undefined ? "" : `; did you mean ${near}?`;
}

function lettersOf(word: string): string {
  return word.toLowerCase().split("").toSorted().join("");
}
