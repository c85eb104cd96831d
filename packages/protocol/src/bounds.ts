import * as v from "valibot";
import { isShallow } from "./depth.ts";
import { LIMITS } from "./limits.ts";

/** The last moment that a time may name: behind it a date has no year of four digits, and soon none at all. */
export const LAST_TIME = Date.UTC(10_000, 0, 1) - 1;

/** What is counted: so large that nothing real is above it, so small that millions of them can be added up. */
export const MOST_COUNT = 10 ** 12;

/** Milliseconds since 1970 on the clock of whoever says it. */
export const Timestamp = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(LAST_TIME));

export const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MOST_COUNT));

/** Integer micro-dollars, a million dollars at most. */
export const MicroUsd = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MOST_COUNT));

/** Anything that is measured or added up. JSON has numbers that become infinite, and a sum may be negative. */
export const Figure = v.pipe(
  v.number(),
  v.minValue(Number.MIN_SAFE_INTEGER),
  v.maxValue(Number.MAX_SAFE_INTEGER),
  v.finite(),
);

/** Bytes, milliseconds and shares. */
export const Size = v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER), v.finite());

/** A name, an id of others' making, a short word. */
export const Word = v.pipe(v.string(), v.maxLength(1024));

/** The path of a file or a directory. */
export const Path = v.pipe(v.string(), v.maxLength(4096));

/** What people and models write, as far as an event has room for it. */
export const Text = v.pipe(v.string(), v.maxLength(LIMITS.eventBytes));

/** What may fill a frame of its own. */
export const LongText = v.pipe(v.string(), v.maxLength(LIMITS.frameBytes));

/** What is only shown: nobody is turned away for one that cannot be. */
export const Label = v.fallback(Word, "(not readable)");

/** What nobody here looks into. */
export const Opaque = v.pipe(v.unknown(), v.check(isShallow, "it is nested too deeply"));

/** An array of which the length is bounded. */
export function list<S extends v.GenericSchema>(item: S, most = 10_000) {
  return v.pipe(v.array(item), v.maxLength(most));
}

/** A record of which keys and size are bounded. */
export function table<S extends v.GenericSchema>(value: S, most = 1_000) {
  return v.pipe(v.record(Word, value), v.maxEntries(most));
}

/** A field that is dropped where it does not fit: whoever says it is not turned away for it. */
export function lenient<S extends v.GenericSchema>(schema: S) {
  return v.fallback(v.optional(schema), undefined);
}
