import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  cancelPrompt,
  cancelPrompts,
  dueOf,
  editPrompt,
  listEvents,
  listPrompt,
  movePrompt,
  pendingOf,
  promptById,
  refusePrompts,
  sendDue,
  type SentPrompt,
  slowPrompts,
  stalledOn,
  switchPrompt,
  tellStalls,
} from "../../../src/supervisor/index.ts";
import { LogStage, NODE } from "../../support/log-stage.ts";

const SESSION = "ses_a";
const BY = { actor: "x", now: 5 };
let stage: LogStage;
let ids = 0;
beforeEach(async () => {
  stage = await LogStage.open();
  ids = 0;
});
afterEach(() => stage[Symbol.asyncDispose]());

type Told = Parameters<LogStage["tell"]>[1];
const about = (type: string, data: object = {}): Told => ({ type, session: SESSION, project: "p", data });
const outcome = (commandId: string): Told => ({
  type: "command.succeeded",
  data: { commandId, output: { sessionId: SESSION, messageId: "msg_1" } },
});

async function add(
  changes: { delivery?: "queue" | "steer"; anyway?: boolean; files?: unknown } = {},
  key?: string,
): Promise<string> {
  const id = `prm_${(ids += 1)}`;
  const { delivery = "queue", anyway = false, files = null } = changes;
  const row = {
    id,
    nodeId: NODE,
    sessionId: SESSION,
    project: "p",
    text: id,
    model: null,
    agent: null,
    format: null,
    files,
  };
  const idempotency = key === undefined ? undefined : { actor: "x", key, payloadHash: "h" };
  const listed = await listPrompt(stage.store, { ...row, delivery, anyway, actor: "x", createdAt: 1 }, idempotency);
  if (listed.kind === "conflict") throw new Error("a conflict");
  return listed.prompt.id;
}

let sends = 0;
const send = (now = 10): Promise<SentPrompt | undefined> =>
  sendDue(stage.store, { nodeId: NODE, sessionId: SESSION, commandId: `cmd_${(sends += 1)}`, epoch: "e1", now });
const textOf = ({ command }: SentPrompt): string => (command.args as { readonly text: string }).text;
const waiting = (): string[] => pendingOf(stage.store, NODE, SESSION).map(({ id }) => id);

/** What may happen, in any order. */
type Step =
  | { readonly does: "add" | "rest" | "work" | "wake" | "restart" | "return" }
  | { readonly does: "edit" | "cancel"; readonly which: number }
  | { readonly does: "move"; readonly which: number; readonly place: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ does: fc.constant("add" as const) }) },
    { weight: 6, arbitrary: fc.record({ does: fc.constantFrom("rest" as const, "wake" as const) }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constantFrom("work" as const, "return" as const) }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant("restart" as const) }) },
    {
      weight: 3,
      arbitrary: fc.record({ does: fc.constantFrom("edit" as const, "cancel" as const), which: fc.nat(5) }),
    },
    { weight: 3, arbitrary: fc.record({ does: fc.constant("move" as const), which: fc.nat(5), place: fc.nat(6) }) },
  ),
  { maxLength: 40 },
);

/** The list as a person sees it, and the session as its node does. */
class Model {
  order: string[] = [];
  readonly texts = new Map<string, string>();
  readonly sent: string[] = [];
  doing: "idle" | "busy" = "idle";
  /** sent, and not seen to begin */
  coming: SentPrompt | undefined;
  now = 10;

  /** Looks twice, as two wake-ups do, and compares what went out with the head of the list. */
  async wake(): Promise<void> {
    this.now += 100_000;
    const [one, other] = await Promise.all([send(this.now), send(this.now)]);
    const out = [one, other].filter((sent) => sent !== undefined);
    const due = this.doing === "idle" && this.coming === undefined ? this.order.slice(0, 1) : [];
    const expected = due.map((id) => [id, this.texts.get(id)]);
    const found = out.map((sent) => [sent.prompt.id, textOf(sent)]);
    if (JSON.stringify(found) !== JSON.stringify(expected))
      throw new Error(`sent ${JSON.stringify(found)}, due ${JSON.stringify(expected)}`);
    for (const sent of out) {
      this.order = this.order.slice(1);
      this.coming = sent;
      this.sent.push(sent.prompt.id);
    }
  }

