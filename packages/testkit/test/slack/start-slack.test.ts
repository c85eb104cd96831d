import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type SlackDouble, startSlack } from "../../src/index.ts";

const PLACE = "C1";
const MINUTE = 60_000;

describe("Slack's double", () => {
  let slack: SlackDouble;
  let now: number;
  beforeEach(async () => {
    now = Date.UTC(2026, 0, 1);
    slack = await startSlack({ now: () => now, patienceMs: 60_000 });
    slack.workspace.addChannel(PLACE, "alerts");
  });
  afterEach(() => slack[Symbol.asyncDispose]());
  const call = async (method: string, given: object, token = slack.botToken): Promise<Record<string, unknown>> => {
    const response = await fetch(`${slack.apiUrl}${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(given),
    });
    return (await response.json()) as Record<string, unknown>;
  };
  const text = { channel: PLACE, text: "hi" };
  const own = () => slack.workspace.say({ channel: PLACE, user: "U0HAL", isOwn: true, text: "hi" });
  const respond = async (url: string, said: object = { text: "hi" }): Promise<number> =>
    (await fetch(url, { method: "POST", body: JSON.stringify(said) })).status;

  /** Connects as the app does; what it hears, and how it acknowledges. */
  const connect = async (): Promise<{
    heard: () => Promise<Record<string, unknown>>;
    ack: (envelope: unknown) => void;
  }> => {
    const { url } = await call("apps.connections.open", {}, slack.appToken);
    const ws = new WebSocket(String(url));
    const frames: string[] = [];
    const waiting: ((frame: string) => void)[] = [];
    ws.on("message", (data: Buffer) => {
      const next = waiting.shift();
      if (next === undefined) frames.push(data.toString());
      else next(data.toString());
    });
    const heard = async (): Promise<Record<string, unknown>> => {
      const frame = frames.shift() ?? (await new Promise<string>((resolve) => void waiting.push(resolve)));
      return JSON.parse(frame) as Record<string, unknown>;
    };
    expect(await heard()).toMatchObject({ type: "hello" });
    return { heard, ack: (envelope_id) => ws.send(JSON.stringify({ envelope_id })) };
  };

  test("takes a message, and hands it out with what is kept beside it where that is asked for", async () => {
    const metadata = { event_type: "x", event_payload: { ref: "1" } };
    const { ok, ts } = await call("chat.postMessage", { ...text, metadata });
    expect(ok).toBe(true);
    const plain = await call("conversations.history", { channel: PLACE });
    const whole = await call("conversations.history", { channel: PLACE, include_all_metadata: true });
    expect(plain).toMatchObject({ messages: [{ ts, text: "hi" }] });
    expect(JSON.stringify(plain)).not.toContain("event_payload");
    expect(whole).toMatchObject({ messages: [{ ts, metadata }] });
  });

  test.each<[string, string, object, string]>([
    ["no text", "chat.postMessage", { channel: PLACE }, "no_text"],
    ["a text that is too long", "chat.postMessage", { channel: PLACE, text: "x".repeat(40_001) }, "msg_too_long"],
    ["blocks that are none", "chat.postMessage", { ...text, blocks: [{ type: "x" }] }, "invalid_blocks"],
    ["blocks in bad JSON", "chat.postMessage", { ...text, blocks: "[" }, "invalid_blocks_format"],
    [
      "blocks that are too long together",
      "chat.postMessage",
      {
        ...text,
        blocks: Array.from({ length: 5 }, () => ({
          type: "section",
          text: { type: "plain_text", text: "x".repeat(3_000) },
        })),
      },
      "msg_blocks_too_long",
    ],
    ["a thread that there is not", "chat.postMessage", { ...text, thread_ts: "1.1" }, "thread_not_found"],
    [
      "what is kept beside it and has no type",
      "chat.postMessage",
      { ...text, metadata: {} },
      "invalid_metadata_schema",
    ],
    ["another channel", "chat.postMessage", { ...text, channel: "C2" }, "channel_not_found"],
    ["a change of nothing", "chat.update", { ...text, ts: "1.1" }, "message_not_found"],
    ["no channel", "chat.postMessage", { text: "hi" }, "invalid_arguments"],
    ["a method that there is not", "chat.shout", {}, "unknown_method"],
    [
      "a status that there is not",
      "agents.sessions.setStatus",
      { channel_id: PLACE, thread_ts: "1", status: "busy" },
      "invalid_status",
    ],
    ["a file that was not sent", "files.completeUploadExternal", { files: [{ id: "F1" }] }, "file_not_found"],
  ])("refuses %s, and records it", async (_, method, given, error) => {
    expect(await call(method, given)).toMatchObject({ ok: false, error });
    expect(slack.record.refused.map((one) => [one.name, one.error])).toEqual([[method, error]]);
    expect(slack.workspace.messages).toEqual([]);
  });

  test("says where in the blocks it is wrong", async () => {
    const blocks = [{ type: "divider" }, { type: "section", text: { type: "mrkdwn", text: "" } }];
    expect(await call("chat.postMessage", { ...text, blocks })).toMatchObject({
      errors: ["must be more than 0 characters [json-pointer:/blocks/1/text/text]"],
    });
  });

  test("lets a message be changed by whoever wrote it, within its length", async () => {
    const { ts } = own();
    const other = slack.workspace.say({ channel: PLACE, user: "U1", text: "hm" });
    expect(await call("chat.update", { ...text, ts, blocks: [] })).toMatchObject({ ok: true });
    expect(await call("chat.update", { channel: PLACE, ts, text: "x".repeat(4_001) })).toMatchObject({
      error: "msg_too_long",
    });
    expect(await call("chat.update", { ...text, ts: other.ts })).toMatchObject({ error: "cant_update_message" });
  });

  test("notes what Slack takes and a person would be sorry for", async () => {
    const divider = [{ type: "divider" }];
    await call("chat.postMessage", { channel: PLACE, blocks: divider });
    await call("chat.postMessage", { channel: PLACE, text: "a < b" });
    await call("chat.postMessage", { channel: PLACE, text: "https://example.com" });
    await call("chat.update", { ...text, ts: own().ts });
    expect(slack.record.notes).toEqual([
      "no text beside the blocks",
      "broken mark-up: <",
      "unfurls https://example.com",
      "changed without blocks",
    ]);
  });

  test.each<[string, (double: SlackDouble) => unknown, string]>([
    ["a token that expired", ({ workspace }) => (workspace.botToken = "token_expired"), "token_expired"],
    ["a scope that was taken away", ({ workspace }) => workspace.scopes.delete("chat:write"), "missing_scope"],
    [
      "a channel without the app",
      ({ workspace }) => (workspace.addChannel(PLACE, "x").isMember = false),
      "not_in_channel",
    ],
    [
      "a private one without the app",
      ({ workspace }) => (workspace.addChannel(PLACE, "x", true).isMember = false),
      "channel_not_found",
    ],
    ["an archived channel", ({ workspace }) => (workspace.addChannel(PLACE, "x").isArchived = true), "is_archived"],
  ])("refuses with %s", async (_, change, error) => {
    change(slack);
    expect(await call("chat.postMessage", text)).toMatchObject({ ok: false, error });
  });

  test("knows its tokens apart", async () => {
    expect(await call("chat.postMessage", text, "xoxb-other")).toMatchObject({ error: "invalid_auth" });
    expect(await call("chat.postMessage", text, slack.appToken)).toMatchObject({ error: "not_allowed_token_type" });
    expect(await call("apps.connections.open", {})).toMatchObject({ error: "not_allowed_token_type" });
    expect(slack.record.text()).not.toContain("xoxb-other");
  });

  test("waits three seconds, as Slack does, where nothing else is said", async () => {
    await using plain = await startSlack();
    expect(plain.workspace.patienceMs).toBe(3_000);
  });

  test("a form opens once, and soon", async () => {
    const { workspace } = slack;
    const view = { type: "modal", title: { type: "plain_text", text: "x" }, blocks: [] };
    const first = workspace.grant("U1", PLACE);
    const second = workspace.grant("U1", PLACE);
    const open = (trigger_id: string) => call("views.open", { trigger_id, view });
    expect(await open(first.id)).toMatchObject({ ok: true });
    expect(await open(first.id)).toMatchObject({ error: "exchanged_trigger_id" });
    now += slack.workspace.patienceMs + 1;
    expect(await open(second.id)).toMatchObject({ error: "expired_trigger_id" });
    expect(await open("none")).toMatchObject({ error: "invalid_trigger_id" });
  });

  test("a response_url counts five times, for half an hour", async () => {
    const { record, workspace } = slack;
    const { heard, ack } = await connect();
    const urlOf = async (): Promise<string> => {
      const told = slack.person("U1").command(PLACE, "/hal status");
      const { envelope_id, payload } = await heard();
      ack(envelope_id);
      await told;
      return (payload as { readonly response_url: string }).response_url;
    };
    const used = await urlOf();
    const old = await urlOf();
    for (let count = 1; count <= 5; count += 1) expect(await respond(used)).toBe(200);
    expect(await respond(used)).toBe(404);
    now += 30 * MINUTE + 1;
    expect(await respond(old)).toBe(404);
    expect(workspace.messages).toHaveLength(5);
    expect(record.refused.map(({ error }) => error)).toEqual(["used_url", "expired_url"]);
  });

  test("what is acknowledged in time is told apart from what is late, or never", async () => {
    const { heard, ack } = await connect();
    const command = () => slack.person("U1").command(PLACE, "/hal status");
    const first = command();
    ack((await heard())["envelope_id"]);
    expect(await first).toMatchObject({ outcome: "acknowledged" });
    const second = command();
    const late = await heard();
    now += slack.workspace.patienceMs + 1;
    ack(late["envelope_id"]);
    expect(await second).toMatchObject({ outcome: "operation_timeout" });
    const third = command();
    await heard();
    slack.socket.giveUp();
    expect(await third).toMatchObject({ outcome: "operation_timeout" });
    expect(slack.record.entries.filter(({ kind }) => kind === "unacknowledged")).toHaveLength(2);
  });

  test("without a connection nobody is told, and an event waits to be told again", async () => {
    expect(await slack.person("U1").command(PLACE, "/hal status")).toMatchObject({ outcome: "dispatch_failed" });
    await slack.person("U1").say(PLACE, "hi");
    const { heard, ack } = await connect();
    const retried = slack.retry();
    const told = await heard();
    ack(told["envelope_id"]);
    expect(told).toMatchObject({ type: "events_api", retry_attempt: 1, payload: { event: { text: "hi" } } });
    expect(await retried).toMatchObject([{ outcome: "acknowledged" }]);
    expect(await slack.retry()).toEqual([]);
  });

  test("a ticket opens one connection", async () => {
    const { url } = await call("apps.connections.open", {}, slack.appToken);
    const open = () =>
      new Promise<string>((resolve) => {
        const ws = new WebSocket(String(url));
        ws.once("open", () => resolve("open"));
        ws.once("error", () => resolve("refused"));
      });
    expect([await open(), await open()]).toEqual(["open", "refused"]);
  });
});
