import { readFileSync, writeFileSync } from "node:fs";
import type { TargetView } from "@hal/protocol";
import { slackBody, type SlackDouble, type SlackMessage, startSlack } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { listingModules, loadedOf } from "./harness/loaded-modules.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import type { Program } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

const ALERTS = "C0ALERTS";
/** What the packages of both client libraries begin with. */
const SDKS = ["@slack/", "discord.js", "@discordjs/"];
const ASKS = `[[tool: bash ${JSON.stringify({ command: "git push --force nowhere", description: "push" })}]] [[say: done]]`;

interface Pressable {
  readonly action_id: string;
  readonly text?: { readonly text?: string };
}

// I31
describe("people on Slack", () => {
  let stage: Stage;
  let web: Agent;
  let supervisor: Program;
  let slack: SlackDouble;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    slack = await startSlack({ patienceMs: 60_000 });
    slack.workspace.addChannel(ALERTS, "alerts");
    stage = await Stage.open(inject("opencode"), { env: listingModules });
    supervisor = await stage.startSupervisor();
    web = stage.agent("web", { permission: { bash: { "*": "allow", "git *": "ask" } } });
    web.start();
    await stage.nodeUp(web);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await slack[Symbol.asyncDispose]();
  });

  function cardsOf(text: string): readonly SlackMessage[] {
    return slack.workspace
      .messagesOf(ALERTS)
      .filter((one) => one.threadTs === undefined && slackBody(one).includes(text));
  }
  const shown = (text: RegExp): Promise<string> =>
    eventually(async () => {
      const transcript = slack.transcript(ALERTS);
      if (!text.test(transcript)) throw new Error(transcript);
      return transcript;
    }, 40_000);

  test("cost a supervisor nothing that tells nobody there", async () => {
    for (const name of SDKS) expect(loadedOf(name, stage.folder)).toEqual([]);
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const section = {
      bot_token: slack.botToken,
      app_token: slack.appToken,
      api_url: slack.apiUrl,
      channels: { alerts: ALERTS },
      access: { operators: ["U1ANN"] },
    };
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, channels: { slack: section } }));
    await supervisor.stop();
    supervisor = await stage.startSupervisor();
    await stage.nodeUp(web);
    expect(SDKS.filter((name) => loadedOf(name, stage.folder).length > 0)).toEqual(["@slack/"]);
    const sent = await stage.halctl.run("channels", "test", "slack#alerts");
    expect([sent.code, sent.stdout]).toEqual([0, "SENT  a test arrived at slack#alerts\n"]);
  });

  test("see without any rule that a session waits, and in the same message what became of that", async () => {
    const { session_id: id } = await stage.halctl.json<{ session_id: string }>("start", "web", ASKS);
    await shown(
      /ATTENTION web on \S+ waits for a person: .*\n +It asks: .*\(risk: high, .*\)\n +```\n? *git push --force nowhere/,
    );
    const open = await stage.asked(id);
    await supervisor.kill();
    await stage.startSupervisor();
    supervisor = stage.supervisor;
    await stage.nodeUp(web);
    await stage.halctl.run("interactions", "deny", open.id, "--reason", "not today");
    await stage.sessionIn(id, "idle");
    const transcript = await shown(/HAL \(changed\):\n +\*\*🟢 OK web on \S+ rests: finished its turn/);
    expect(transcript).not.toContain("waits for a person: bash git push --force nowhere**\n  It asks");
    expect(cardsOf("web on ")).toHaveLength(1);
  });

  test("answer by a button what a session asks, and everybody sees who did; whoever may not is told so alone", async () => {
    const { session_id: id } = await stage.halctl.json<{ session_id: string }>("start", "web", ASKS);
    const { message, button } = await eventually(async () => {
      const card = cardsOf("waits for a person").at(-1);
      const elements = (card?.blocks as readonly { elements?: readonly Pressable[] }[] | undefined) ?? [];
      const allow = elements.flatMap((block) => block.elements ?? []).find((one) => one.text?.text === "Allow once");
      if (card === undefined || allow === undefined) throw new Error(slack.transcript(ALERTS));
      return { message: card, button: allow.action_id };
    }, 40_000);
    await slack.person("U2BOB", "bob").press(message, button);
    await eventually(async () => {
      const told = slack.workspace.messages.filter(({ ephemeralTo }) => ephemeralTo === "U2BOB").map(slackBody);
      if (!told.join("").includes("Allow once needs the role operator")) throw new Error(`told: ${told.join(" ")}`);
    });
    expect((await stage.session(id)).status).toBe("waiting");
    await slack.person("U1ANN", "ann").press(message, button);
    await stage.sessionIn(id, "idle");
    await shown(/Allowed once by ann on Slack: bash: git push --force nowhere/);
    const audited = await stage.halctl.run("audit", "--since", "1h");
    expect(audited.stdout).toMatch(/slack:U1ANN.*interactions\.answer|interactions\.answer.*slack:U1ANN/);
  });

  test("see that a node is away and that it is back, as one message, and halctl says that it arrived", async () => {
    await web.stop();
    await shown(/PROBLEM \S+ is offline/);
    web.start();
    await stage.nodeUp(web);
    await shown(/HAL \(changed\):\n +\*\*🟢 OK \S+ is online/);
    expect(cardsOf("is offline")).toEqual([]);
    const targets = await stage.halctl.json<TargetView[]>("channels", "list");
    expect(targets.map(({ name, state }) => [name, state])).toEqual([["slack#alerts", "working"]]);
    expect([slack.record.refused, slack.record.notes]).toEqual([[], []]);
  });

  test("are not told where a channel is archived, which halctl says with what to do", async () => {
    const channel = slack.workspace.channels.get(ALERTS);
    if (channel !== undefined) channel.isArchived = true;
    const refused = await stage.halctl.run("channels", "test", "slack#alerts");
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringMatching(/NOT SENT +slack#alerts: .*archived/)]);
  });
});
