import { type DiscordDouble, type DiscordFault, RIGHTS, startDiscord } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  DeliveryError,
  type DiscordChannel,
  type DiscordOptions,
  type Message,
  openDiscord,
  type Post,
} from "../../src/index.ts";

const PLACE = "500000000000000001";
const POST = "POST /channels/:id/messages";
const message: Message = { title: "alpha/web is idle", tone: "good" };
const post = (more: Partial<Post> = {}): Post => ({ ref: "ref-1", place: PLACE, message, ...more });

describe("Discord", () => {
  let discord: DiscordDouble;
  let channel: DiscordChannel;
  const open = (more: Partial<DiscordOptions> = {}): Promise<DiscordChannel> =>
    openDiscord({ botToken: discord.botToken, apiUrl: discord.apiUrl, ...more });
  beforeEach(async () => {
    discord = await startDiscord();
    discord.server.addChannel(PLACE, "alerts");
    channel = await open();
  });
  afterEach(async () => {
    await channel[Symbol.asyncDispose]();
    await discord[Symbol.asyncDispose]();
  });
  const failure = async (work: Promise<unknown>): Promise<DeliveryError> => {
    const error = await work.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(DeliveryError);
    return error as DeliveryError;
  };

  test("a message is there, calls nobody, and is known by its ref", async () => {
    await channel.post(post());
    expect(discord.transcript(PLACE)).toBe("HAL:\n  **🟢 OK alpha/web is idle**");
    expect(discord.record.calls(POST)).toMatchObject([
      { facts: { allowed_mentions: { parse: [] }, nonce: "ref-1", enforce_nonce: true } },
    ]);
    expect([...discord.record.refused, ...discord.record.notes]).toEqual([]);
  });

  test("a message that is sent twice is there once", async () => {
    const first = await channel.post(post());
    expect(await channel.post(post())).toEqual(first);
    expect(discord.server.messages).toHaveLength(1);
  });

  test("an edit puts another message in its place, calls nobody, and leaves the call as it stands", async () => {
    const ping = { kind: "user", id: "600000000000000001" } as const;
    const posted = await channel.post(post({ message: { ...message, ping, buttons: [{ label: "Allow", id: "a" }] } }));
    await channel.edit({ posted, message: { title: "alpha/web went on", tone: "neutral", ping } });
    expect(discord.transcript(PLACE)).toBe("HAL (changed):\n  <@600000000000000001>\n  **⚪ NOTE alpha/web went on**");
    expect(discord.server.messages.map(({ calls }) => calls)).toEqual([["600000000000000001"]]);
    expect(discord.record.calls("PATCH /channels/:id/messages/:id")).toMatchObject([
      { facts: { allowed_mentions: { parse: [] } } },
    ]);
  });

  test("what was changed by a program that knew nothing of it before is found all the same", async () => {
    const posted = await channel.post(post());
    await using later = await open();
    await later.edit({ posted, message: { title: "changed", tone: "bad" } });
    expect(await later.find(post())).toEqual(posted);
  });

  test("a message in a thread stands below the one that it belongs to, in the thread that is there already", async () => {
    const thread = await channel.post(post());
    await channel.post(post({ ref: "ref-2", thread, message: { title: "tests failed", tone: "bad" } }));
    await using other = await open();
    await other.post(post({ ref: "ref-3", thread, message: { title: "again", tone: "bad" } }));
    expect(discord.transcript(PLACE)).toBe(
      "HAL:\n  **🟢 OK alpha/web is idle**\n    HAL:\n      **🔴 PROBLEM tests failed**\n    HAL:\n      **🔴 PROBLEM again**",
    );
    expect(discord.record.refused.map(({ error }) => error?.slice(0, 6))).toEqual(["160004"]);
  });

  test("a thread that is archived wakes by a message, and by a change; one that is locked stops it", async () => {
    const thread = await channel.post(post());
    const below = await channel.post(post({ ref: "ref-2", thread }));
    const state = discord.server.channels.get(thread.id) ?? discord.server.addChannel("9", "none");
    state.isArchived = true;
    await channel.edit({ posted: below, message: { title: "changed", tone: "good" } });
    expect(state.isArchived).toBe(false);
    state.isArchived = true;
    await channel.post(post({ ref: "ref-3", thread }));
    expect(state.isArchived).toBe(false);
    state.isLocked = true;
    expect(await failure(channel.post(post({ ref: "ref-4", thread })))).toMatchObject({
      problem: "stopped",
      message: expect.stringContaining("locked") as string,
    });
  });

  test("what was sent under a ref is found, in its channel or its thread, and before what came later", async () => {
    const thread = await channel.post(post());
    expect(await channel.find(post({ ref: "ref-2", thread }))).toBeUndefined();
    const inThread = await channel.post(post({ ref: "ref-2", thread }));
    for (let count = 0; count < 150; count += 1)
      discord.server.say({ channel: PLACE, author: "600000000000000001", content: "hm" });
    expect(await channel.find(post())).toEqual(thread);
    expect(await channel.find(post({ ref: "ref-2", thread }))).toEqual(inThread);
    expect(await channel.find(post({ ref: "ref-2" }))).toBeUndefined();
    expect(await channel.find(post({ thread }))).toBeUndefined();
  });

  test("what somebody else says under the same address is not found", async () => {
    const embeds = [{ url: "https://hal.invalid/ref-1" }];
    discord.server.say({ channel: PLACE, author: "600000000000000001", content: "", embeds });
    expect(await channel.find(post())).toBeUndefined();
  });

  test.each<[string, DiscordFault, object]>([
    [
      "too many",
      { kind: "rate_limited", retryAfterS: 7 },
      { problem: "again", retryAfterMs: 7_000, isUncertain: false },
    ],
    [
      "too many in all",
      { kind: "rate_limited", retryAfterS: 7, isGlobal: true },
      { problem: "again", retryAfterMs: 7_000, isUncertain: false },
    ],
    ["out of order", { kind: "status", status: 503 }, { problem: "again", isUncertain: true }],
    ["broken before", { kind: "broken_before" }, { problem: "again", isUncertain: true }],
    ["broken after", { kind: "broken_after" }, { problem: "again", isUncertain: true }],
    ["unheard of", { kind: "refused", status: 400, code: 99_999 }, { problem: "refused" }],
  ])("%s: said as it is, and tried once", async (_, fault, expected) => {
    discord.faults.add(POST, fault);
    expect(await failure(channel.post(post()))).toMatchObject(expected);
    expect(discord.record.calls(POST)).toHaveLength(1);
  });

  test("where nobody listens, nothing arrived", async () => {
    const gone = await startDiscord();
    await gone[Symbol.asyncDispose]();
    await using nobody = await open({ apiUrl: gone.apiUrl });
    expect(await failure(nobody.post(post()))).toMatchObject({ problem: "again", isUncertain: false });
  });

  test("a token that is refused once and good again is used again", async () => {
    discord.server.isTokenValid = false;
    expect(await failure(channel.post(post()))).toMatchObject({ problem: "stopped" });
    discord.server.isTokenValid = true;
    await channel.post(post());
    expect(discord.server.messages).toHaveLength(1);
  });

  test.each<[string, (double: DiscordDouble) => void, string]>([
    ["a token that was reset", ({ server }) => (server.isTokenValid = false), "Reset Token"],
    ["a channel that there is not", ({ server }) => server.channels.delete(PLACE), "no channel 500000000000000001"],
    ["a channel that it does not see", ({ server }) => (server.isJoined = false), "invite it"],
    ["a channel without the right", ({ server }) => (server.permissions &= ~RIGHTS.sendMessages), "Send Messages"],
  ])("%s stops it, with what to do", async (_, change, hint) => {
    change(discord);
    const error = await failure(channel.post(post()));
    expect(error.problem).toBe("stopped");
    expect(error.message).toContain(hint);
    expect(error.message).not.toMatch(/\n|double-double/);
  });

  test.each(["your-bot-token", "", "MTA…", "xoxb-1-2"])(
    "the placeholder %j stops it before anything is sent",
    async (botToken) => {
      await using wrong = await open({ botToken });
      expect(await failure(wrong.post(post()))).toMatchObject({ problem: "stopped" });
      expect(await wrong.check(PLACE)).toEqual([expect.stringContaining("Reset Token")]);
      expect(discord.record.entries).toEqual([]);
    },
  );

  test("an edit of what is gone says so, and one of somebody else's message is refused", async () => {
    const posted = await channel.post(post());
    discord.server.messages.shift();
    expect(await failure(channel.edit({ posted, message }))).toMatchObject({ problem: "gone" });
    const other = discord.server.say({ channel: PLACE, author: "600000000000000001", content: "hi" });
    expect(await failure(channel.edit({ posted: { place: PLACE, id: other.id }, message }))).toMatchObject({
      problem: "refused",
    });
  });

  test("a thread whose message is gone says so", async () => {
    const thread = { place: PLACE, id: "500000000000000999" };
    expect(await failure(channel.post(post({ thread })))).toMatchObject({ problem: "gone" });
  });

  test("whoever gives up is not kept waiting", async () => {
    discord.faults.add(POST, { kind: "slow", ms: 60_000 });
    const given = new AbortController();
    const posted = channel.post(post(), given.signal);
    given.abort(new Error("enough"));
    await expect(posted).rejects.toThrow("enough");
  });

  test("a long text is sent as a file into a thread", async () => {
    const thread = await channel.post(post());
    await channel.sendFile({ place: PLACE, thread, name: "build.log", text: "line\n".repeat(5_000) });
    const [file] = discord.server.attachments.values();
    expect(file).toMatchObject({ name: "build.log" });
    expect(file?.bytes.byteLength).toBe(25_000);
    expect(discord.server.messages.at(-1)).toMatchObject({ channel: thread.id, files: [file?.id] });
  });

  describe("what is missing", () => {
    test("nothing, where all is well, also in a thread", async () => {
      const thread = await channel.post(post());
      await channel.post(post({ ref: "ref-2", thread }));
      expect([await channel.check(PLACE), await channel.check(thread.id)]).toEqual([[], []]);
    });

    test.each<[string, (double: DiscordDouble) => void, readonly string[]]>([
      ["a token", ({ server }) => (server.isTokenValid = false), ["Reset Token"]],
      ["a channel", ({ server }) => server.channels.delete(PLACE), ["no channel"]],
      ["an invitation", ({ server }) => (server.isJoined = false), ["invite it"]],
      [
        "rights on the server",
        ({ server }) => (server.permissions &= ~(RIGHTS.embedLinks | RIGHTS.readHistory)),
        ["Embed Links", "Read Message History"],
      ],
      [
        "a right in the channel",
        ({ server }) => (server.addChannel(PLACE, "alerts").denied = RIGHTS.createThreads),
        ["Create Public Threads in #alerts"],
      ],
    ])("%s: a line each", async (_, change, hints) => {
      change(discord);
      expect(await channel.check(PLACE)).toEqual(hints.map((hint) => expect.stringContaining(hint) as unknown));
    });

    test("the intent to read, where it is to read, and another server than the one that is named", async () => {
      discord.server.mayReadContent = false;
      await using reading = await open({ isReading: true, guildId: "100000000000000009" });
      expect(await channel.check(PLACE)).toEqual([]);
      expect(await reading.check(PLACE)).toEqual([
        expect.stringContaining("Message Content Intent"),
        expect.stringContaining("another server"),
      ]);
    });
  });
});