  async do(step: Step): Promise<void> {
    const id = "which" in step ? this.order[step.which] : undefined;
    switch (step.does) {
      case "add": {
        const added = await add();
        this.order.push(added);
        this.texts.set(added, added);
        return;
      }
      case "rest":
        await this.#begin();
        await stage.tell(this.now, about("session.idle", { turn: "finished" }));
        this.doing = "idle";
        return this.wake();
      case "work":
        await stage.tell(this.now, about("session.busy"));
        this.doing = "busy";
        if (this.coming !== undefined) await stage.tell(this.now, outcome(this.coming.command.id));
        this.coming = undefined;
        return;
      case "wake":
        return this.wake();
      case "restart":
        await stage.goOnWith(`${stage.folder}/${this.file}.db`);
        return;
      case "return": {
        if (this.coming === undefined) return;
        const error = { code: "conflict", message: "at work", details: { atWork: true } };
        await stage.tell(this.now, { type: "command.failed", data: { commandId: this.coming.command.id, error } });
        this.order.unshift(this.coming.prompt.id);
        this.sent.pop();
        this.coming = undefined;
        return;
      }
      case "edit":
        if (id === undefined) return;
        await editPrompt(stage.store, id, `${id} anew`, BY);
        this.texts.set(id, `${id} anew`);
        return;
      case "cancel":
        if (id === undefined) return;
        await cancelPrompt(stage.store, id, BY);
        this.order = this.order.filter((one) => one !== id);
        return;
      case "move": {
        if (id === undefined) return;
        await movePrompt(stage.store, id, step.place + 1, BY);
        const others = this.order.filter((one) => one !== id);
        this.order = [...others.slice(0, step.place), id, ...others.slice(step.place)];
        return;
      }
      default:
        return step satisfies never;
    }
  }

  file = 1;

  /** What was sent begins a turn, and its node says so. */
  async #begin(): Promise<void> {
    if (this.coming === undefined) return;
    await stage.tell(this.now, about("session.busy"), outcome(this.coming.command.id));
    this.coming = undefined;
  }
}

describe("a queue", () => {
  it("sends each prompt once, in the order of the list, whatever is done to it and whoever dies", async () => {
    let file = 1;
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        await stage.anew();
        file += 1;
        ids = 0;
        const model = new Model();
        model.file = file;
        await stage.tell(1, about("session.idle", { turn: "none" }));
        for (const step of list) {
          await model.do(step);
          expect(waiting()).toEqual(model.order);
        }
        while (model.order.length > 0) await model.do({ does: "rest" });
        expect(model.sent.length).toBe(new Set(model.sent).size);
        expect(waiting()).toEqual([]);
      }),
      { numRuns: 40 },
    );
  });

  it("is one prompt for one key", async () => {
    expect([await add({}, "k"), await add({}, "k")]).toEqual(["prm_1", "prm_1"]);
    expect(waiting()).toEqual(["prm_1"]);
  });

  it("goes on behind a turn that came to its end, and not behind one that was stopped or failed", async () => {
    for (const [event, isSent] of [
      [about("session.idle", { aborted: true }), false],
      [about("session.error", { name: "APIError", message: "no credit" }), false],
      [about("session.idle", { turn: "finished", corrects: true }), true],
    ] as const) {
      await stage.tell(2, about("session.busy"));
      await cancelPrompts(stage.store, {}, { ...BY, reason: "anew" });
      const id = await add();
      await stage.tell(3, event);
      expect([event.type, (await send())?.prompt.id]).toEqual([event.type, isSent ? id : undefined]);
    }
  });

  it("takes what is given behind a stopped turn first, and at once", async () => {
    await stage.tell(2, about("session.busy"));
    const before = await add();
    await stage.tell(3, about("session.idle", { aborted: true }));
    const after = await add();
    expect(waiting()).toEqual([after, before]);
    expect((await send())?.prompt.id).toBe(after);
    expect(await send()).toBeUndefined();
  });

  it("sends at once what steers, in front of all that waits, and never into a question unless that was said", async () => {
    await stage.tell(2, about("session.busy"));
    await add();
    const steering = await add({ delivery: "steer" });
    expect((await send())?.prompt.id).toBe(steering);
    const asked = { interactionId: "per_1", kind: "permission", summary: "s", askedAt: 3 };
    await stage.tell(3, about("interaction.asked", asked));
    await add({ delivery: "steer" });
    const anyway = await add({ delivery: "steer", anyway: true });
    expect((await send())?.prompt.id).toBe(anyway);
    expect(await send()).toBeUndefined();
  });

  it("is refused, each with its reason, where its session ends", async () => {
    await stage.tell(2, about("session.busy"));
    await add();
    await add({ delivery: "steer" });
    expect(await refusePrompts(stage.store, NODE, SESSION, 5)).toEqual([]);
    await stage.tell(3, about("session.ended", { reason: "deleted" }));
    expect((await refusePrompts(stage.store, NODE, SESSION, 5)).map(({ state }) => state)).toEqual([
      "refused",
      "refused",
    ]);
    expect(waiting()).toEqual([]);
    expect((await promptById(stage.store, "prm_1"))?.reason).toBe("its session ended before it was sent");
  });

  it("changes nothing that was sent, and says so", async () => {
    await stage.tell(2, about("session.idle", { turn: "none" }));
    const id = await add();
    await send();
    const changes = [
      await editPrompt(stage.store, id, "other", BY),
      await movePrompt(stage.store, id, 1, BY),
      await switchPrompt(stage.store, id, { delivery: "steer", anyway: false }, BY),
      await cancelPrompt(stage.store, id, BY),
    ];
    expect(changes.map((change) => [change?.changed, change?.prompt.state])).toEqual(
      changes.map(() => [false, "sent"]),
    );
    expect((await promptById(stage.store, id))?.text).toBe(id);
  });

  it("waits a while before it tries again what an agent gave back", () => {
    const prompt = { id: "prm_1", delivery: "queue" as const, anyway: false, afterStop: false, retryAt: 100 };
    const session = { status: "idle" as const, turn: "finished" as const };
    const at = (now: number) =>
      dueOf([prompt], { session, isAsking: false, isComing: false, isRestarting: false, now });
    expect([at(99), at(100)]).toEqual([undefined, prompt]);
  });
});

