import { isFinal } from "@hal/protocol";
import {
  forgetEndedPrompts,
  nodeById,
  type SlowPrompt,
  slowPrompts,
  type StallTold,
  tellStalls,
} from "@hal/store/supervisor";
import { statusOf } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";
import { stallReason } from "./domain/stall-reason.ts";

/** Says of prompts with which no turn was seen to begin for too long that they are stalled, and takes that back where one did. */
export async function watchStalls(context: Context, stallMs: number): Promise<void> {
  const { store, clock, log } = context;
  const now = clock.now();
  const found = await slowPrompts(store, now - stallMs);
  const over = found.filter(hasFailed);
  if (over.length > 0)
    await forgetEndedPrompts(
      store,
      over.map(({ commandId }) => commandId),
    );
  const told: StallTold[] = [];
  for (const prompt of found.filter((one) => !hasFailed(one))) {
    const reason = prompt.state === "begun" ? undefined : await reasonOf(context, prompt, stallMs);
    told.push({ commandId: prompt.commandId, reason });
    if (reason !== undefined)
      log.warn({ command: prompt.commandId, node: prompt.nodeId, reason }, "a prompt is stalled");
  }
  if (told.length > 0) await tellStalls(store, told, now);
}

/** Why it came to nothing is told with its command. */
function hasFailed({ command }: SlowPrompt): boolean {
  return command === null || (isFinal(command.state) && command.state !== "succeeded");
}

async function reasonOf(context: Context, { nodeId, command }: SlowPrompt, stallMs: number): Promise<string> {
  const row = await nodeById(context.store, nodeId);
  const node = row === undefined ? undefined : { name: row.name, ...statusOf(context, row) };
  return stallReason(command?.state ?? "queued", node, stallMs);
}
