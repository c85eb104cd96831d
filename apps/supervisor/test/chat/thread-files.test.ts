import { FILES_FEATURE, type PromptView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { discordPlatform, type Platform, slackPlatform } from "../support/platforms.ts";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { until } from "../support/until.ts";

const NOTES = { name: "notes.txt", mimeType: "text/plain", bytes: Buffer.from("one ``` two\n") };
const SHOT = { name: "shot.png", mimeType: "image/png", bytes: Buffer.from("89504e470d0a1a0a00000001", "hex") };
const CARD = "web on box";

describe.each([
  ["Slack", slackPlatform],
  ["Discord", discordPlatform],
])("a file in the thread of a session on %s", (_, start) => {
  let stage: Stage;
  let platform: Platform;
  let agent: Peer;
  let seq: number;
  beforeEach(async () => {
    seq = 0;
    platform = await start();
  });
  afterEach(async () => {
    await stage[Symbol.asyncDispose]();
    await platform[Symbol.asyncDispose]();
  });

  async function open(more: Record<string, unknown> = {}): Promise<void> {
    const section = { ...platform.section(), thread_replies: "steer" };
    const clock = { now: () => Date.now(), monotonic: () => performance.now() * 20 };
    const rest = { channels: { [platform.kind]: section }, ...more };
    stage = await startStage({ heartbeat_timeout_count: 1_000 }, rest, { clock });
    agent = await dial(stage.supervisor.port);
    agent.send(hello({ features: [FILES_FEATURE] }));
    await agent.next("welcome");
    await until(() => expect(platform.connections()).toBe(1));
    await tell(
      ["session.started", { title: "mend the tests", createdAt: 1_796_000_000_000, updatedAt: 1 }],
      ["session.busy"],
      ["session.error", { name: "APIError", message: "overloaded" }],
    );
    await until(() => expect(platform.transcript(platform.alerts)).toContain("web on box failed"));
    // the second thing that is told of it makes its thread
    await tell(["session.busy"], ["session.error", { name: "APIError", message: "again" }]);
    await until(() => expect(platform.count("failed: APIError: again")).toBe(2));
    await tell(["session.busy"]);
  }
  async function tell(...list: readonly (readonly [type: string, data?: object])[]): Promise<void> {
    const said = list.map(([type, data = {}]) => event((seq += 1), type, data, { project: "web" }));
    agent.send(events(...said));
    await agent.next("ack");
  }
  const done = (commandId: unknown, output: object) => tell(["command.succeeded", { commandId, output }]);
  const heard = (text: string) =>
    until(() => expect(platform.transcript(platform.alerts) + platform.told()).toContain(text));

  it("goes with the prompt in its text where it is text", async () => {
    await open();
    await platform.say(CARD, "what is wrong with this?", NOTES);
    expect(await agent.next("command")).toMatchObject({
      command: "session.prompt",
      args: { text: "what is wrong with this?\n\nThe file notes.txt:\n````\none ``` two\n````", delivery: "steer" },
    });
  });

  it("goes beside it where the model takes such files, and nobody else sees what is in it", async () => {
    await open();
    await platform.say(CARD, "", SHOT);
    const asked = await agent.next("command");
    expect(asked).toMatchObject({ command: "session.takes", args: { sessionId: "ses_one" } });
    await done(asked["id"], { model: "some/eyes", takes: ["image", "pdf"] });
    const data = SHOT.bytes.toString("base64");
    expect(await agent.next("command")).toMatchObject({
      command: "session.prompt",
      args: { text: "Look at this file: shot.png", files: [{ name: "shot.png", mimeType: "image/png", data }] },
    });
    const { data: prompts } = (await (await stage.get("/api/v1/prompts?all=true")).json()) as { data: PromptView[] };
    expect(prompts.map(({ files }) => files)).toEqual([[{ name: "shot.png", mime_type: "image/png", size_bytes: 12 }]]);
    const audit = await (await stage.get("/api/v1/audit")).text();
    expect(audit).toContain("sessions.prompt");
    for (const text of [audit, stage.lines.join(), JSON.stringify(prompts)]) expect(text).not.toContain(data);
  });

  it("is not sent where the model does not take it, which the model and whoever sent it are told", async () => {
    await open();
    await platform.say(CARD, "what is wrong with this?", SHOT);
    const asked = await agent.next("command");
    await done(asked["id"], { model: "some/reader", takes: [] });
    const prompt = (await agent.next("command")) as unknown as { args: { text: string; files?: unknown } };
    expect(prompt.args.files).toBeUndefined();
    expect(prompt.args.text).toBe(
      "what is wrong with this?\n\nThe file shot.png was not sent: the model some/reader does not take images.",
    );
    await heard("shot.png: the model some/reader does not take images");
  });

  it("is not even fetched where it is too large, and is named with the limit", async () => {
    await open({ sessions: { prompt_files_kb: 1 } });
    await platform.say(CARD, "and this?", { ...NOTES, bytes: Buffer.alloc(5_000, "x") });
    const why = "it has 5 KB, and all files of a prompt may have 1 KB (sessions.prompt_files_kb)";
    expect(await agent.next("command")).toMatchObject({
      command: "session.prompt",
      args: { text: `and this?\n\nThe file notes.txt was not sent: ${why}.` },
    });
    await heard(`notes.txt: ${why}`);
  });
});

describe.each([
  ["Slack", slackPlatform],
  ["Discord", discordPlatform],
])("words in the thread of a session on %s", (_, start) => {
  it("are for the session that goes on from it, once it was restarted, and never begin another one", async () => {
    await using platform = await start();
    const section = { ...platform.section(), thread_replies: "steer" };
    await using stage = await startStage(
      { heartbeat_timeout_count: 1_000 },
      { channels: { [platform.kind]: section } },
    );
    const agent = await dial(stage.supervisor.port);
    agent.send(hello());
    await agent.next("welcome");
    await until(() => expect(platform.connections()).toBe(1));
    let seq = 0;
    const tell = async (session: string, type: string, data: object = {}): Promise<void> => {
      agent.send(events(event((seq += 1), type, data, { project: "web", session })));
      await agent.next("ack");
    };
    const about = { title: "mend the tests", createdAt: 1_796_000_000_000, updatedAt: 1 };
    await tell("ses_one", "session.started", about);
    await tell("ses_one", "session.error", { name: "APIError", message: "overloaded" });
    await until(() => expect(platform.transcript(platform.alerts)).toContain("web on box failed"));
    await tell("ses_one", "session.busy");
    await tell("ses_one", "session.error", { name: "APIError", message: "again" });
    await until(() => expect(platform.count("failed: APIError: again")).toBeGreaterThan(0));
    await tell("ses_two", "session.started", { ...about, continues: "ses_one" });
    await tell("ses_one", "session.ended", { reason: "archived", continuedBy: "ses_two" });
    await tell("ses_two", "session.busy");
    await platform.say(CARD, "go on with the tests");
    expect(await agent.next("command")).toMatchObject({
      command: "session.prompt",
      args: { sessionId: "ses_two", text: "go on with the tests", delivery: "steer" },
    });
    expect(agent.count("command")).toBe(0);
  });
});
