import { expect } from "vitest";
import { CommandRunner } from "../../src/capabilities/commands/run-command.ts";
import { type AgentStage, openAgentStage, PROJECT, type Told } from "./agent-stage.ts";
import { OpencodeApiDouble } from "./opencode-api-double.ts";

/** An agent that runs commands, without its uplink, and its opencode. */
export async function openCommandStage(directory = PROJECT): Promise<{
  readonly double: OpencodeApiDouble;
  readonly stage: AgentStage;
  readonly runner: CommandRunner;
}> {
  const double = new OpencodeApiDouble();
  const stage = await openAgentStage(double, undefined, directory);
  return { double, stage, runner: await runnerOn(stage) };
}

/** What runs commands in this life of an agent, with what its earlier life left. */
export async function runnerOn({ context }: AgentStage): Promise<CommandRunner> {
  const runner = new CommandRunner(context);
  await runner.load();
  return runner;
}

/** What was told of a command. */
export async function toldOf(stage: AgentStage, commandId: string): Promise<Told[]> {
  return (await stage.told()).filter(({ data }) => data["commandId"] === commandId);
}

/** Waits for the one end of a command. */
export async function endOf(stage: AgentStage, commandId: string): Promise<Told> {
  const ends = async (): Promise<Told[]> =>
    (await toldOf(stage, commandId)).filter(({ type }) => type !== "command.running");
  await expect.poll(async () => (await ends()).length).toBe(1);
  return (await ends())[0] as Told;
}

/** A session that the agent knows, at work or at rest. */
export async function knowsSession(
  stage: AgentStage,
  doing: "busy" | "idle" = "idle",
  directory = PROJECT,
): Promise<void> {
  const { double } = stage.opencode;
  double.session("ses_1", directory);
  if (doing === "busy") double.working.set("ses_1", { type: "busy" });
  stage.follow();
  await expect.poll(async () => (await stage.told()).map(({ type }) => type)).toContain(`session.${doing}`);
}
