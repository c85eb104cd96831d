import * as v from "valibot";

/** What a field may name, so that a surface can offer the names that there are. */
export const REFERENCES = [
  "session",
  "node",
  "project",
  "interaction",
  "command",
  "prompt",
  "schedule",
  "budget",
  "token",
  "follower",
  "target",
  "event-type",
  "operation",
] as const;
export type Reference = (typeof REFERENCES)[number];

/** Part of a field's schema: what its text names; in JSON Schema it is `x-refers`. */
export function refers<Input>(...what: readonly [Reference, ...Reference[]]): v.MetadataAction<Input, Refers> {
  return v.metadata({ "x-refers": what });
}

/** Part of a field's schema: no person types it; in JSON Schema it is `x-for`. */
export function forPrograms<Input>(): v.MetadataAction<Input, ForPrograms> {
  return v.metadata({ "x-for": "programs" });
}

type Refers = { readonly "x-refers": readonly Reference[] };
type ForPrograms = { readonly "x-for": "programs" };
