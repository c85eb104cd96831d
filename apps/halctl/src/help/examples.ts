import type { Example, Examples } from "./example.ts";
import { FLEET_EXAMPLES } from "./examples-of-the-fleet.ts";
import { SESSION_EXAMPLES } from "./examples-of-sessions.ts";

const EXAMPLES: Examples = { ...FLEET_EXAMPLES, ...SESSION_EXAMPLES };

/** All commands that have examples. */
export const EXEMPLIFIED = Object.keys(EXAMPLES);

/** What can be typed to use a command, such as `sessions start`. */
export function examplesOf(command: string): readonly Example[] {
  return EXAMPLES[command] ?? [];
}
