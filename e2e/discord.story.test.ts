import { readFileSync, writeFileSync } from "node:fs";
import { discordBody, type DiscordDouble, type DiscordMessage, GUILD, RIGHTS, startDiscord } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { listingModules, loadedOf } from "./harness/loaded-modules.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const ALERTS = "500000000000000001";
const ANN = "600000000000000001";
const BOB = "600000000000000002";
const ASKS = `[[tool: bash ${JSON.stringify({ command: "git push --force nowhere", description: "push" })}]] [[say: done]]`;

/** The id of a button, by what stands on it. */
function buttonIn(message: DiscordMessage, label: string): string | undefined {
  const rows = message.components as readonly { readonly components?: readonly Record<string, unknown>[] }[];
  const found = rows.flatMap((row) => row.components ?? []).find((one) => one["label"] === label);
  return found?.["custom_id"] as string | undefined;
}

// I31
describe("people on Discord", () => {
  let stage: Stage;
  let web: Agent;
  let discord: DiscordDouble;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    discord = await startDiscord({ patienceMs: 60_000 });
    discord.server.addChannel(ALERTS, "alerts");
    stage = await Stage.open(inject("opencode"), { env: listingModules });
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    // as the deployment guide has it, and where Discord is
    const section = {
      bot_token: discord.botToken,
      guild_id: GUILD,
      channels: { alerts: ALERTS },
      api_url: discord.apiUrl,
    };
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, channels: { discord: section } }));
    await stage.startSupervisor();
    web = stage.agent("web", { permission: { bash: { "*": "allow", "git *": "ask" } } });
    web.start();
    await stage.nodeUp(web);
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await discord[Symbol.asyncDispose]();
  });

  const shown = (text: RegExp): Promise<string> =>
    eventually(async () => {
      const transcript = discord.transcript(ALERTS);
      if (!text.test(transcript)) throw new Error(transcript);
      return transcript;
    }, 40_000);

  test("are told by the client library of Discord, and nothing of Slack's is loaded", () => {
    const loaded = ["@slack/", "discord.js", "@discordjs/"].filter((name) => loadedOf(name, stage.folder).length > 0);
    expect(loaded).toEqual(["discord.js", "@discordjs/"]);
  });

  test("see without any rule what a session asks, answer it by a button, and see who did", async () => {
    const { session_id: id } = await stage.halctl.json<{ session_id: string }>("start", "web", ASKS);
    const { message, button } = await eventually(async () => {
      for (const one of discord.server.messagesOf(ALERTS)) {
        const allow = buttonIn(one, "Allow once");
        if (allow !== undefined) return { message: one, button: allow };
      }
      throw new Error(discord.transcript(ALERTS));
    }, 40_000);
    await discord.person(BOB, { name: "bob" }).press(message, button);
    await eventually(async () => {
      const told = discord.server.messages.filter(({ ephemeralTo }) => ephemeralTo === BOB).map(discordBody);
      if (!told.join("").includes("Allow once needs the role operator")) throw new Error(`told: ${told.join(" ")}`);
    });
    expect((await stage.session(id)).status).toBe("waiting");
    await discord.person(ANN, { name: "ann", permissions: RIGHTS.manageGuild }).press(message, button);
    await stage.sessionIn(id, "idle");
    await shown(/Allowed once by ann on Discord: bash: git push --force nowhere/);
    const about = discord.server.messagesOf(ALERTS).filter((one) => discordBody(one).includes("web on "));
    expect(about).toHaveLength(1);
  });

  test("see that a node is away and is back, and ask for themselves", async () => {
    await web.stop();
    await shown(/PROBLEM \S+ is offline/);
    web.start();
    await stage.nodeUp(web);
    await shown(/HAL \(changed\):\n +.*OK \S+ is online/);
    await discord.person(BOB, { name: "bob" }).command(ALERTS, ["nodes"]);
    await eventually(async () => {
      const told = discord.server.messages.filter(({ ephemeralTo }) => ephemeralTo === BOB).map(discordBody);
      if (!told.join("").includes("All 1 nodes are online")) throw new Error(`told: ${told.join(" ")}`);
    });
    const sent = await stage.halctl.run("channels", "test", "discord#alerts");
    expect([sent.code, sent.stdout]).toEqual([0, "SENT  a test arrived at discord#alerts\n"]);
  });
});
