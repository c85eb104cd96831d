import { entryOf } from "@hal/protocol/text";

const FAILED = ["failed", "expired", "cancelled"];

/** Why a command came to nothing, of an answer that has one; undefined where it did not, or is under way. */
export function failureIn(output: unknown): string | undefined {
  const command: unknown = typeof output === "object" && output !== null ? Reflect.get(output, "command") : undefined;
  if (typeof command !== "object" || command === null) return undefined;
  const said = command as Readonly<Record<string, unknown>>;
  const [state, reason] = [entryOf(said, "state"), entryOf(said, "reason")];
  if (typeof state !== "string" || !FAILED.includes(state)) return undefined;
  return typeof reason === "string" ? reason : state;
}
