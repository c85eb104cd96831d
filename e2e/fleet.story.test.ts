import { readFileSync, writeFileSync } from "node:fs";
import type { CommandReply, CostReport, SessionView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { DiscordPlace } from "./chat/discord-place.ts";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

/** 1000 × $3 + 100 × $15, each for a million tokens. */
const ANSWER = "[[say: done]] [[usage: in=1000 out=100]]";
const ANSWER_USD = 0.0045;

const SHOWN_MS = 40_000;

/** What the deployment guide draws: one supervisor, agents that dial in, people in chat, an operator at a terminal. */
describe("a fleet of two nodes under one supervisor", () => {
  let stage: Stage;
  let discord: DiscordPlace;
  let agents: readonly Agent[];
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    discord = await DiscordPlace.open();
    stage = await Stage.open(inject("opencode"));
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const channels = { discord: { ...discord.section, verbosity: "verbose" } };
    const routes = [{ match: "session.idle", target: "discord#alerts" }];
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, channels, routes }));
    await stage.startSupervisor();
    agents = ["web", "api"].map((name) => stage.agent(name));
    for (const agent of agents) agent.start();
    for (const agent of agents) await stage.nodeUp(agent);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await discord[Symbol.asyncDispose]();
  });

  const started = async (project: string, prompt: string): Promise<string> =>
    (await stage.halctl.json<{ session_id: string }>("start", project, prompt)).session_id;

  test("tracks its sessions, tells people of events, adds up what it costs, and does what is commanded", async () => {
    const ids = [await started("web", ANSWER), await started("api", ANSWER)];
    for (const id of ids) await stage.sessionIn(id, "idle");

    const sessions = await stage.halctl.json<SessionView[]>("sessions", "list");
    const places = new Map(sessions.map(({ project, node_id: node }) => [project, node]));
    expect(places).toEqual(new Map(agents.map((agent) => [agent.name, agent.nodeId])));

    await eventually(async () => {
      const transcript = discord.transcript();
      for (const project of ["web", "api"])
        if (!new RegExp(`${project} on `).test(transcript)) throw new Error(`nothing of ${project}: ${transcript}`);
    }, SHOWN_MS);

    const cost = await eventually(async () => {
      const report = await stage.halctl.json<CostReport>("cost", "today");
      if (report.by_project.length < 2) throw new Error("a cost is missing");
      return report;
    });
    const rows = new Map(cost.by_project.map(({ project, cost_usd: usd }) => [project, usd]));
    expect(rows).toEqual(new Map(agents.map((agent) => [agent.name, ANSWER_USD])));
    expect(cost.total_cost_usd).toBe(2 * ANSWER_USD);

    const killed = await stage.post<CommandReply>(`/sessions/${ids[0]}/kill`, {});
    await eventually(async () => {
      const { state, reason } = await stage.api<CommandReply["command"]>(`/commands/${killed.command.id}`);
      if (state !== "succeeded") throw new Error(`the kill is ${state}: ${reason}`);
    });
    await stage.sessionIn(ids[0] as string, "ended");
    expect((await stage.session(ids[1] as string)).status).toBe("idle");
  });
});
