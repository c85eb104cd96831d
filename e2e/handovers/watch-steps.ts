import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { Agent } from "../harness/agent.ts";

/** The steps of a restart, as its agent writes them down. */
export const STEPS = ["handover", "stop", "create", "end", "prompt"] as const;
export type Step = (typeof STEPS)[number];

/** So long the agent runs between two looks, in milliseconds: a step may take little more. */
const SLICE_MS = 2;

/** A restart that does not begin, or does not come that far, in this time has failed. */
const MOST_MS = 60_000;

/** Where a restart stands, by what its agent has on its disk: undefined before it begins, `over` when it has its outcome. */
export function stepOf(agent: Agent, commandId: string): Step | "over" | undefined {
  const database = new DatabaseSync(path.join(agent.dataDir, "agent.db"), { readOnly: true });
  try {
    const row = database.prepare("select state, progress from executions where command_id = ?").get(commandId) as
      | { readonly state: string; readonly progress: string | null }
      | undefined;
    if (row === undefined) return undefined;
    if (row.state !== "running") return "over";
    return row.progress === null ? undefined : (JSON.parse(row.progress) as { readonly step: Step }).step;
  } finally {
    database.close();
  }
}

/**
 * Lets the agent go on slice by slice until it is at a step of a restart, and so many slices into it, and does something while it
 * stands still there. Returns the step at which that was, which is a later one where the agent was through with the one that was meant.
 */
export async function at(
  agent: Agent,
  commandId: string,
  { step, slices, act }: { readonly step: Step; readonly slices: number; readonly act: () => Promise<void> },
): Promise<Step | "over"> {
  const limit = performance.now() + MOST_MS;
  let left = slices;
  for (;;) {
    agent.program.freeze();
    const now = stepOf(agent, commandId);
    const isPast = now !== undefined && (now === "over" || STEPS.indexOf(now) > STEPS.indexOf(step));
    if (isPast || (now === step && left <= 0)) {
      await act();
      agent.program.thaw();
      return now;
    }
    if (now === step) left -= 1;
    agent.program.thaw();
    if (performance.now() > limit)
      throw new Error(`${commandId} stands at ${now ?? "nothing"} and does not come to ${step}`);
    await delay(SLICE_MS);
  }
}
