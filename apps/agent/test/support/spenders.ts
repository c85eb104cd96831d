import type { Lease, LeaseBrief } from "@hal/protocol";
import { expect } from "vitest";
import { StopSpenders } from "../../src/capabilities/commands/stop-spenders.ts";
import { type AgentStage, PROJECT, type Told } from "./agent-stage.ts";
import type { OpencodeApiDouble } from "./opencode-api-double.ts";

/** A lease of all that a node may spend, unless a test says otherwise; in micro-dollars. */
export function leaseOf(ceilingMicroUsd: number, more: Partial<Lease> = {}): Lease {
  const budget = { budgetId: "b1", budget: "the fleet: $1.00 a day" };
  return { ...budget, scope: { kind: "node" }, action: "stop", ceilingMicroUsd, ...more };
}

/** What a supervisor says of leases, about the counters that this agent has. */
export function briefOf({ context }: AgentStage, leases: readonly Lease[], more: Partial<LeaseBrief> = {}): LeaseBrief {
  const { life } = context.spending.now([]);
  return { version: 1, counters: life, validMs: 600_000, leases: [...leases], ...more };
}

/** One answer of a model as opencode tells it: with its cost it is final, or opencode is about to write that. */
export function answers(
  double: OpencodeApiDouble,
  session: string,
  id: string,
  {
    dollars = 0,
    finish,
    isFinal = true,
    more = {},
  }: { dollars?: number; finish?: string; isFinal?: boolean; more?: object },
): void {
  const time = { created: Date.now(), ...(isFinal ? { completed: Date.now() } : {}) };
  double.row(session, "message.updated.1", { info: { id, role: "assistant", cost: dollars, finish, time, ...more } });
}

/** A session that is at work at a prompt, whoever gave it. */
export function works(double: OpencodeApiDouble, session: string, more: object = {}, directory = PROJECT): void {
  double.session(session, directory, more);
  double.user(session, `msg_${session}_0`);
  double.status(session, { type: "busy" });
}

/** Begins to look who spends too much; what is returned ends that. */
export function stopsSpenders(stage: AgentStage, critical: readonly string[] = []): AsyncDisposable {
  const over = new AbortController();
  const projects = [{ name: "p1", critical: critical.includes("p1") }];
  const running = new StopSpenders(stage.context, projects).run(over.signal);
  return {
    async [Symbol.asyncDispose]() {
      over.abort();
      await running;
    },
  };
}

/** What was told of this type, once it is there. */
export async function toldSoon(stage: AgentStage, type: string, count = 1): Promise<Told[]> {
  const all = async (): Promise<Told[]> => (await stage.told()).filter((one) => one.type === type);
  await expect.poll(async () => (await all()).length).toBeGreaterThanOrEqual(count);
  return all();
}
