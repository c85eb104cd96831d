export { closest, meantText } from "./closest.ts";
export { type Cell, csvText } from "./csv.ts";
export { cutText, headOf } from "./cut.ts";
export { entryOf } from "./entry-of.ts";
export { harmlessJson, inLines, inOneLine, jsonText, withTexts } from "./sieve.ts";
export { type GlobTaken, takeByGlob } from "./take-by-glob.ts";
