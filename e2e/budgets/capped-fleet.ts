import { readFileSync, writeFileSync } from "node:fs";
import type { SessionView } from "@hal/protocol";
import type { Agent } from "../harness/agent.ts";
import { eventually } from "../harness/eventually.ts";
import { Stage } from "../harness/stage.ts";

/** What the cap of a proof is, in micro-dollars. */
export const CAP_MICRO_USD = 500_000;

/** Dollars a million tokens, as the testkit's opencode configuration says them; a price code of our own, beside the product's. */
const INPUT_MICRO_USD = 3;
const OUTPUT_MICRO_USD = 15;

const STATUSES_AT_WORK: ReadonlySet<SessionView["status"]> = new Set(["starting", "busy", "retrying"]);

/** Two nodes under one cap. */
export class CappedFleet implements AsyncDisposable {
  readonly stage: Stage;
  readonly agents: readonly Agent[];

  private constructor(stage: Stage, agents: readonly Agent[]) {
    this.stage = stage;
    this.agents = agents;
  }

  static async open(opencode: string): Promise<CappedFleet> {
    const stage = await Stage.open(opencode);
    capIn(stage.supervisorConfig);
    const agents = ["ida", "joe"].map((name) => stage.agent(name, { logLevel: "info" }));
    await stage.startSupervisor();
    for (const agent of agents) agent.start();
    for (const agent of agents) await stage.nodeUp(agent);
    return new CappedFleet(stage, agents);
  }

  /** What its provider would bill for what it served up to now, titles left out: opencode counts them nowhere. */
  get billedMicroUsd(): number {
    return this.stage.provider.served
      .filter(({ isTitle }) => !isTitle)
      .reduce((sum, { usage }) => sum + usage.input * INPUT_MICRO_USD + usage.output * OUTPUT_MICRO_USD, 0);
  }

  /** How many requests it served that opencode counts. */
  get steps(): number {
    return this.stage.provider.served.filter(({ isTitle }) => !isTitle).length;
  }

  /** Sessions of which opencode itself says that they are at work, whatever anybody shows. */
  async atWork(): Promise<string[]> {
    const found: string[] = [];
    for (const agent of this.agents)
      for (const directory of agent.directories) found.push(...Object.keys(await agent.opencode().statuses(directory)));
    return found;
  }

  /** The sessions that people see to be at work. */
  async shownAtWork(): Promise<SessionView[]> {
    const sessions = await this.stage.api<SessionView[]>("/sessions?limit=1000");
    return sessions.filter(({ status }) => STATUSES_AT_WORK.has(status));
  }

  /** Waits until the model is asked for nothing any more. */
  async untilAtRest(withinMs: number): Promise<void> {
    await eventually(async () => {
      const atWork = await this.atWork();
      if (atWork.length > 0) throw new Error(`${atWork.join(", ")} at work, ${this.billedMicroUsd} µ$ billed`);
    }, withinMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
  }
}

/** Everything that is spent counts, however long the proof takes: a day may end meanwhile. */
function capIn(file: string): void {
  const config = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  const budgets = [{ scope: "fleet", period: "total", limit_usd: CAP_MICRO_USD / 1_000_000, action: "stop" }];
  writeFileSync(file, JSON.stringify({ ...config, budgets }, null, 2));
}
