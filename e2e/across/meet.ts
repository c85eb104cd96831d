import type { Builds } from "../harness/program.ts";
import { Stage } from "../harness/stage.ts";
import { ASKS_BEFORE_PUSHING, Day } from "./day.ts";
import type { Report } from "../harness/report.ts";

/** Programs of two trees live a day together. */
export async function meet(opencode: string, builds: Builds, report: Report): Promise<void> {
  await using stage = await Stage.open(opencode, { builds });
  report.showOnFailure(() => stage.logs);
  const agent = stage.agent("una", { permission: ASKS_BEFORE_PUSHING });
  await report.step("they find each other", async () => {
    await stage.startSupervisor();
    agent.start();
    await stage.nodeUp(agent);
  });
  await new Day(stage, agent).live(report);
}
