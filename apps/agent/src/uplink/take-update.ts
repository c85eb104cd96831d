import { HOLD_FEATURE, LEASES_FEATURE, RULES_FEATURE, type Update, type Welcome } from "@hal/protocol";
import type { Context } from "../context.ts";

/** What is done about what an update says. */
interface After {
  readonly beat: () => void;
  readonly saySpent: () => void;
  readonly failed: (error: unknown) => void;
}

/** Keeps what the supervisor says of what changed, but for a token, and says that it did. */
export function takeUpdate({ holds, leases, rules }: Context, update: Update, { beat, saySpent, failed }: After): void {
  if (update.holds !== undefined) holds.take(update.holds).then(beat, failed);
  if (update.rules !== undefined) rules.take(update.rules).catch(failed);
  if (update.leases !== undefined) leases.say(update.leases).then(saySpent, failed);
}

/** What was kept counts where the supervisor that welcomed this agent could take it back. */
export function welcomed({ holds, leases, rules }: Context, { features }: Welcome): void {
  holds.welcomed(features.includes(HOLD_FEATURE));
  rules.welcomed(features.includes(RULES_FEATURE));
  leases.welcomed(features.includes(LEASES_FEATURE));
}
