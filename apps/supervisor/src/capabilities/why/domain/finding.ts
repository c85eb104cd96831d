import { type Finding, Timestamp } from "@hal/protocol";
import * as v from "valibot";

/** A finding; `at` in milliseconds since 1970, 0 where it is not known. */
export function finding(topic: Finding["topic"], level: Finding["level"], text: string, at?: number | null): Finding {
  return { topic, level, text, since: v.is(Timestamp, at) && at > 0 ? new Date(at).toISOString() : null };
}
