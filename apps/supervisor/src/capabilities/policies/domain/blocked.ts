import { duration } from "@hal/words";
import type { PolicySettings } from "./policy-settings.ts";
import { quietUntil } from "./quiet-hours.ts";
import type { SessionFacts } from "./session-facts.ts";

/** Of what no event tells is looked at again after so long. */
export const LOOK_AGAIN_MS = 30_000;

/** Why a policy does nothing, in one word and in a sentence, and when that may be otherwise without an event. */
export interface Blocked {
  readonly code: string;
  readonly text: string;
  readonly again: number | null;
}

/** Why nothing may be started in a session now, what a person did before all else; undefined where nothing speaks against it. Pure. */
export function blockedBy(facts: SessionFacts, settings: PolicySettings, now: number): Blocked | undefined {
  const never = (code: string, text: string): Blocked => ({ code, text, again: null });
  const again = (code: string, text: string, at = now + LOOK_AGAIN_MS): Blocked => ({ code, text, again: at });
  if (facts.episode === undefined) return never("never_prompted", "nobody has given it a prompt yet");
  if (facts.stopped !== undefined)
    return never("stopped", `${stopText(facts.stopped.by)}, and it is left alone until somebody prompts it again`);
  if (facts.completed !== undefined && !settings.include.completed)
    return never(
      "completed",
      `its task is completed, as ${facts.completed.by === "file" ? "its progress file" : facts.completed.by} says, and it is left alone until somebody prompts it again (policies.include.completed)`,
    );
  if (facts.isExternal && !settings.include.external)
    return never("external", "somebody started it in opencode itself (policies.include.external)");
  if (facts.isAttached && !settings.include.attached)
    return again("attached", "a person watches it (policies.include.attached)");
  if (facts.pause !== undefined) {
    const { scope, by, reason, until } = facts.pause;
    const why = `${by} paused policies (${scope})${reason === null ? "" : `: ${reason}`}`;
    return again("paused", why, Math.min(until ?? Number.MAX_SAFE_INTEGER, now + LOOK_AGAIN_MS));
  }
  if (facts.held !== undefined) return again("held", facts.held);
  if (facts.overBudget !== undefined) return again("over_budget", facts.overBudget);
  if (facts.pending > 0) return again("prompt_waits", "a prompt waits for it, which comes first");
  const quiet = quietUntil(settings.quiet_hours, now);
  if (quiet !== undefined)
    return again("quiet_hours", `it is quiet hours, for ${duration(quiet - now)} more (policies.quiet_hours)`, quiet);
  return undefined;
}

function stopText(by: string | undefined): string {
  return by === undefined ? "its turn was stopped" : `${by} stopped it`;
}
