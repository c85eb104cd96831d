import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Abilities,
  type Channel,
  DeliveryError,
  type Form,
  type Heard,
  type Listener,
  type Message,
  type Ping,
  type Post,
  type Posted,
} from "../src/index.ts";

/** A message as people see it. */
export interface Shown {
  readonly id: string;
  /** the id of the message in whose thread it is */
  readonly thread: string | undefined;
  /** all that can be read of it, buttons included, in the order in which it stands */
  readonly text: string;
}

/** What can go wrong: each with the next thing that is sent, or from now on. */
export interface Troubles {
  /** the next one is refused for so long */
  busy(seconds: number): void;
  /** the next one is refused, since the platform is out of order */
  unwell(): void;
  /** the next one is done, and its answer is lost */
  unanswered(): void;
  /** the credentials count no more */
  lockedOut(): void;
  /** the place takes nothing any more */
  closed(): void;
}

/** What somebody does on the platform; each is done when the platform has its acknowledgement, and says whether it came. */
export interface Doings {
  readonly who: string;
  command(words: readonly string[]): Promise<boolean>;
  press(posted: Posted, button: string): Promise<boolean>;
  /** Fills the form that is open, by the ids of its inputs. */
  fillIn(values: Readonly<Record<string, string>>): Promise<boolean>;
  /** the title of the form that is open */
  formTitle(): string | undefined;
  say(thread: Posted, text: string): Promise<boolean>;
  /** what only that person was told, in order */
  told(): readonly string[];
}

/** A channel on a platform whose other side is in our hands. */
export interface ChannelStand extends AsyncDisposable {
  readonly channel: Channel;
  readonly place: string;
  /** somebody who can be called, and by which name the platform says so */
  readonly somebody: Ping;
  shown(): readonly Shown[];
  /** who was called so far, by their ids; `everyone` for all */
  called(): readonly string[];
  /** Takes a message away, as people may. */
  remove(posted: Posted): void;
  readonly troubles?: Troubles;
  readonly doings?: Doings;
}

/** What of the other side is in our hands. */
export interface OtherSide {
  /** there are `troubles` */
  readonly isTroubled: boolean;
  /** there are `doings` */
  readonly isPeopled: boolean;
}

const HOSTILE = "@everyone <!channel> <@U0000001> <@&1> <@1> ``` `x` https://example.com/a?b=1&c=2 **a** _b_ </b> &lt;";
const LONG = "An & <endless> `line` of text. ".repeat(400);
const FORM: Form = { id: "why:1", title: "Say why", inputs: [{ kind: "text", id: "why", label: "Why" }] };

/**
 * What a channel must do to be one. What it says that it can, it does.
 * @param open opens one that is connected, and whose place is empty
 */
