import { readFileSync, writeFileSync } from "node:fs";
import { GUILD, RIGHTS, slackBody, type SlackMessage, startDiscord, startSlack } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const [ALERTS, LOG, BUILDS] = ["C0ALERTS", "C0DEVLOG", "C0BUILDS"];
const PLACE = "500000000000000001";
const ANN = "600000000000000001";
const BOB = "600000000000000002";

/** What is done by a script of the model's double. */
const runs = (command: string): string =>
  `[[tool: bash ${JSON.stringify({ command, description: "run it" })}]] [[say: done]]`;

interface Pressable {
  readonly action_id: string;
  readonly text?: { readonly text?: string };
}

// I31
describe("people who press buttons", () => {
  let stage: Stage;
  let web: Agent;
  let slack: Awaited<ReturnType<typeof startSlack>>;
  let discord: Awaited<ReturnType<typeof startDiscord>>;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    slack = await startSlack({ patienceMs: 60_000 });
    slack.workspace.addChannel(ALERTS, "alerts");
    slack.workspace.addChannel(LOG, "dev-log");
    slack.workspace.addChannel(BUILDS, "build-log");
    discord = await startDiscord({ patienceMs: 60_000 });
    discord.server.addChannel(PLACE, "alerts");
    stage = await Stage.open(inject("opencode"));
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const match = "session.idle || session.error";
    const written = {
      ...config,
      channels: {
        slack: {
          bot_token: slack.botToken,
          app_token: slack.appToken,
          api_url: slack.apiUrl,
          channels: { alerts: ALERTS, "dev-log": LOG, "build-log": BUILDS },
          access: { operators: ["U1ANN"] },
          status: "dev-log",
          agent: true,
        },
        discord: {
          bot_token: discord.botToken,
          guild_id: GUILD,
          channels: { alerts: PLACE },
          api_url: discord.apiUrl,
        },
      },
      routes: [
        { match, target: "slack#alerts" },
        { match, target: "discord#alerts" },
        { match: 'build == "failed" && tool.execute.after', target: "slack#build-log" },
      ],
    };
    writeFileSync(stage.supervisorConfig, JSON.stringify(written));
    await stage.startSupervisor();
    web = stage.agent("web", { permission: { bash: "allow" } });
    web.start();
    await stage.nodeUp(web);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await slack[Symbol.asyncDispose]();
    await discord[Symbol.asyncDispose]();
  });

  const shown = (text: RegExp, channel = ALERTS): Promise<string> =>
    eventually(async () => {
      const transcript = channel === PLACE ? discord.transcript(PLACE) : slack.transcript(channel);
      if (!text.test(transcript)) throw new Error(transcript);
      return transcript;
    }, 60_000);

  /** The message that is about a session, and a button on it. */
  const onSlack = (id: string, label: string): Promise<{ readonly message: SlackMessage; readonly button: string }> =>
    eventually(async () => {
      for (const message of slack.workspace.messagesOf(ALERTS).filter((one) => slackBody(one).includes(id))) {
        const elements = (message.blocks as readonly { elements?: readonly Pressable[] }[]).flatMap(
          (block) => block.elements ?? [],
        );
        const found = elements.find((one) => one.text?.text === label);
        if (found !== undefined) return { message, button: found.action_id };
      }
      throw new Error(slack.transcript(ALERTS));
    }, 60_000);

  const onDiscord = (id: string, label: string) =>
    eventually(async () => {
      for (const message of discord.server.messagesOf(PLACE)) {
        if (!JSON.stringify(message).includes(id)) continue;
        const rows = message.components as readonly { readonly components?: readonly Record<string, unknown>[] }[];
        const found = rows.flatMap((row) => row.components ?? []).find((one) => one["label"] === label);
        if (found !== undefined) return { message, button: String(found["custom_id"]) };
      }
      throw new Error(discord.transcript(PLACE));
    }, 60_000);

  const turnsOf = async (id: string): Promise<number> => {
    const events = await stage.events({ session_id: id, type: "session.message" });
    return events.filter(({ data }) => (data as { readonly role?: string }).role === "user").length;
  };

  /** Waits until it has come to so many rests: what it is told is there before it is at work. */
  const rested = (id: string, times: number): Promise<void> =>
    eventually(async () => {
      const rests = await stage.events({ session_id: id, type: "session.idle" });
      const told = slack.workspace.messages.filter(({ ephemeralTo }) => ephemeralTo === "U1ANN").map(slackBody);
      if (rests.length !== times) throw new Error(`${rests.length} rests; ann was told: ${told.join("; ")}`);
    }, 60_000);

  test("have a session that rests go on, once, and see it on both platforms", async () => {
    const { session_id: id } = await stage.halctl.json<{ session_id: string }>("start", "web", runs("make nothing"));
    await stage.sessionIn(id, "idle");
    const { message, button } = await onSlack(id, "Resume");
    await onDiscord(id, "Resume");
    expect(await turnsOf(id)).toBe(1);
    await slack.person("U1ANN", "ann").press(message, button);
    await rested(id, 2);
    await shown(/ann on Slack pressed Resume at \d\d:\d\d UTC/);
    await shown(/ann on Slack pressed Resume at \d\d:\d\d UTC/, PLACE);
    expect(await turnsOf(id)).toBe(2);
    const { stdout } = await stage.halctl.run("resume", "web");
    expect(stdout).toMatch(new RegExp(`session ${id} goes on`));
    await rested(id, 3);
    expect(await turnsOf(id)).toBe(3);
    // what failed, and nothing of what it printed
    await shown(/web on \S+: make nothing failed with exit code \d+/, BUILDS);
    await eventually(async () => {
      // at its newest message; at the one before it is closed
      if (!slack.workspace.sessions.some(({ status }) => status === "active"))
        throw new Error(JSON.stringify(slack.workspace.sessions));
    });
  });

  test("restart it from Discord, and kill the one that goes on from Slack, each once they have typed what is meant", async () => {
    const [before] = await stage.halctl.json<{ id: string }[]>("sessions", "list");
    const id = before?.id ?? "";
    const { message, button } = await onDiscord(id, "Restart…");
    await discord.person(BOB, { name: "bob" }).press(message, button);
    expect(discord.server.modals).toEqual([]);
    const ann = discord.person(ANN, { name: "ann", permissions: RIGHTS.manageGuild });
    await ann.press(message, button);
    const [form] = discord.server.modals;
    if (form === undefined) throw new Error("no form opened");
    expect(JSON.stringify(form.data)).toMatch(/Another session goes on from that, without this conversation/);
    await ann.submit(form, { word: "web" });
    const next = await eventually(async () => {
      const { continued_by: after } = await stage.session(id);
      if (after === undefined || after === null) throw new Error("nothing goes on from it");
      return after;
    }, 60_000);
    await stage.sessionIn(next, "idle");
    await shown(/has ended: restarted, and goes on as/, PLACE);
    const kill = await onSlack(next, "Kill…");
    await slack.person("U1ANN", "ann").press(kill.message, kill.button);
    const modal = await eventually(async () => {
      const [found] = slack.workspace.modals;
      if (found === undefined) throw new Error("no form opened");
      return found;
    });
    await slack.person("U1ANN", "ann").submit(modal, { word: "web" });
    await stage.sessionIn(next, "ended");
    await shown(/web on \S+ has ended: killed/);
    const audited = await stage.halctl.run("audit", "--since", "1h");
    expect(audited.stdout).toMatch(/slack:U1ANN.*sessions\.kill|sessions\.kill.*slack:U1ANN/);
    expect(audited.stdout).toMatch(new RegExp(`discord:${BOB}.*sessions\\.restart|sessions\\.restart.*discord:${BOB}`));
    expect([slack.record.refused, discord.record.refused]).toEqual([[], []]);
  });

  test("see in one message how the fleet is", async () => {
    await shown(/The fleet: nothing needs a person/, LOG);
    await web.stop();
    await shown(/The fleet: 1 node is offline/, LOG);
    expect(slack.workspace.messagesOf(LOG)).toHaveLength(1);
  });
});
