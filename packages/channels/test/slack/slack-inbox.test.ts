import { type SlackDouble, startSlack } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type ConnectionState,
  type Form,
  type Heard,
  type HeardWords,
  openSlack,
  type SlackChannel,
  type SlackOptions,
} from "../../src/index.ts";
import { type Served, serveRequests } from "../support/serve-requests.ts";

const PLACE = "C1";
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
    {
      kind: "choice",
      id: "what",
      label: "What",
      isSeveral: true,
      isOptional: true,
      options: [{ id: "p1", label: "This" }],
    },
  ],
};

/** What was heard, as a test compares it. */
function plain(heard: Heard): object {
  return { ...heard, reply: undefined };
}

describe.each(["socket", "http"] as const)("Slack over %s", (mode) => {
  let slack: SlackDouble;
  let channel: SlackChannel;
  let heard: Heard[];
  let states: ConnectionState[];
  let failures: unknown[];
  let answer: (one: Heard) => Promise<void>;
  let served: Served;
  const open = async (more: Partial<SlackOptions> = {}): Promise<SlackChannel> =>
    openSlack({
      botToken: slack.botToken,
      appToken: slack.appToken,
      signingSecret: slack.signingSecret,
      apiUrl: slack.apiUrl,
      mode,
      listener: {
        formFor: (one) => (one.kind === "press" && one.button === "deny" ? FORM : undefined),
        heard: async (one) => {
          heard.push(one);
          await answer(one);
        },
        connection: (state) => void states.push(state),
        failed: (error) => void failures.push(error),
      },
      ...more,
    });
  beforeEach(async () => {
    [heard, states, failures] = [[], [], []];
    answer = async () => undefined;
    slack = await startSlack({ patienceMs: 60_000 });
    slack.workspace.addChannel(PLACE, "alerts");
    channel = await open();
    served = await serveRequests((request) => channel.fetch(request));
    if (mode === "http") slack.sendTo(`${served.url}/slack`);
    else await slack.socket.connected();
  });
  afterEach(async () => {
    await channel[Symbol.asyncDispose]();
    await slack[Symbol.asyncDispose]();
    await served[Symbol.asyncDispose]();
  });
  const post = (more: object = {}) =>
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
    const message = slack.workspace.messageAt(PLACE, id);
    expect(message).toBeDefined();
    return message ?? slack.workspace.say({ channel: PLACE, user: "U0", text: "" });
  };

  test("a command is heard in words, and answered to whoever typed it", async () => {
    answer = (one) => one.reply.tell({ title: "all is well", tone: "good" });
    const outcome = await slack.person("U1", "ann").command(PLACE, "/hal inject  web “fix it” &amp; <@U2|bob> —now");
    expect(outcome.outcome).toBe("acknowledged");
    await expect.poll(() => slack.transcript(PLACE)).toBe("HAL (only U1 sees it):\n  **🟢 OK all is well**");
    expect(heard.map(plain)).toMatchObject([
      {
        kind: "command",
        who: { id: "U1", name: "ann", handle: "ann", roles: [], isManager: false },
        place: PLACE,
        words: ["inject", "web", '"fix', 'it"', "&", "@bob", "--now"],
      },
    ]);
  });

  test("it is acknowledged before the work is done, and the sixth answer is said all the same", async () => {
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    answer = async (one) => {
      await finished;
      for (let count = 1; count <= 6; count += 1) await one.reply.tell({ title: `${count}`, tone: "good" });
    };
    const outcome = await slack.person("U1").command(PLACE, "/hal status");
    expect(outcome.outcome).toBe("acknowledged");
    finish();
    await expect
      .poll(() => slack.workspace.messages.map(({ text }) => text.at(-1)))
      .toEqual(["1", "2", "3", "4", "5", "6"]);
    expect(slack.record.calls("chat.postEphemeral")).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  test("what everybody is to see is said in the channel", async () => {
    answer = (one) => one.reply.say({ title: "all stopped", tone: "warn" });
    await slack.person("U1").command(PLACE, "/hal stop-all");
    await expect.poll(() => slack.transcript(PLACE)).toBe("HAL:\n  **🟡 ATTENTION all stopped**");
  });

  test("a press says which button, whose message and who, and may be answered in its thread", async () => {
    answer = (one) => one.reply.tell({ title: "only operators may", tone: "bad" });
    const thread = await post();
    const inThread = await post({ ref: "r2", thread });
    await slack.person("U2").press(messageOf(thread.id), "allow");
    await slack.person("U2").press(messageOf(inThread.id), "allow");
    await expect.poll(() => slack.workspace.messages).toHaveLength(4);
    expect(heard.map(plain)).toMatchObject([
      { kind: "press", button: "allow", message: thread, thread: undefined },
      { kind: "press", button: "allow", message: inThread, thread },
    ]);
    expect(slack.workspace.messages.slice(2).map((one) => [one.ephemeralTo, one.threadTs])).toEqual([
      ["U2", undefined],
      ["U2", thread.id],
    ]);
  });

  test("what only one person sees is replaced by a press in it, five times and no more", async () => {
    const buttons = [{ label: "Kill", id: "kill", style: "danger" } as const];
    answer = (one) => one.reply.tell({ title: "kill web?", tone: "bad", buttons });
    await slack.person("U1").command(PLACE, "/hal kill web");
    await expect.poll(() => slack.workspace.messages).toHaveLength(1);
    answer = async (one) => {
      for (let count = 1; count <= 5; count += 1) await one.reply.replace({ title: `killed ${count}`, tone: "good" });
      await one.reply.replace({ title: "once more", tone: "good" });
    };
    const [told] = slack.workspace.messages;
    await slack.person("U1").press(messageOf(told?.ts ?? ""), "kill");
    await expect.poll(() => failures).toMatchObject([{ problem: "gone" }]);
    expect(slack.workspace.messages[0]).toMatchObject({ ephemeralTo: "U1", text: "🟢 OK killed 5" });
  });

  test("a form opens by a press, and says what was filled in and by which message it was opened", async () => {
    const posted = await post();
    await slack.person("U1").press(messageOf(posted.id), "deny");
    await expect.poll(() => slack.workspace.modals).toHaveLength(1);
    const [modal] = slack.workspace.modals;
    expect(modal?.view).toMatchObject({ title: { text: "Deny" }, callback_id: "deny:1" });
    expect(heard).toEqual([]);
    if (modal !== undefined) await slack.person("U1").submit(modal, { why: "not <here>", how: "o2", what: ["p1"] });
    await expect
      .poll(() => heard.map(plain))
      .toMatchObject([
        {
          kind: "form",
          form: "deny:1",
          who: { id: "U1" },
          place: PLACE,
          message: posted,
          values: { why: ["not <here>"], how: ["o2"], what: ["p1"] },
        },
      ]);
    expect(slack.workspace.modals).toEqual([]);
  });

  test("whoever pressed too long ago is told to try again", async () => {
    const posted = await post();
    await slack.person("U1").press(messageOf(posted.id), "deny", { isLate: true });
    await expect
      .poll(() => slack.workspace.messages.at(-1))
      .toMatchObject({
        ephemeralTo: "U1",
        text: "🟡 ATTENTION that took too long for Slack: try it once more",
      });
    expect(failures).toEqual([]);
  });

  test("a mention is a command, also in a thread, and no words beside it", async () => {
    const thread = await post();
    await slack.person("U1").say(PLACE, "<@U0HAL> resume web", thread.id);
    await slack.person("U1").say(PLACE, "hey <@U0HAL> status");
    await expect.poll(() => heard).toHaveLength(2);
    expect(heard.map(plain)).toMatchObject([
      { kind: "command", words: ["resume", "web"], thread },
      { kind: "command", words: ["hey", "status"], thread: undefined },
    ]);
  });

  test("words in a thread are heard as people read them; those beside one, and of programs, are not", async () => {
    const thread = await post();
    await slack.person("U1").say(PLACE, "just talking");
    await slack.echo(messageOf(thread.id));
    await channel.edit({ posted: thread, message: { title: "allowed", tone: "good" } });
    await slack.echo(messageOf(thread.id));
    await slack.person("U1").say(PLACE, "use &lt;b&gt; of <http://example.com|example.com>", thread.id);
    await expect
      .poll(() => heard.map(plain))
      .toMatchObject([{ kind: "words", text: "use <b> of example.com", thread, who: { id: "U1" }, files: [] }]);
  });

  test("what is told again is heard once", async () => {
    const thread = await post();
    await slack.person("U1").say(PLACE, "go on", thread.id);
    await slack.tellAgain();
    await slack.tellAgain();
    await slack.person("U1").say(PLACE, "done?", thread.id);
    await expect.poll(() => heard.map((one) => (one as HeardWords).text)).toEqual(["go on", "done?"]);
  });

  test("a file is read up to a size, with the app's token, and from Slack alone", async () => {
    const thread = await post();
    const bytes = new TextEncoder().encode("PNG");
    const send = (url: (id: string) => string) =>
      slack.person("U1").say(PLACE, "look", thread.id, { name: "a.png", mimeType: "image/png", bytes, url });
    await send((id) => slack.fileAddress(id));
    await send(() => "https://files.slack.com.evil.example/a.png");
    await expect.poll(() => heard).toHaveLength(2);
    const [good, bad] = heard.flatMap((one) => (one as HeardWords).files);
    expect(good).toMatchObject({ name: "a.png", mimeType: "image/png", sizeBytes: 3 });
    expect(await good?.read(3)).toEqual(bytes);
    await expect(good?.read(2)).rejects.toThrow("larger than the 2 bytes");
    await expect(bad?.read(3)).rejects.toThrow("not kept by Slack");
    slack.workspace.scopes.delete("files:read");
    await expect(good?.read(3)).rejects.toMatchObject({
      problem: "stopped",
      message: expect.stringContaining("files:read") as string,
    });
  });

  test("the stop button of a session is heard", async () => {
    const thread = await post();
    await channel.setStatus(thread, "processing");
    await slack.person("U1").stop(PLACE, thread.id);
    await expect
      .poll(() => heard.map(plain))
      .toMatchObject([{ kind: "stop", thread, who: { id: "U1" }, place: PLACE }]);
  });

  test("work that fails is told to whoever asked for it, and does not reach what is heard next", async () => {
    answer = async () => {
      throw new Error("no");
    };
    await slack.person("U1").command(PLACE, "/hal status");
    await expect
      .poll(() => slack.workspace.messages.map(({ text }) => text))
      .toEqual(["🔴 PROBLEM that went wrong here; the log of the supervisor says why"]);
    expect(failures).toEqual([new Error("no")]);
    expect((await slack.person("U1").command(PLACE, "/hal nodes")).outcome).toBe("acknowledged");
  });

  test("a hundred commands at once are all acknowledged, and each is heard once", async () => {
    const typed = Array.from({ length: 100 }, (_, index) => slack.person("U1").command(PLACE, `/hal logs ${index}`));
    const outcomes = await Promise.all(typed);
    expect(new Set(outcomes.map(({ outcome }) => outcome))).toEqual(new Set(["acknowledged"]));
    await expect.poll(() => new Set(heard.map((one) => one.kind === "command" && one.words[1])).size).toBe(100);
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
    await slack.person("U1").command(PLACE, "/hal status");
    const closed = channel[Symbol.asyncDispose]().then(() => done.push("closed"));
    finish();
    await closed;
    expect(done).toEqual(["done", "closed"]);
  });
});
