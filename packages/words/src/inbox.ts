import type { InboxItemView, Tier } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { answerSteps, type Step } from "./next-steps.ts";
import type { Tone } from "./statuses.ts";

const TONES: Readonly<Record<Tier, Tone>> = { blocked: "warn", failed: "bad", stuck: "bad", finished: "good" };

/** The tone of a tier; undefined for one of a later release. */
export function tierTone(tier: string): Tone | undefined {
  return entryOf(TONES, tier);
}

/** What is known of an item, to say what can be done. */
export interface ItemFacts extends Pick<InboxItemView, "id" | "kind"> {
  /** why it is there */
  readonly cause:
    | "not_started"
    | "asked"
    | "error"
    | "gave_up"
    | "mark"
    | "stalled"
    | "held"
    | "over_budget"
    | "turn_over";
}

/** What a person can type about an item of the inbox, most useful first. */
export function inboxSteps({ id, kind, cause }: ItemFacts): Step[] {
  if (kind === "permission" || kind === "question") return answerSteps({ id, kind });
  if (kind === "schedule")
    return [
      { command: `halctl why ${id}`, purpose: "see why nothing started" },
      { command: `halctl schedules run ${id}`, purpose: "start it now" },
    ];
  if (kind === "budget")
    return [
      {
        command: `halctl budgets raise ${id} <dollars> --reason "…"`,
        purpose: "let it go on until it begins anew (admins)",
      },
      { command: "halctl budgets list", purpose: "see what may be spent, and who has a part of it" },
    ];
  if (kind === "project")
    return [
      { command: `halctl why ${id}`, purpose: "see why nothing started" },
      { command: `halctl start ${id} "…"`, purpose: "start a session in it" },
    ];
  const logs = { command: `halctl sessions logs ${id} -n 5`, purpose: "read its last messages" };
  const prompt = { command: `halctl sessions prompt ${id} "…"`, purpose: "give it something to do" };
  const why = { command: `halctl why ${id}`, purpose: "see all that is known of it" };
  const abort = { command: `halctl sessions abort ${id}`, purpose: "stop the turn; the session stays" };
  switch (cause) {
    case "asked":
    case "not_started":
    case "error":
      return [logs, { ...prompt, purpose: "try again, or tell it otherwise" }, why];
    case "gave_up":
      return [why, { ...prompt, purpose: "tell it how to go on" }, logs];
    case "mark":
      return [why, { command: `halctl sessions watch ${id}`, purpose: "see what it writes" }, abort];
    case "stalled":
      return [why, logs];
    case "held":
      return [
        { command: `halctl prompts list --session ${id}`, purpose: "see what waits; edit or cancel it" },
        { ...prompt, purpose: "let it go on: what waits comes after that" },
      ];
    case "over_budget":
      return [
        { command: "halctl budgets list", purpose: "see which budget is spent, and how it is raised" },
        { ...prompt, purpose: "let it go on, once more may be spent" },
        why,
      ];
    case "turn_over":
      return [logs, prompt];
    default:
      return cause satisfies never;
  }
}
