import { type SlackDouble, startSlack } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ConnectionState, openSlack, type SlackChannel, type SlackOptions } from "../../src/index.ts";

const PLACE = "C1";

describe("Socket Mode", () => {
  let slack: SlackDouble;
  let states: ConnectionState[];
  const open = (more: Partial<SlackOptions> = {}): Promise<SlackChannel> =>
    openSlack({
      botToken: slack.botToken,
      appToken: slack.appToken,
      apiUrl: slack.apiUrl,
      mode: "socket",
      listener: { heard: async () => undefined, connection: (state) => void states.push(state) },
      ...more,
    });
  beforeEach(async () => {
    states = [];
    slack = await startSlack({ patienceMs: 60_000 });
    slack.workspace.addChannel(PLACE, "alerts");
  });
  afterEach(() => slack[Symbol.asyncDispose]());
  const opened = () => slack.record.entries.filter(({ kind, name }) => kind === "socket" && name === "opened").length;

  test.each(["refresh", "cut"] as const)(
    "a connection that is ended (%s) is followed by another one, and commands go on",
    async (how) => {
      await using channel = await open();
      await expect.poll(() => slack.socket.connections).toBe(1);
      slack.socket[how]();
      await expect.poll(opened).toBe(2);
      await expect.poll(() => slack.socket.connections).toBe(1);
      expect((await slack.person("U1").command(PLACE, "/hal status")).outcome).toBe("acknowledged");
      expect(states).toEqual([{ kind: "connected" }]);
      expect(channel.kind).toBe("slack");
    },
  );

  test("what happened between two connections is heard after it, once", async () => {
    const heard: string[] = [];
    await using channel = await open({ listener: { heard: async (one) => void heard.push(one.kind) } });
    await slack.socket.connected();
    const thread = await channel.post({ ref: "r", place: PLACE, message: { title: "x", tone: "good" } });
    slack.socket.cut();
    const [missed] = await slack.person("U1").say(PLACE, "go on", thread.id);
    expect(missed?.outcome).toBe("dispatch_failed");
    await slack.socket.connected();
    await slack.retry();
    await slack.tellAgain();
    await expect.poll(() => heard).toEqual(["words"]);
  });

  test("a connection that cannot be opened is tried again, and told as lost, then as back", async () => {
    slack.faults.add("apps.connections.open", { kind: "status", status: 503 });
    slack.faults.add("apps.connections.open", { kind: "broken_before" });
    await using channel = await open();
    await expect.poll(() => slack.socket.connections).toBe(1);
    await expect.poll(() => states.map(({ kind }) => kind)).toEqual(["lost", "lost", "connected"]);
    expect(channel.kind).toBe("slack");
  });

  test.each<[string, (double: SlackDouble) => void, Partial<SlackOptions>, string]>([
    ["refused", ({ workspace }) => (workspace.appToken = "invalid_auth"), {}, "xapp-"],
    ["without its scope", ({ workspace }) => workspace.appScopes.clear(), {}, "connections:write"],
    ["a placeholder", () => undefined, { appToken: "xapp-…" }, "xapp-"],
    ["missing", () => undefined, { appToken: undefined }, "xapp-"],
  ])(
    "an app token that is %s is told once, with what to do, and nothing else comes of it",
    async (_, change, more, hint) => {
      change(slack);
      await using channel = await open(more);
      await expect.poll(() => states).toEqual([{ kind: "stopped", why: expect.stringContaining(hint) as string }]);
      await channel.post({ ref: "r", place: PLACE, message: { title: "x", tone: "good" } });
      expect(slack.record.calls("chat.postMessage")).toHaveLength(1);
    },
  );

  test("an app token that is revoked later on ends nothing but the connection", async () => {
    await using channel = await open();
    await expect.poll(() => slack.socket.connections).toBe(1);
    slack.workspace.appToken = "token_revoked";
    slack.socket.refresh();
    await expect.poll(() => states.map(({ kind }) => kind)).toEqual(["connected", "stopped"]);
    await channel.post({ ref: "r", place: PLACE, message: { title: "x", tone: "good" } });
    expect(slack.transcript(PLACE)).toBe("HAL:\n  **🟢 OK x**");
  });
});
