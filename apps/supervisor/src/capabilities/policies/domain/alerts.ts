import { LOOK_AGAIN_MS } from "./blocked.ts";
import type { PolicySettings } from "./policy-settings.ts";
import type { OwnState } from "./policy-state.ts";
import type { KnownMark, SessionFacts } from "./session-facts.ts";
import type { Judged } from "./verdict.ts";

/** Tells a person of a session that is stuck, once for each time that it is. */
export function alertOnStuck(facts: SessionFacts, own: OwnState, settings: PolicySettings, now: number): Judged {
  const { enabled, stuck_minutes: minutes } = settings.alert_on_stuck;
  if (!enabled) return { own, verdict: { kind: "rests" } };
  const { status, quietSince } = facts;
  const isAtWork = status === "busy" || status === "retrying";
  if (facts.stuck === undefined && isAtWork && quietSince !== undefined) {
    const at = quietSince + minutes * 60_000;
    return { own, verdict: { kind: "later", at, text: "nothing moves in it; a person is told when it is stuck" } };
  }
  return alertOf(facts, own, { mark: facts.stuck, what: "stuck", now });
}

/** Tells a person of a session that loops, or whose turns fail again and again, once for each time. */
export function alertOnErrorLoop(facts: SessionFacts, own: OwnState, settings: PolicySettings, now: number): Judged {
  if (!settings.alert_on_error_loop.enabled) return { own, verdict: { kind: "rests" } };
  return alertOf(facts, own, { mark: facts.looping, what: "looping", now });
}

function alertOf(
  { pause }: SessionFacts,
  own: OwnState,
  { mark, what, now }: { readonly mark: KnownMark | undefined; readonly what: string; readonly now: number },
): Judged {
  if (mark === undefined || own.alertedOf === mark.since) return { own, verdict: { kind: "rests" } };
  const reason = `${what}: ${mark.reason}`;
  if (pause !== undefined) {
    const text = `${reason}; nobody is told: ${pause.by} paused policies (${pause.scope})`;
    return { own, verdict: { kind: "blocked", code: "paused", text, again: now + LOOK_AGAIN_MS } };
  }
  return { own, verdict: { kind: "alerts", reason, of: mark.since } };
}
