import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc");

/**
 * Frees what nothing refers to any more and gives the emptied pages back, so that the memory that is left is what is
 * really held.
 * @returns {void}
 */
export function collectGarbage() {
  collect({ type: "major", execution: "sync", flavor: "last-resort" });
}
