import * as v from "valibot";
import type { SourceStatus } from "../../../domain/source-fact.ts";

/** What opencode says a session does. */
export const Status: v.GenericSchema<unknown, SourceStatus> = v.variant("type", [
  v.object({ type: v.literal("busy") }),
  v.object({ type: v.literal("idle") }),
  v.object({
    type: v.literal("retry"),
    attempt: v.optional(v.number(), 0),
    message: v.optional(v.string(), ""),
    action: v.optional(v.unknown()),
    next: v.optional(v.number()),
  }),
]);
