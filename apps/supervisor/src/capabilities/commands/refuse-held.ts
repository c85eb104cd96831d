import { HalError } from "@hal/protocol";
import { duration, holdText } from "@hal/words";
import type { Context } from "./context.ts";
import { holdViews } from "../nodes/hold-views.ts";
import type { Hold } from "../nodes/held.ts";

/**
 * Why what would begin at a place is refused; undefined, at once, where nothing holds it. Whatever is then written without waiting for
 * anything else is found by a hold that is made meanwhile.
 */
export function heldFailure(
  context: Context,
  { nodeId, project }: { readonly nodeId: string; readonly project?: string | undefined },
): Promise<HalError> | undefined {
  const holding = context.held.refusing(nodeId, project);
  return holding.length === 0 ? undefined : heldError(context, holding);
}

/** Why nothing begins, and what releases it. */
async function heldError(context: Context, holding: readonly Hold[]): Promise<HalError> {
  const views = await holdViews(context, holding);
  const now = context.clock.now();
  const what = views.map((view) => `${holdText(view)} for ${duration(now - Date.parse(view.since))} now`);
  const commands = [...new Set(views.map(({ release }) => release))];
  return new HalError("held", `${what.join(", ")}, and nothing begins until that is released: ${commands.join("; ")}`, {
    details: { holds: views },
  });
}