describe("a prompt that changes nothing", () => {
  const stalled = async (): Promise<string[]> =>
    (await stalledOn(stage.store, [NODE])).map(({ commandId }) => commandId);
  const told = async (): Promise<string[]> =>
    (await listEvents(stage.store, { limit: 100 }))
      .map(({ type }) => type)
      .filter((type) => /stalled|begun/.test(type));

  it("is told of once, and taken back once it begins", async () => {
    await stage.queue({ id: "cmd_p", type: "session.prompt", sessionId: SESSION, createdAt: 100 });
    expect(await slowPrompts(stage.store, 99)).toEqual([]);
    const [slow] = await slowPrompts(stage.store, 100);
    expect(slow).toMatchObject({ commandId: "cmd_p", command: { state: "queued" } });
    for (let times = 0; times < 2; times += 1)
      await tellStalls(stage.store, [{ commandId: "cmd_p", reason: "it was not sent" }], 200);
    expect([await stalled(), await told()]).toEqual([["cmd_p"], ["prompt.stalled"]]);
    await stage.tell(300, about("session.busy"));
    expect(await stalled()).toEqual([]);
    expect(await slowPrompts(stage.store, 0)).toMatchObject([{ commandId: "cmd_p", state: "begun" }]);
    for (let times = 0; times < 2; times += 1)
      await tellStalls(stage.store, [{ commandId: "cmd_p", reason: undefined }], 400);
    expect(await told()).toEqual(["prompt.begun", "prompt.stalled"]);
    expect(await slowPrompts(stage.store, 1_000)).toEqual([]);
  });

  it("is not looked for where its command ended, nor where its turn was seen", async () => {
    await stage.queue({ id: "cmd_1", sessionId: SESSION, state: "sent", sentEpoch: "e1" });
    await stage.queue({ id: "cmd_2", sessionId: "ses_b", state: "sent", sentEpoch: "e1" });
    await stage.queue({ id: "cmd_3", type: "session.start", sessionId: null, args: { project: "p" } });
    const error = { code: "opencode_error", message: "no" };
    await stage.tell(3, { type: "command.failed", data: { commandId: "cmd_1", error } });
    await stage.tell(4, { ...about("session.busy"), session: "ses_b" });
    expect(await slowPrompts(stage.store, 1_000)).toEqual([]);
  });

  it("may be a start's, whose session is known once it is there", async () => {
    await stage.queue({ id: "cmd_s", type: "session.start", sessionId: null, args: { prompt: "hi" }, state: "sent" });
    await stage.tell(3, about("session.idle", { turn: "none" }));
    await stage.tell(4, outcome("cmd_s"));
    expect(await slowPrompts(stage.store, 1_000)).toMatchObject([{ commandId: "cmd_s", sessionId: SESSION }]);
    await stage.tell(5, about("session.busy"));
    expect(await slowPrompts(stage.store, 1_000)).toEqual([]);
  });
});
