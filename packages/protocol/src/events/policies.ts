import * as v from "valibot";
import { Count, Text, Timestamp, Word } from "../bounds.ts";
import { CommandId } from "../ids.ts";
import { always } from "./keep.ts";

/** Of what acts in sessions where no person does. */
export const POLICY_EVENTS = {
  /** A policy did something: `commandId` is what it asked of the node, and which of how many tries this is in the episode. */
  "policy.acted": always(
    v.object({
      policy: Word,
      reason: Text,
      commandId: v.optional(CommandId),
      attempt: v.optional(Count),
      most: v.optional(Count),
    }),
  ),
  /** A policy tells a person of something that they must look at. */
  "policy.alerted": always(v.object({ policy: Word, reason: Text })),
  /** A policy has done all that it may: a person must look. */
  "policy.gave_up": always(v.object({ policy: Word, reason: Text, attempts: Count })),
  /** A policy would have acted and did not, for a reason that is told once in an episode; `code` is one word for that. */
  "policy.skipped": always(v.object({ policy: Word, reason: Text, code: Word })),
  /** Somebody paused policies, in the fleet where the event is of no node and names no project. */
  "policy.paused": always(
    v.object({ pauseId: Word, by: Word, reason: v.optional(Text), until: v.optional(Timestamp) }),
  ),
  "policy.resumed": always(v.object({ pauseId: Word, by: Word })),
} as const;
