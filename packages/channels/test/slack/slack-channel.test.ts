import { type SlackDouble, type SlackFault, startSlack } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  DeliveryError,
  type Message,
  openSlack,
  type Post,
  type SlackChannel,
  type SlackOptions,
} from "../../src/index.ts";

const PLACE = "C1";
const message: Message = { title: "alpha/web is idle", tone: "good" };
const post = (more: Partial<Post> = {}): Post => ({ ref: "ref-1", place: PLACE, message, ...more });

describe("Slack", () => {
  let slack: SlackDouble;
  let channel: SlackChannel;
  const open = (more: Partial<SlackOptions> = {}): Promise<SlackChannel> =>
    openSlack({ botToken: slack.botToken, appToken: slack.appToken, mode: "socket", apiUrl: slack.apiUrl, ...more });
  beforeEach(async () => {
    slack = await startSlack();
    slack.workspace.addChannel(PLACE, "alerts");
    channel = await open();
  });
  afterEach(async () => {
    await channel[Symbol.asyncDispose]();
    await slack[Symbol.asyncDispose]();
  });
  const failure = async (work: Promise<unknown>): Promise<DeliveryError> => {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(DeliveryError);
    return error as DeliveryError;
  };

  test("a message is there, quiet, with its text beside its blocks", async () => {
    const posted = await channel.post(post());
    expect(slack.workspace.messageAt(PLACE, posted.id)?.text).toBe("🟢 OK alpha/web is idle");
    expect(slack.record.calls("chat.postMessage")).toMatchObject([
      { facts: { unfurl_links: "false", unfurl_media: "false" } },
    ]);
    expect([...slack.record.refused, ...slack.record.notes]).toEqual([]);
  });

  test("an edit puts another message in its place, and calls nobody", async () => {
    const ping = { kind: "user", id: "U1" } as const;
    const buttons = [{ label: "Allow", id: "allow" }];
    const posted = await channel.post(post({ message: { ...message, ping, buttons } }));
    await channel.edit({ posted, message: { title: "alpha/web went on", tone: "neutral", ping } });
    expect(slack.transcript(PLACE)).toBe("HAL (changed):\n  **⚪ NOTE alpha/web went on**");
    expect(slack.record.entries.map(({ facts }) => facts["calls"])).toEqual([["@U1"], undefined]);
    expect(slack.record.notes).toEqual([]);
  });

  test("a message in a thread stands below the one that it belongs to", async () => {
    const thread = await channel.post(post());
    await channel.post(post({ ref: "ref-2", thread, message: { title: "tests failed", tone: "bad" } }));
    expect(slack.transcript(PLACE)).toBe(
      "HAL:\n  **🟢 OK alpha/web is idle**\n    HAL:\n      **🔴 PROBLEM tests failed**",
    );
  });

  test("what was sent under a ref is found, in its channel or its thread", async () => {
    const thread = await channel.post(post());
    const inThread = await channel.post(post({ ref: "ref-2", thread }));
    expect(await channel.find(post())).toEqual(thread);
    expect(await channel.find(post({ ref: "ref-2", thread }))).toEqual(inThread);
    expect(await channel.find(post({ ref: "ref-2" }))).toBeUndefined();
    expect(await channel.find(post({ thread }))).toBeUndefined();
  });

  test("what is at the end of a long thread is found", async () => {
    const thread = await channel.post(post());
    for (let count = 0; count < 450; count += 1)
      slack.workspace.say({ channel: PLACE, user: "U1", text: "hm", threadTs: thread.id });
    const last = await channel.post(post({ ref: "last", thread }));
    expect(await channel.find(post({ ref: "last", thread }))).toEqual(last);
  });

  test("a connection that breaks after the work was done leaves it uncertain, and the message is found", async () => {
    slack.faults.add("chat.postMessage", { kind: "broken_after" });
    const error = await failure(channel.post(post()));
    expect(error).toMatchObject({ problem: "again", isUncertain: true });
    expect(await channel.find(post())).toMatchObject({ place: PLACE });
  });

  test.each<[string, SlackFault, object]>([
    [
      "too many",
      { kind: "rate_limited", retryAfterS: 7 },
      { problem: "again", retryAfterMs: 7_000, isUncertain: false },
    ],
    ["out of order", { kind: "status", status: 503 }, { problem: "again", isUncertain: true }],
    ["broken", { kind: "broken_before" }, { problem: "again", isUncertain: true }],
    ["unwell", { kind: "refused", error: "internal_error" }, { problem: "again", isUncertain: true }],
    ["unheard of", { kind: "refused", error: "something_new" }, { problem: "refused" }],
  ])("%s: said as it is, and tried once", async (_, fault, expected) => {
    slack.faults.add("chat.postMessage", fault);
    expect(await failure(channel.post(post()))).toMatchObject(expected);
    expect(slack.record.calls("chat.postMessage")).toHaveLength(1);
  });

  test("where nobody listens, nothing arrived", async () => {
    const gone = await startSlack();
    await gone[Symbol.asyncDispose]();
    const nobody = await open({ apiUrl: gone.apiUrl });
    expect(await failure(nobody.post(post()))).toMatchObject({ problem: "again", isUncertain: false });
  });

  test.each<[string, (double: SlackDouble) => void, string]>([
    ["a token that expired", ({ workspace }) => (workspace.botToken = "token_expired"), "OAuth & Permissions"],
    ["a token that was revoked", ({ workspace }) => (workspace.botToken = "token_revoked"), "OAuth & Permissions"],
    ["an account that is closed", ({ workspace }) => (workspace.botToken = "account_inactive"), "OAuth & Permissions"],
    ["a scope that was taken away", ({ workspace }) => workspace.scopes.delete("chat:write"), "chat:write"],
    ["a channel that there is not", ({ workspace }) => workspace.channels.delete(PLACE), "no channel C1"],
    ["a channel without the app", ({ workspace }) => (workspace.addChannel(PLACE, "x").isMember = false), "/invite"],
    ["an archived channel", ({ workspace }) => (workspace.addChannel(PLACE, "x").isArchived = true), "unarchive"],
  ])("%s stops it, with what to do", async (_, change, hint) => {
    change(slack);
    const error = await failure(channel.post(post()));
    expect(error.problem).toBe("stopped");
    expect(error.message).toContain(hint);
    expect(error.message).not.toMatch(/\n|xoxb-double/);
  });

  test.each(["xoxb-…", "your-token", "", "xapp-1-2"])(
    "the placeholder %j stops it before anything is sent",
    async (botToken) => {
      const wrong = await open({ botToken });
      expect(await failure(wrong.post(post()))).toMatchObject({ problem: "stopped" });
      expect(await wrong.check(PLACE)).toEqual([expect.stringContaining("xoxb-")]);
      expect(slack.record.calls("chat.postMessage")).toEqual([]);
    },
  );

  test("an edit of what is gone says so, and one of somebody else's message is refused", async () => {
    const posted = await channel.post(post());
    const other = slack.workspace.say({ channel: PLACE, user: "U1", text: "hi" });
    slack.workspace.messages.shift();
    expect(await failure(channel.edit({ posted, message }))).toMatchObject({ problem: "gone" });
    expect(await failure(channel.edit({ posted: { place: PLACE, id: other.ts }, message }))).toMatchObject({
      problem: "refused",
    });
  });

  test("a thread whose message is gone says so", async () => {
    expect(await failure(channel.post(post({ thread: { place: PLACE, id: "1.000001" } })))).toMatchObject({
      problem: "gone",
    });
  });

  test("whoever gives up is not kept waiting", async () => {
    slack.faults.add("chat.postMessage", { kind: "slow", ms: 60_000 });
    const given = new AbortController();
    const posted = channel.post(post(), given.signal);
    given.abort(new Error("enough"));
    await expect(posted).rejects.toThrow("enough");
  });

  test("a session that works is shown as that in its thread", async () => {
    const thread = await channel.post(post());
    expect(await channel.setStatus(thread, "processing", "web")).toBe(true);
    slack.workspace.hearsStops = false;
    expect(await channel.setStatus(thread, "active")).toBe(false);
    expect(slack.workspace.sessions).toEqual([{ channel: PLACE, threadTs: thread.id, title: "web", status: "active" }]);
    slack.workspace.isAgent = false;
    expect((await failure(channel.setStatus(thread, "closed"))).message).toContain("assistant:write");
  });

  test("a long text is sent as a file into a thread", async () => {
    const thread = await channel.post(post());
    await channel.sendFile({ place: PLACE, thread, name: "build.log", text: "line\n".repeat(5_000) });
    const [file] = slack.workspace.files.values();
    expect(file).toMatchObject({ name: "build.log", channel: PLACE, threadTs: thread.id });
    expect(file?.bytes?.byteLength).toBe(25_000);
    slack.workspace.scopes.delete("files:write");
    const error = await failure(channel.sendFile({ place: PLACE, name: "build.log", text: "x" }));
    expect(error).toMatchObject({ problem: "stopped", message: expect.stringContaining("files:write") as string });
  });

  describe("what is missing", () => {
    test("nothing, where all is well", async () => {
      expect(await channel.check(PLACE)).toEqual([]);
    });

    test.each<[string, (double: SlackDouble) => void, readonly string[]]>([
      ["a token", ({ workspace }) => (workspace.botToken = "invalid_auth"), ["xoxb-"]],
      [
        "scopes",
        ({ workspace }) => ["channels:history", "commands"].forEach((one) => workspace.scopes.delete(one)),
        ["channels:history", "commands"],
      ],
      [
        "scopes to look",
        ({ workspace }) => ["channels:read", "groups:read"].forEach((one) => workspace.scopes.delete(one)),
        ["channels:read", "groups:read"],
      ],
      ["a channel", ({ workspace }) => workspace.channels.delete(PLACE), ["no channel C1"]],
      [
        "an invitation",
        ({ workspace }) => (workspace.addChannel(PLACE, "alerts").isMember = false),
        ["not in #alerts"],
      ],
      [
        "an open channel",
        ({ workspace }) => (workspace.addChannel(PLACE, "alerts").isArchived = true),
        ["#alerts is archived"],
      ],
      ["an app token", ({ workspace }) => (workspace.appToken = "invalid_auth"), ["xapp-"]],
      ["its scope", ({ workspace }) => workspace.appScopes.clear(), ["connections:write"]],
    ])("%s: a line each", async (_, change, hints) => {
      change(slack);
      expect(await channel.check(PLACE)).toEqual(hints.map((hint) => expect.stringContaining(hint) as unknown));
    });

    test.each<[string, Partial<SlackOptions>, string]>([
      ["no app token", { appToken: undefined }, "xapp-"],
      ["no signing secret", { mode: "http" }, "signing secret"],
      ["another signing secret", { mode: "http", signingSecret: "your-secret" }, "32 hexadecimal digits"],
    ])("%s", async (_, options, hint) => {
      const other = await open(options);
      expect(await other.check(PLACE)).toEqual([expect.stringContaining(hint)]);
    });

    test("nothing else in HTTP mode with a signing secret", async () => {
      const other = await open({ mode: "http", signingSecret: slack.signingSecret, appToken: undefined });
      expect(await other.check(PLACE)).toEqual([]);
    });
  });
});