export function conformance(
  abilities: Abilities,
  other: OtherSide,
  open: (listener: Listener) => Promise<ChannelStand>,
): void {
  let stand: ChannelStand;
  let heard: Heard[];
  let answer: (one: Heard) => Promise<void>;
  beforeEach(async () => {
    heard = [];
    answer = async () => undefined;
    stand = await open({
      formFor: (one) => (one.kind === "press" && one.button === "why" ? FORM : undefined),
      heard: async (one) => {
        heard.push(one);
        await answer(one);
      },
    });
  });
  afterEach(async () => {
    await stand[Symbol.asyncDispose]();
  });
  const given = (): ChannelStand => stand;
  const post = (message: Partial<Message> = {}, more: Partial<Post> = {}): Promise<Posted> => {
    const { channel, place } = stand;
    return channel.post({ ref: "ref-1", place, message: { title: "web is idle", tone: "good", ...message }, ...more });
  };

  test("says what it can", () => {
    expect(stand.channel.abilities).toEqual(abilities);
    expect(stand.channel.kind).toMatch(/^[a-z]+$/);
  });

  test("shows all of a message, and what matters first", async () => {
    const posted = await post({
      text: "one\ntwo",
      code: "$ npm test\n  1 < 2 && true",
      fields: [{ name: "Node", value: "alpha", isShort: true }],
      footer: "small print",
      buttons: [
        { label: "Allow", id: "allow" },
        { label: "Open", url: "https://example.com/" },
      ],
    });
    const [shown] = stand.shown();
    expect(shown?.id).toBe(posted.id);
    expect(shown?.text.split("\n")[0]).toContain("web is idle");
    for (const part of ["one\ntwo", "$ npm test\n  1 < 2 && true", "Node", "alpha", "small print", "Allow", "Open"])
      expect(shown?.text).toContain(part);
  });

  test("takes whatever is too long for it", async () => {
    const fields = Array.from({ length: 40 }, () => ({ name: LONG, value: LONG, isShort: true }));
    const buttons = Array.from({ length: 25 }, (_, index) => ({ label: LONG, id: `${index}`.padEnd(100, "x") }));
    await post({ title: LONG, text: LONG, code: LONG, fields, footer: LONG, buttons });
    expect(stand.shown()).toHaveLength(1);
  });

  test("calls nobody, whatever a message says, and shows it as it was written", async () => {
    await post({
      title: HOSTILE,
      text: HOSTILE,
      code: HOSTILE,
      fields: [{ name: HOSTILE, value: HOSTILE }],
      footer: HOSTILE,
      buttons: [{ label: HOSTILE, id: "x" }],
    });
    expect(stand.called()).toEqual([]);
    expect(stand.shown()[0]?.text).toContain("@everyone <!channel> <@U0000001>");
  });

  test("calls whom it is to call, once", async () => {
    const ping = stand.somebody;
    const posted = await post({ ping });
    if (abilities.edits) await stand.channel.edit({ posted, message: { title: "changed", tone: "bad", ping } });
    expect(stand.called()).toEqual([ping.id]);
  });

  test("has nothing to ask for where all is well", async () => {
    expect(await stand.channel.check(stand.place)).toEqual([]);
  });

  describe.runIf(abilities.edits)("edits", () => {
    test("puts another message in its place", async () => {
      const posted = await post({ text: "before", buttons: [{ label: "Allow", id: "allow" }] });
      await stand.channel.edit({ posted, message: { title: "allowed by ann", tone: "neutral" } });
      expect(stand.shown().map(({ id }) => id)).toEqual([posted.id]);
      expect(stand.shown()[0]?.text).toContain("allowed by ann");
      expect(stand.shown()[0]?.text).not.toMatch(/before|Allow\b/);
    });

    test("says that what is to be changed is gone", async () => {
      const posted = await post();
      stand.remove(posted);
      const edit = stand.channel.edit({ posted, message: { title: "x", tone: "good" } });
      expect(await failureOf(edit)).toMatchObject({ problem: "gone" });
    });
  });

  describe.runIf(abilities.threads)("threads", () => {
    test("puts a message below the one that it belongs to", async () => {
      const thread = await post();
      const below = await post({ title: "more" }, { ref: "ref-2", thread });
      const again = await post({ title: "and more" }, { ref: "ref-3", thread });
      expect(stand.shown().map(({ id, thread: of }) => [id, of])).toEqual([
        [thread.id, undefined],
        [below.id, thread.id],
        [again.id, thread.id],
      ]);
    });
  });

  describe.runIf(abilities.finds)("finds", () => {
    test("what was sent under a ref, and nothing where nothing was", async () => {
      const { channel, place } = stand;
      expect(await channel.find({ ref: "ref-1", place })).toBeUndefined();
      const posted = await post();
      expect(await channel.find({ ref: "ref-1", place })).toEqual(posted);
      expect(await channel.find({ ref: "ref-2", place })).toBeUndefined();
    });

    test("what was changed since", async () => {
      const { channel, place } = stand;
      const posted = await post();
      await channel.edit({ posted, message: { title: "changed", tone: "bad" } });
      expect(await channel.find({ ref: "ref-1", place })).toEqual(posted);
    });

    test("what is in a thread, there alone", async () => {
      const { channel, place } = stand;
      const thread = await post();
      const below = await post({}, { ref: "ref-2", thread });
      expect(await channel.find({ ref: "ref-2", place, thread })).toEqual(below);
      expect(await channel.find({ ref: "ref-2", place })).toBeUndefined();
    });
  });

  if (other.isTroubled) suffers(given, post);
  if (other.isPeopled)
    hears(
      given,
      post,
      () => heard,
      (how) => (answer = how),
    );
}

type Posting = (message?: Partial<Message>, more?: Partial<Post>) => Promise<Posted>;

