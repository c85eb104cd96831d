import { BOT, type DiscordDouble, GUILD, RIGHTS, startDiscord } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Completion,
  type DiscordChannel,
  type DiscordOptions,
  type Form,
  type Heard,
  type HeardWords,
  openDiscord,
  type Post,
} from "../../src/index.ts";

const PLACE = "500000000000000001";
const ANN = "600000000000000001";
const CALLBACK = "POST /interactions/:id/:token/callback";
const FORM: Form = {
  id: "deny:1",
  title: "Deny",
  text: "The model reads what you write.",
  inputs: [
    { kind: "text", id: "why", label: "Why", isLong: true },
    {
      kind: "choice",
      id: "how",
      label: "How",
      options: [
        { id: "o1", label: "Once" },
        { id: "o2", label: "Always" },
      ],
    },
  ],
};

/** What was heard, as a test compares it. */
function plain(heard: Heard): object {
  return { ...heard, reply: undefined };
}

describe("Discord's gateway", () => {
  let discord: DiscordDouble;
  let channel: DiscordChannel;
  let heard: Heard[];
  let asked: Completion[];
  let failures: unknown[];
  let clock: number | undefined;
  let answer: (one: Heard) => Promise<void>;
  const open = (more: Partial<DiscordOptions> = {}): Promise<DiscordChannel> =>
    openDiscord({
      botToken: discord.botToken,
      apiUrl: discord.apiUrl,
      guildId: GUILD,
      isReading: true,
      now: () => clock ?? Date.now(),
      listener: {
        formFor: (one) => (one.kind === "press" && one.button === "deny" ? FORM : undefined),
        complete: async (one) => {
          asked.push(one);
          return ["web", "", "x".repeat(101), "web", ...Array.from({ length: 30 }, (_, index) => `p${index}`)];
        },
        heard: async (one) => {
          heard.push(one);
          await answer(one);
        },
        failed: (error) => void failures.push(error),
      },
      ...more,
    });
  beforeEach(async () => {
    [heard, asked, failures, clock] = [[], [], [], undefined];
    answer = async () => undefined;
    discord = await startDiscord({ patienceMs: 60_000, now: () => clock ?? Date.now() });
    discord.server.addChannel(PLACE, "alerts");
    channel = await open();
    await discord.gateway.connected();
  });
  afterEach(async () => {
    await channel[Symbol.asyncDispose]();
    await discord[Symbol.asyncDispose]();
  });
  const ann = () =>
    discord.person(ANN, { name: "ann", roles: ["700000000000000001"], permissions: RIGHTS.manageGuild });
  const post = (more: Partial<Post> = {}) =>
    channel.post({
      ref: "r",
      place: PLACE,
      message: {
        title: "may I?",
        tone: "warn",
        buttons: [
          { label: "Allow", id: "allow" },
          { label: "Deny", id: "deny" },
        ],
      },
      ...more,
    });
  const messageOf = (id: string) => {
    const message = discord.server.messages.find((one) => one.id === id);
    expect(message).toBeDefined();
    return message ?? discord.server.say({ channel: PLACE, author: ANN, content: "" });
  };
  const said = () => discord.transcript(PLACE);

  test("a hundred commands at once are all answered, more than the bot may ask in a second", async () => {
    answer = (one) => one.reply.tell({ title: `done: ${one.id}`, tone: "good" });
    const person = ann();
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => person.command(PLACE, ["status"])));
    expect(outcomes.filter(({ isAcknowledged }) => isAcknowledged)).toHaveLength(100);
    await expect.poll(() => outcomes.filter(({ interaction }) => !said().includes(interaction.id))).toEqual([]);
    expect(failures).toEqual([]);
  });

  test("a command says its words, its options, who, their roles, and whether they manage the server", async () => {
    answer = (one) => one.reply.tell({ title: "all is well", tone: "good" });
    const outcome = await ann().command(PLACE, ["agentmd", "set"], { project: "web", lines: 5, now: true });
    expect(outcome).toMatchObject({ isAcknowledged: true, answer: { type: 5, data: { flags: 64 } } });
    await expect.poll(said).toContain("all is well");
    expect(heard.map(plain)).toMatchObject([
      {
        kind: "command",
        who: { id: ANN, name: "ann", handle: "ann", roles: ["700000000000000001"], isManager: true },
        place: PLACE,
        words: ["agentmd", "set"],
        named: { project: "web", lines: "5", now: "true" },
      },
    ]);
    expect(said()).toBe(`HAL (only ${ANN} sees it):\n  **🟢 OK all is well**`);
  });

  test("a second answer is one of its own, and where there is none the app thinks no longer", async () => {
    answer = async (one) => {
      await one.reply.tell({ title: "1", tone: "good" });
      await one.reply.tell({ title: "2", tone: "good" });
    };
    await ann().command(PLACE, ["status"]);
    await expect.poll(() => discord.server.messages.filter(({ ephemeralTo }) => ephemeralTo === ANN)).toHaveLength(2);
    answer = async () => undefined;
    await ann().command(PLACE, ["status"]);
    await expect.poll(() => heard).toHaveLength(2);
    await expect.poll(said).not.toContain("thinking");
    expect(failures).toEqual([]);
  });

  test("what everybody is to see is said in the channel, also after a quarter of an hour", async () => {
    answer = async (one) => {
      clock = Date.now() + 16 * 60_000;
      await one.reply.say({ title: "all stopped", tone: "warn" });
    };
    await ann().command(PLACE, ["stop-all"]);
    await expect.poll(() => discord.server.messagesOf(PLACE)).toHaveLength(1);
    expect(said()).toContain("HAL:\n  **🟡 ATTENTION all stopped**");
  });

  test("what only one person is to see is gone after a quarter of an hour", async () => {
    answer = async (one) => {
      clock = Date.now() + 16 * 60_000;
      await one.reply.tell({ title: "late", tone: "warn" });
    };
    await ann().command(PLACE, ["status"]);
    await expect.poll(() => failures[0]).toMatchObject({ problem: "gone" });
  });

  test("a press says which button and message, and may be answered in its thread", async () => {
    answer = (one) => one.reply.tell({ title: "only operators may", tone: "bad" });
    const thread = await post();
    const inThread = await post({ ref: "r2", thread });
    await ann().press(messageOf(thread.id), "allow");
    const outcome = await ann().press(messageOf(inThread.id), "allow");
    expect(outcome.answer).toMatchObject({ type: 6 });
    await expect.poll(() => discord.server.messages.filter(({ ephemeralTo }) => ephemeralTo === ANN)).toHaveLength(2);
    expect(heard.map(plain)).toMatchObject([
      { kind: "press", button: "allow", message: thread, place: PLACE, thread: undefined },
      { kind: "press", button: "allow", message: inThread, place: PLACE, thread },
    ]);
  });

  test("a message that is replaced by a press is found as before, also after a quarter of an hour", async () => {
    const posted = await post();
    const late = [0, 16 * 60_000];
    answer = async (one) => {
      clock = Date.now() + (late.shift() ?? 0);
      await one.reply.replace({ title: `allowed, ${late.length} left`, tone: "good" });
    };
    await ann().press(messageOf(posted.id), "allow");
    await expect.poll(said).toBe("HAL (changed):\n  **🟢 OK allowed, 1 left**");
    await ann().press(messageOf(posted.id), "allow");
    await expect.poll(said).toBe("HAL (changed):\n  **🟢 OK allowed, 0 left**");
    expect(await channel.find({ ref: "r", place: PLACE })).toEqual(posted);
    expect(failures).toEqual([]);
  });

  test("what only one person sees is replaced by a press in it", async () => {
    const buttons = [{ label: "Kill", id: "kill", style: "danger" } as const];
    answer = (one) => one.reply.tell({ title: "kill web?", tone: "bad", buttons });
    await ann().command(PLACE, ["kill"]);
    await expect.poll(said).toContain("[!Kill]");
    answer = (one) => one.reply.replace({ title: "killed", tone: "good" });
    await ann().press(messageOf(discord.server.messages[0]?.id ?? ""), "kill");
    await expect.poll(said).toBe(`HAL (only ${ANN} sees it, changed):\n  **🟢 OK killed**`);
  });

  test("a form opens by a press, and says what was filled in and by which message it was opened", async () => {
    const posted = await post();
    const pressed = await ann().press(messageOf(posted.id), "deny");
    expect(pressed.answer).toMatchObject({ type: 9, data: { title: "Deny", custom_id: "deny:1" } });
    expect(heard).toEqual([]);
    const [modal] = discord.server.modals;
    if (modal !== undefined) await ann().submit(modal, { why: "not <here>", how: ["o2"] });
    await expect
      .poll(() => heard.map(plain))
      .toMatchObject([
        { kind: "form", form: "deny:1", place: PLACE, message: posted, values: { why: ["not <here>"], how: ["o2"] } },
      ]);
    expect(discord.server.modals).toEqual([]);
  });

  test("whoever did it too long ago is not heard, and one whose acknowledgement comes too late neither", async () => {
    expect(await ann().command(PLACE, ["kill"], {}, { isLate: true })).toMatchObject({ isAcknowledged: false });
    discord.faults.add(CALLBACK, { kind: "refused", status: 404, code: 10_062 });
    void ann().command(PLACE, ["kill"]);
    await ann().command(PLACE, ["status"]);
    await expect.poll(() => heard.map((one) => one.kind === "command" && one.words[0])).toEqual(["status"]);
    expect(failures).toEqual([]);
  });

  test("an acknowledgement whose answer is lost is sent once more, and what was done is heard once", async () => {
    discord.faults.add(CALLBACK, { kind: "broken_after" });
    await ann().command(PLACE, ["status"]);
    await expect.poll(() => heard).toHaveLength(1);
    expect(discord.record.calls(CALLBACK).map(({ error }) => error?.slice(0, 5))).toEqual(["the c", "40060"]);
    expect(failures).toEqual([]);
  });

  test("what is done on another server is refused there", async () => {
    const outcome = await ann().command(PLACE, ["status"], {}, { guild: "100000000000000009" });
    expect(outcome.answer).toMatchObject({ type: 4, data: { flags: 64 } });
    expect(heard).toEqual([]);
  });

  test("whoever types at an option is offered how it may go on, as far as Discord takes it", async () => {
    const outcome = await ann().complete(PLACE, ["logs"], "project", "w", { node: "alpha" });
    const choices = outcome.answer?.data["choices"] as readonly { readonly name: string }[];
    expect(choices.map(({ name }) => name).slice(0, 2)).toEqual(["web", "p0"]);
    expect(choices).toHaveLength(25);
    expect(asked).toMatchObject([
      { who: { id: ANN }, place: PLACE, words: ["logs"], named: { node: "alpha" }, option: "project", typed: "w" },
    ]);
  });

  test("a mention is a command, also in a thread, and is answered where it was written", async () => {
    answer = (one) => one.reply.tell({ title: "yes", tone: "good" });
    const thread = await post();
    const below = await post({ ref: "r2", thread });
    ann().say(below.place, `<@${BOT}> resume “web” —now`);
    ann().say(PLACE, `hey <@${BOT}> status`);
    await expect.poll(() => heard).toHaveLength(2);
    expect(heard.map(plain)).toMatchObject([
      { kind: "command", words: ["resume", '"web"', "--now"], place: PLACE, thread },
      { kind: "command", words: ["hey", "status"], place: PLACE, thread: undefined },
    ]);
    await expect.poll(() => discord.server.messages.filter(({ isOwn }) => isOwn)).toHaveLength(4);
  });

  test("words in a thread are heard as people read them; those beside one, and of programs, are not", async () => {
    const thread = await post();
    const below = await post({ ref: "r2", thread });
    ann().say(PLACE, "just talking");
    discord.gateway.dispatch("MESSAGE_CREATE", {
      id: "1",
      channel_id: below.place,
      guild_id: GUILD,
      author: { id: "9", username: "x", bot: true },
      content: "beep",
    });
    ann().say(below.place, "go on <:ok:600000000000000009>");
    await expect
      .poll(() => heard.map(plain))
      .toMatchObject([{ kind: "words", text: "go on :ok:", thread, place: PLACE, who: { id: ANN }, files: [] }]);
  });

  test("who may not read hears mentions and no other words", async () => {
    discord.server.mayReadContent = false;
    await channel[Symbol.asyncDispose]();
    await using deaf = await open({ isReading: false });
    await discord.gateway.connected();
    const thread = await deaf.post({ ref: "r", place: PLACE, message: { title: "x", tone: "good" } });
    discord.server.addChannel(thread.id, "x", PLACE);
    ann().say(thread.id, "go on");
    ann().say(thread.id, `<@${BOT}> status`);
    await expect.poll(() => heard.map(plain)).toMatchObject([{ kind: "command", words: ["status"], thread }]);
  });

  test("a file is read up to a size, and from Discord alone", async () => {
    const thread = await post();
    const below = await post({ ref: "r2", thread });
    const bytes = new TextEncoder().encode("PNG");
    const file = { name: "a.png", mimeType: "image/png", bytes };
    ann().say(below.place, "look", file);
    ann().say(below.place, "look", { ...file, url: "https://cdn.discordapp.com.evil.example/a.png" });
    await expect.poll(() => heard).toHaveLength(2);
    const [good, bad] = heard.flatMap((one) => (one as HeardWords).files);
    expect(good).toMatchObject({ name: "a.png", mimeType: "image/png", sizeBytes: 3 });
    expect(await good?.read(3)).toEqual(bytes);
    await expect(good?.read(2)).rejects.toThrow("larger than the 2 bytes");
    await expect(bad?.read(3)).rejects.toThrow("not kept by Discord");
    discord.server.attachments.clear();
    await expect(good?.read(3)).rejects.toMatchObject({ problem: "gone" });
  });

  test("work that fails is told to whoever asked for it, and does not reach what is heard next", async () => {
    answer = async () => {
      throw new Error("no");
    };
    await ann().command(PLACE, ["status"]);
    await expect.poll(said).toContain("that went wrong here; the log of the supervisor says why");
    expect(failures).toEqual([new Error("no")]);
    expect(await ann().command(PLACE, ["nodes"])).toMatchObject({ isAcknowledged: true });
  });

  test("a hundred commands at once are all acknowledged, and each is heard once", async () => {
    const typed = Array.from({ length: 100 }, (_, index) => ann().command(PLACE, ["logs"], { lines: index }));
    const outcomes = await Promise.all(typed);
    expect(outcomes.every(({ isAcknowledged }) => isAcknowledged)).toBe(true);
    await expect.poll(() => new Set(heard.map((one) => one.kind === "command" && one.named["lines"])).size).toBe(100);
    expect(heard).toHaveLength(100);
  });

  test("closing it waits for what was heard", async () => {
    const done: string[] = [];
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    answer = async () => {
      await finished;
      done.push("done");
    };
    await ann().command(PLACE, ["status"]);
    const closed = channel[Symbol.asyncDispose]().then(() => done.push("closed"));
    finish();
    await closed;
    expect(done).toEqual(["done", "closed"]);
  });
});
