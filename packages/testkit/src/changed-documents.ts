import fc from "fast-check";

/**
 * Documents that differ from `base` in one place: another value there, or a key beside it that nobody knows. The value is
 * one of `known`, or anything of the kinds that a configuration is made of.
 */
export function changedDocuments(base: object, known: readonly unknown[]): fc.Arbitrary<object> {
  const values = fc.oneof(
    fc.constantFrom(...known),
    // what a reference to the environment comes to is nobody's to know who sees the document alone
    fc.string().filter((text) => !text.includes("${")),
    fc.integer({ min: -10, max: 70_000 }),
    fc.double({ min: -5, max: 5, noNaN: true }),
  );
  return fc.tuple(fc.constantFrom(...placesIn(base)), values, fc.boolean()).map(([place, value, isMore]) => {
    const changed = structuredClone(base);
    change(changed, isMore ? [...place.slice(0, -1), "unheard_of"] : place, value);
    return changed;
  });
}

/** The path of everything that the value holds. */
function placesIn(value: unknown, at: readonly string[] = []): string[][] {
  if (typeof value !== "object" || value === null) return [[...at]];
  const below = Object.entries(value).flatMap(([key, one]) => placesIn(one, [...at, key]));
  return at.length === 0 ? below : [[...at], ...below];
}

function change(target: object, [key, ...rest]: readonly string[], value: unknown): void {
  const holder = target as Record<string, unknown>;
  if (key === undefined) return;
  if (rest.length === 0) holder[key] = value;
  else change(holder[key] as object, rest, value);
}
