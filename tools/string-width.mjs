// What stands in for string-width in what is built: yargs brings that along for the columns of its help, and the emoji in its
// regular expressions cost every start of every program 30 ms. Our help has none.
import { stripVTControlCharacters } from "node:util";

/**
 * How many columns a text of a help takes.
 * @param {string} text
 * @returns {number}
 */
export default function stringWidth(text) {
  return [...stripVTControlCharacters(text)].length;
}
