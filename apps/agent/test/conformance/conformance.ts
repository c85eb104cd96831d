import { newUuid } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Abilities, ABILITIES, type Ability, type BackEnd } from "../../src/back-end.ts";
import { Ear } from "./ear.ts";
import { tellsItsLog } from "./log.ts";
import { tellsOfPeople } from "./people.ts";
import type { Stand } from "./stand.ts";
import { tellsTurns } from "./turns.ts";

/** What the tests of a back end work with; each makes sessions of its own. */
export interface Scene {
  readonly stand: Stand;
  readonly backEnd: BackEnd;
  /** everything that it said since it was opened */
  readonly ear: Ear;
  /** where sessions are created */
  readonly directory: string;
  readonly create: (more?: { readonly title?: string; readonly commandId?: string }) => Promise<string>;
  /** gives a session a prompt, and returns its message's id */
  readonly prompt: (session: string, text: string) => Promise<string>;
  /** the same, once its turn was at work and rests */
  readonly turn: (session: string, text: string) => Promise<string>;
}

/**
 * What a back end must do to be one: tests for it, over a server and a model whose answers are known. What it says that it
 * can, it does; what it says that it cannot, it refuses.
 */
export function conformance(abilities: Abilities, open: () => Promise<Stand>): void {
  let scene: Scene;
  beforeAll(async () => {
    scene = await sceneOf(await open());
  });
  afterAll(async () => {
    await scene.ear[Symbol.asyncDispose]();
    await scene.stand[Symbol.asyncDispose]();
  });
  const given = (): Scene => scene;

  it("says what it can, and who it is", async () => {
    const { backEnd } = scene;
    expect(backEnd.abilities).toEqual(abilities);
    expect(backEnd.name).toMatch(/\S/);
    expect(backEnd.run).toMatch(/\S/);
    expect(await backEnd.answers()).toBe(true);
  });

  it("begins its stream by saying that it is heard, and ends it with its signal", async () => {
    const over = new AbortController();
    const heard: string[] = [];
    const listening = (async () => {
      for await (const { kind } of scene.backEnd.facts(over.signal)) {
        heard.push(kind);
        over.abort();
      }
    })();
    // however it says that nobody listens any more
    await listening.catch(() => undefined);
    expect(over.signal.aborted).toBe(true);
    expect(heard[0]).toBe("opened");
  });

  describe("sessions", () => {
    knowsItsSessions(abilities, given);
  });
  describe("turns", () => {
    tellsTurns(abilities, given);
  });
  describe("people", () => {
    tellsOfPeople(abilities, given);
  });
  describe("the log", () => {
    tellsItsLog(abilities, given);
  });
  describe("what it cannot", () => {
    refusesTheRest(abilities, given);
  });
}

async function sceneOf(stand: Stand): Promise<Scene> {
  const { backEnd } = stand;
  const [directory] = stand.directories;
  const ear = new Ear(backEnd);
  await ear.first("opened");
  await backEnd.boot(directory);
  const prompt = async (sessionId: string, text: string): Promise<string> => {
    const messageId = backEnd.newMessageId(Date.now());
    await backEnd.prompt({ sessionId, messageId, text });
    return messageId;
  };
  return {
    stand,
    backEnd,
    ear,
    directory,
    create: ({ title = "a session", commandId = newUuid() } = {}) =>
      backEnd.createSession({ directory, title, commandId }),
    prompt,
    async turn(session, text) {
      const from = ear.now;
      const message = await prompt(session, text);
      await ear.rests(session, from);
      return message;
    },
  };
}

