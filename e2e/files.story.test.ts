import { readFileSync, writeFileSync } from "node:fs";
import type { MessageView, TargetView } from "@hal/protocol";
import { slackBody, type SlackDouble, type SlackMessage, startSlack } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const ALERTS = "C0ALERTS";
/** one red point */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
const SHOT = { name: "shot.png", mimeType: "image/png", bytes: Buffer.from(PNG, "base64") };
const NOTES = { name: "notes.txt", mimeType: "text/plain", bytes: Buffer.from("the tests fail at line 7\n") };

/** What opencode is told of its models: the one that reads, and one that sees, too. */
function withEyes(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { scripted } = config["provider"] as { readonly scripted: { readonly models: Record<string, object> } };
  const seeing = {
    ...scripted.models["scripted-model"],
    attachment: true,
    modalities: { input: ["text", "image"], output: ["text"] },
  };
  return {
    ...config,
    provider: { scripted: { ...scripted, models: { ...scripted.models, "scripted-eyes": seeing } } },
  };
}

describe("a file that somebody sends in the thread of a session", () => {
  let stage: Stage;
  let web: Agent;
  let slack: SlackDouble;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    slack = await startSlack({ patienceMs: 60_000 });
    slack.workspace.addChannel(ALERTS, "alerts");
    stage = await Stage.open(inject("opencode"), { parallel: true });
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const section = {
      bot_token: slack.botToken,
      app_token: slack.appToken,
      api_url: slack.apiUrl,
      channels: { alerts: ALERTS },
      access: { operators: ["U1ANN"] },
      thread_replies: "queue",
    };
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, channels: { slack: section } }));
    await stage.startSupervisor();
    web = stage.agent("web", { opencodeLimits: { config: withEyes(stage.provider.opencodeConfig()) } });
    web.start();
    await stage.nodeUp(web);
    await slack.socket.connected();
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await slack[Symbol.asyncDispose]();
  });

  /** A session that failed, so that it has a card, and that card. */
  async function failed(model: string, title: string): Promise<{ readonly id: string; readonly card: SlackMessage }> {
    const asked = ["sessions", "start", "web", "--title", title, "--model", model, "[[error: 401]]"];
    const { session_id: id } = await stage.halctl.json<{ session_id: string }>(...asked);
    const card = await eventually(() => {
      const found = slack.workspace.messagesOf(ALERTS).find((one) => slackBody(one).includes(title));
      if (found === undefined) throw new Error(slack.transcript(ALERTS));
      return found;
    }, 40_000);
    // it is known whose card it is once nothing waits any more
    await eventually(async () => {
      const [target] = await stage.halctl.json<TargetView[]>("channels", "list");
      expect(target).toMatchObject({ state: "working", waiting: 0 });
    });
    return { id, card };
  }
  const send = (card: SlackMessage, words: string, file: typeof SHOT) =>
    slack.person("U1ANN", "ann").say(ALERTS, words, card.ts, { ...file, url: (id) => slack.fileAddress(id) });
  const answered = (id: string, text: string): Promise<readonly MessageView[]> =>
    eventually(async () => {
      const messages = await stage.messages(id);
      expect(messages.at(-1)).toMatchObject({ role: "assistant", text });
      return messages;
    }, 60_000);

  test("reaches a model that sees, as it is, in the session that is there", async () => {
    const { id, card } = await failed("scripted/scripted-eyes", "look at it");
    await send(card, "what is this? [[say: a red point]]", SHOT);
    await answered(id, "a red point");
    expect(stage.provider.files).toEqual([`data:image/png;base64,${PNG}`]);
    const sessions = await stage.halctl.json<{ id: string }[]>("sessions", "list");
    expect(sessions.map((one) => one.id)).toEqual([id]);
  });

  test("is in the prompt where it is text, and is said not to be sent where the model does not see", async () => {
    const { id, card } = await failed("scripted/scripted-model", "read it");
    await send(card, "why? [[say: line seven]]", NOTES);
    const [, prompt] = (await answered(id, "line seven")).filter(({ role }) => role === "user");
    expect(prompt?.text).toContain("The file notes.txt:\n```\nthe tests fail at line 7\n```");
    await send(card, "and this? [[say: I cannot see it]]", SHOT);
    const prompts = (await answered(id, "I cannot see it")).filter(({ role }) => role === "user");
    const why = "the model scripted/scripted-model does not take images";
    expect(prompts.at(-1)?.text).toContain(`The file shot.png was not sent: ${why}.`);
    await eventually(() => expect(slack.transcript(ALERTS)).toContain(`shot.png: ${why}`));
    expect(stage.provider.files).toHaveLength(1);
  });
});