/** What becomes of a message where something goes wrong. */
function suffers(given: () => ChannelStand, post: Posting): void {
  const troubles = (): Troubles => there(given().troubles);

  test("waits as long as it is told to", async () => {
    troubles().busy(7);
    expect(await failureOf(post())).toMatchObject({ problem: "again", retryAfterMs: 7_000, isUncertain: false });
    expect(given().shown()).toEqual([]);
  });

  test("says that a platform is out of order, and that it may have arrived", async () => {
    troubles().unwell();
    expect(await failureOf(post())).toMatchObject({ problem: "again", isUncertain: true });
  });

  test("does not know what became of a message whose answer was lost, and finds it", async () => {
    troubles().unanswered();
    expect(await failureOf(post())).toMatchObject({ problem: "again", isUncertain: true });
    const { channel, place } = given();
    expect(await channel.find({ ref: "ref-1", place })).toMatchObject({ id: given().shown()[0]?.id });
  });

  test.each(["lockedOut", "closed"] as const)(
    "stops where trying on does harm, and says what to do (%s)",
    async (which) => {
      troubles()[which]();
      const error = await failureOf(post());
      expect(error.problem).toBe("stopped");
      expect(error.message).toMatch(/^[^\n]{5,300}$/);
      expect(await given().channel.check(given().place)).toEqual([expect.stringMatching(/^[^\n]{5,300}$/)]);
    },
  );
}

/** What is heard of what people do. */
function hears(
  given: () => ChannelStand,
  post: Posting,
  heard: () => readonly Heard[],
  answerBy: (how: (one: Heard) => Promise<void>) => void,
): void {
  const kinds = () => heard().map(({ kind }) => kind);

  test("hears a command in words, acknowledged before it is done", async () => {
    const doings = there(given().doings);
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    answerBy(async ({ reply }) => {
      await finished;
      await reply.tell({ title: "done <@U0000001>", tone: "good" });
    });
    expect(await doings.command(["status", "web"])).toBe(true);
    await expect
      .poll(heard)
      .toMatchObject([{ kind: "command", words: ["status", "web"], who: { id: doings.who }, place: given().place }]);
    expect(doings.told()).toEqual([]);
    finish();
    await expect.poll(() => doings.told().join()).toContain("done <@U0000001>");
    expect(given().called()).toEqual([]);
  });

  test("hears who pressed which button, and answers that person alone", async () => {
    const doings = there(given().doings);
    answerBy(({ reply }) => reply.tell({ title: "only operators may", tone: "bad" }));
    const posted = await post({ buttons: [{ label: "Allow", id: "allow" }] });
    expect(await doings.press(posted, "allow")).toBe(true);
    await expect
      .poll(heard)
      .toMatchObject([
        { kind: "press", button: "allow", message: posted, who: { id: doings.who }, place: given().place },
      ]);
    await expect.poll(() => doings.told().join()).toContain("only operators may");
    expect(given().shown()).toHaveLength(1);
  });

  test("puts another message in the place of the one whose button was pressed", async () => {
    const doings = there(given().doings);
    answerBy(({ reply }) => reply.replace({ title: "allowed by ann", tone: "good" }));
    const posted = await post({ buttons: [{ label: "Allow", id: "allow" }] });
    await doings.press(posted, "allow");
    await expect
      .poll(() => given().shown())
      .toMatchObject([{ id: posted.id, text: expect.stringContaining("allowed by ann") as string }]);
    expect(given().shown()[0]?.text).not.toMatch(/Allow\b/);
  });

  test("opens a form by a press, and hears what was filled in", async () => {
    const doings = there(given().doings);
    const posted = await post({ buttons: [{ label: "Why", id: "why" }] });
    await doings.press(posted, "why");
    await expect.poll(() => doings.formTitle()).toBe("Say why");
    expect(kinds()).toEqual([]);
    expect(await doings.fillIn({ why: "because <b>" })).toBe(true);
    await expect
      .poll(heard)
      .toMatchObject([
        { kind: "form", form: "why:1", values: { why: ["because <b>"] }, message: posted, who: { id: doings.who } },
      ]);
  });

  test("hears what is written in the thread of a message", async () => {
    const doings = there(given().doings);
    const thread = await post();
    await doings.say(thread, "go on");
    await expect.poll(heard).toMatchObject([{ kind: "words", text: "go on", thread, who: { id: doings.who } }]);
  });

  test("goes on where something that was heard failed, and tells whoever did it", async () => {
    const doings = there(given().doings);
    answerBy(async () => {
      throw new Error("no");
    });
    await doings.command(["status"]);
    await expect.poll(() => doings.told()).toHaveLength(1);
    expect(await doings.command(["nodes"])).toBe(true);
    await expect.poll(kinds).toEqual(["command", "command"]);
  });
}

function there<T>(one: T | undefined): T {
  if (one === undefined) throw new Error("the stand said that it has it");
  return one;
}

async function failureOf(work: Promise<unknown>): Promise<DeliveryError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(DeliveryError);
  return thrown as DeliveryError;
}