function knowsItsSessions({ can, servers }: Abilities, given: () => Scene): void {
  it("are found by their ids, their directory and the command that they were created for", async () => {
    const { backEnd, create, directory, stand } = given();
    const commandId = newUuid();
    const id = await create({ title: "mine", commandId });
    const known = { id, directory, title: "mine", commandId, isFork: false, parentId: undefined, costMicroUsd: 0 };
    expect(await backEnd.findSession(id)).toMatchObject({ ...known, archivedAt: undefined, undoneFrom: undefined });
    expect(await backEnd.hasSession(id)).toBe(true);
    expect((await backEnd.sessions(directory)).find((one) => one.id === id)).toMatchObject(known);
    expect((await backEnd.sessions(stand.directories[1])).map((one) => one.id)).not.toContain(id);
    expect((await backEnd.statuses(directory))[id]?.type ?? "idle").toBe("idle");
    expect(await backEnd.newestMessage(id)).toBeUndefined();
  });

  it("have models of which it says how much they take, as far as that is known", async () => {
    const { backEnd, directory, stand } = given();
    const { name, contextLimit } = stand.model;
    expect(await backEnd.contextLimit(directory, name)).toBe(contextLimit);
    for (const unknown of [`${name}-of-nobody`, `nobody-${name}`, "constructor/constructor", "no provider"])
      expect(await backEnd.contextLimit(directory, unknown)).toBeUndefined();
  });

  it("have models of which it says what they take beside text, as far as that is known", async () => {
    const { backEnd, directory, stand } = given();
    expect(await backEnd.takes(directory, stand.model.name)).toEqual(stand.model.takes);
    for (const unknown of [`${stand.model.name}-of-nobody`, "constructor/constructor", "no provider"])
      expect(await backEnd.takes(directory, unknown)).toBeUndefined();
  });

  it("can be begun with models and agents of which it says which there are", async () => {
    const { backEnd, directory, stand } = given();
    const { models, agents } = await backEnd.offers(directory);
    expect(models).toContain(stand.model.name);
    expect(agents.length).toBeGreaterThan(0);
    expect(agents.every((agent) => agent.length > 0)).toBe(true);
  });

  it("that it does not have are said not to be there", async () => {
    const { backEnd, create, stand } = given();
    const [unknown, message] = ["ses_00000000000000000000000000", backEnd.newMessageId(Date.now())];
    expect(await backEnd.hasSession(unknown)).toBe(false);
    expect(await backEnd.findSession(unknown)).toBeUndefined();
    expect(await backEnd.hasPrompt(unknown, message)).toBe(false);
    expect(await backEnd.hasPrompt(await create(), message)).toBe(false);
    expect((await backEnd.sessions(stand.directories[1])).map(({ id }) => id)).not.toContain(unknown);
  });

  it("say which one they go on from, whatever they are called", async () => {
    const { backEnd, create, directory, ear } = given();
    const old = await create();
    for (const title of [undefined, "mine", "mine (fork #1)"]) {
      const next = await backEnd.createSession({ directory, title, commandId: newUuid(), continues: old });
      expect(await backEnd.findSession(next)).toMatchObject({ continues: old });
      await ear.row(next, (change) => change.kind === "session" && change.session.continues === old);
      const copied = can.fork ? await backEnd.findSession(await backEnd.fork(next)) : undefined;
      expect(copied?.continues).toBeUndefined();
    }
    expect((await backEnd.findSession(old))?.continues).toBeUndefined();
  });

  it("are deleted with their history, and one that is not there is no failure", async () => {
    const { backEnd, create, turn, stand } = given();
    const id = await create();
    const message = await turn(id, stand.prompts.says("to be deleted"));
    await backEnd.deleteSession(id);
    expect([await backEnd.hasSession(id), await backEnd.hasPrompt(id, message)]).toEqual([false, false]);
    await backEnd.deleteSession(id);
  });

  it("are archived at a time", async () => {
    const { backEnd, create, ear } = given();
    const id = await create();
    await backEnd.archive(id, 1_700_000_000_000);
    expect(await backEnd.findSession(id)).toMatchObject({ archivedAt: 1_700_000_000_000 });
    await ear.row(id, (change) => change.kind === "session" && change.session.archivedAt === 1_700_000_000_000);
  });

  it.runIf(servers === "one")("of two directories have one server, and are asked for by their own", async () => {
    const { backEnd, ear, stand, prompt, create, directory } = given();
    const [, other] = stand.directories;
    const [here, there] = [await create(), await backEnd.createSession({ directory: other, commandId: newUuid() })];
    const from = ear.now;
    await prompt(there, stand.prompts.neverEnds);
    await ear.status(there, "busy", from);
    expect((await backEnd.statuses(other))[there]).toEqual({ type: "busy" });
    expect(Object.keys(await backEnd.statuses(directory))).not.toContain(there);
    await backEnd.abort(there);
    expect(await backEnd.hasSession(here)).toBe(true);
  });

  it.runIf(can.fork)("are copied with their messages, which are older than the copy", async () => {
    const { backEnd, create, ear, turn, stand } = given();
    const commandId = newUuid();
    const id = await create({ commandId });
    await turn(id, stand.prompts.says("to be copied"));
    const fork = await backEnd.fork(id);
    expect(await backEnd.findSession(fork)).toMatchObject({ id: fork, isFork: true, commandId });
    await ear.row(
      fork,
      (change) => change.kind === "part" && change.part.kind === "text" && change.part.text === "to be copied",
    );
    const { createdAt = 0 } = (await backEnd.findSession(fork)) ?? {};
    const copies = ear.messages(fork);
    expect(copies.map(({ role }) => role)).toEqual(["user", "assistant"]);
    for (const message of copies) expect(message.createdAt).toBeLessThan(createdAt);
  });
}

/** What is asked of a back end for each ability. */
const ASKED: { readonly [A in Ability]: (scene: Scene, session: string) => Promise<unknown> } = {
  queue: async ({ ear, stand, prompt }, session) => {
    const from = ear.now;
    await prompt(session, stand.prompts.neverEnds);
    await ear.status(session, "busy", from);
    return prompt(session, stand.prompts.says("too much"));
  },
  // nobody asks for it yet
  steer: () => Promise.reject(new HalError("bad_request", "not asked for")),
  permission: ({ backEnd, directory }) => backEnd.answerPermission({ id: "per_1", directory, reply: "once" }),
  question: ({ backEnd, directory }) => backEnd.answerQuestion({ id: "que_1", directory, answers: [["red"]] }),
  todos: ({ backEnd }, session) => backEnd.todos(session),
  diff: ({ backEnd }, session) => backEnd.diff(session, backEnd.newMessageId(Date.now())),
  format: ({ backEnd, stand }, session) =>
    backEnd.prompt({
      sessionId: session,
      messageId: backEnd.newMessageId(Date.now()),
      text: stand.prompts.says("too much"),
      format: { type: "json_schema", schema: { type: "object" } },
    }),
  files: ({ backEnd, stand }, session) =>
    backEnd.prompt({
      sessionId: session,
      messageId: backEnd.newMessageId(Date.now()),
      text: stand.prompts.says("too much"),
      files: [{ name: "shot.png", mimeType: "image/png", data: "iVBORw0KGgo=" }],
    }),
  fork: ({ backEnd }, session) => backEnd.fork(session),
};

function refusesTheRest({ can, history }: Abilities, given: () => Scene): void {
  const missing = (Object.keys(ABILITIES) as Ability[]).filter((ability) => !can[ability]);
  it.each(missing)("is refused with a reason: %s", async (ability) => {
    const scene = given();
    await expect(ASKED[ability](scene, await scene.create())).rejects.toBeInstanceOf(HalError);
  });

  it.runIf(history !== "log")("is refused with a reason: its log", async () => {
    await expect(given().backEnd.history({})).rejects.toBeInstanceOf(HalError);
  });
}
