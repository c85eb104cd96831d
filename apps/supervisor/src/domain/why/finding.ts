import type { Finding } from "@hal/protocol";

/** A finding; `at` in milliseconds since 1970. */
export function finding(topic: Finding["topic"], level: Finding["level"], text: string, at?: number | null): Finding {
  return { topic, level, text, since: at === undefined || at === null ? null : new Date(at).toISOString() };
}
