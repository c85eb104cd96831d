import { expect, it } from "vitest";
import type { Abilities } from "../../src/back-end.ts";
import type { SourceMessage, ToolPart } from "../../src/domain/source-fact.ts";
import type { Scene } from "./conformance.ts";
import { textOf } from "./ear.ts";

/** How turns are told: their messages by rows, what a session does by its status, and text as it is written. */
export function tellsTurns(abilities: Abilities, given: () => Scene): void {
  tellsAnswers(abilities, given);
  tellsEnds(abilities, given);
  tellsWork(abilities, given);
}

function tellsAnswers({ cost }: Abilities, given: () => Scene): void {
  it("are a prompt under the id that it was given, and an answer that ends", async () => {
    const { backEnd, create, ear, turn, stand } = given();
    const id = await create();
    const text = stand.prompts.says("seven words are more than one piece");
    const prompt = await turn(id, text);
    const [asked, answer, ...others] = ear.messages(id);
    expect(others).toEqual([]);
    expect(asked).toMatchObject({ id: prompt, role: "user", error: undefined });
    expect(textOf(ear.parts(id, prompt))).toBe(text);
    expect(answer).toMatchObject({ role: "assistant", parentId: prompt, goesOn: false, error: undefined });
    expect(answer?.completedAt).toBeGreaterThanOrEqual(answer?.createdAt ?? Number.NaN);
    expect(answer?.model).toMatch(/.+\/.+/);
    expect(textOf(ear.parts(id, answer?.id ?? ""))).toBe("seven words are more than one piece");
    expect(await backEnd.hasPrompt(id, prompt)).toBe(true);
    const newest = await backEnd.newestMessage(id);
    expect(newest?.message).toMatchObject({ id: answer?.id, completedAt: answer?.completedAt });
    expect(textOf(newest?.parts ?? [])).toBe("seven words are more than one piece");
  });

  it("are written for the live lane piece by piece, to the same text", async () => {
    const { create, ear, turn, stand } = given();
    const id = await create();
    await turn(id, stand.prompts.says("one two three four five six seven"));
    const answer = ear.messages(id).at(-1);
    const deltas = ear.facts.filter((fact) => fact.kind === "delta" && fact.messageId === answer?.id);
    expect(deltas.length).toBeGreaterThan(1);
    expect(deltas.map((fact) => (fact.kind === "delta" ? fact.text : "")).join("")).toBe(
      textOf(ear.parts(id, answer?.id ?? "")),
    );
    const live = ear.facts.filter((fact) => fact.kind === "message" && fact.message.id === answer?.id);
    expect(live.at(-1)).toMatchObject({ sessionId: id, message: { completedAt: answer?.completedAt } });
  });

  it("cost something, and so does their session", async () => {
    const { backEnd, create, turn, stand } = given();
    const id = await create();
    await turn(id, stand.prompts.says("dear"));
    await expect.poll(async () => (await backEnd.findSession(id))?.costMicroUsd, WAIT).toBeGreaterThan(0);
    expect((await backEnd.findSession(id))?.tokens.output).toBeGreaterThan(0);
  });

  it.runIf(cost === "step")("cost each what adds up to what their session costs", async () => {
    const { backEnd, create, ear, turn, stand } = given();
    const id = await create();
    await turn(id, stand.prompts.runs("dear"));
    await turn(id, stand.prompts.says("dearer"));
    const costs = ear.messages(id).flatMap(({ role, costMicroUsd }) => (role === "assistant" ? [costMicroUsd] : []));
    expect(costs).toHaveLength(3);
    expect(Math.min(...costs)).toBeGreaterThan(0);
    const sum = costs.reduce((total, one) => total + one, 0);
    // each is rounded by itself
    const difference = async () => Math.abs(((await backEnd.findSession(id))?.costMicroUsd ?? 0) - sum);
    await expect.poll(difference, WAIT).toBeLessThanOrEqual(costs.length);
  });
}

const WAIT = { timeout: 20_000 };

function tellsEnds({ can }: Abilities, given: () => Scene): void {
  it("that somebody stops are over, and say that it was on purpose", async () => {
    const { backEnd, create, directory, ear, prompt, turn, stand } = given();
    const id = await create();
    const from = ear.now;
    const message = await prompt(id, stand.prompts.neverEnds);
    const busy = await ear.status(id, "busy", from);
    await ear.first("delta", ({ sessionId }) => sessionId === id, from);
    expect((await backEnd.statuses(directory))[id]).toEqual({ type: "busy" });
    expect(await backEnd.newestMessage(id)).toMatchObject({ message: { parentId: message, completedAt: undefined } });
    await backEnd.abort(id);
    await ear.status(id, "idle", busy);
    const isStopped = ({ parentId, error }: SourceMessage) => parentId === message && error?.isAbort === true;
    await ear.row(id, (change) => change.kind === "message" && isStopped(change.message));
    await expect.poll(async () => (await backEnd.statuses(directory))[id]?.type ?? "idle", WAIT).toBe("idle");
    // one that rests may be stopped, too, and takes the next prompt
    await backEnd.abort(id);
    await turn(id, stand.prompts.says("at work again"));
  });

  it("that fail say why, and rest", async () => {
    const { create, ear, turn, stand } = given();
    const id = await create();
    const message = await turn(id, stand.prompts.fails);
    const { fact } = await ear.first("failed", ({ sessionId }) => sessionId === id);
    expect(fact.error).toMatchObject({
      isAbort: false,
      name: expect.stringMatching(/\S/),
      message: expect.stringMatching(/\S/),
    });
    const isFailed = ({ parentId, error }: SourceMessage) => parentId === message && error !== undefined;
    await ear.row(id, (change) => change.kind === "message" && isFailed(change.message));
  });

  it.runIf(can.queue)("wait for their turn, and are all done in their order", async () => {
    const { create, ear, prompt, stand } = given();
    const id = await create();
    const first = await prompt(id, stand.prompts.takesTime);
    await ear.status(id, "busy");
    const second = await prompt(id, stand.prompts.says("afterwards"));
    await ear.row(
      id,
      (change) => change.kind === "part" && change.part.kind === "text" && change.part.text === "afterwards",
    );
    const ended =
      (parent: string) =>
      ({ parentId, completedAt, goesOn }: SourceMessage) =>
        parentId === parent && completedAt !== undefined && !goesOn;
    for (const one of [first, second])
      await ear.row(id, (change) => change.kind === "message" && ended(one)(change.message));
    const answers = ear.messages(id).filter(({ role }) => role === "assistant");
    expect(answers.map(({ parentId }) => parentId)).toEqual([first, second]);
    expect(answers[1]?.createdAt).toBeGreaterThanOrEqual(answers[0]?.completedAt ?? Number.NaN);
  });
}

function tellsWork({ can }: Abilities, given: () => Scene): void {
  it("say of a tool what it was given and what came of it, and go on with that", async () => {
    const { create, ear, turn, stand } = given();
    const id = await create();
    const prompt = await turn(id, stand.prompts.runs("some words"));
    const [asks, answers] = ear.messages(id).filter(({ role }) => role === "assistant");
    expect(asks).toMatchObject({ parentId: prompt, goesOn: true, completedAt: expect.any(Number) });
    expect(answers).toMatchObject({ parentId: prompt, goesOn: false, completedAt: expect.any(Number) });
    const tool = ear.parts(id, asks?.id ?? "").find((part): part is ToolPart => part.kind === "tool");
    expect(tool).toMatchObject({ status: "completed", isDenied: false, output: expect.stringContaining("some words") });
    expect([0, undefined]).toContain(tool?.exitCode);
    expect(JSON.stringify(tool)).toMatch(/"input":\{.*some words.*\}/);
    expect(tool?.endedAt).toBeGreaterThanOrEqual(tool?.startedAt ?? Number.NaN);
  });

  it.runIf(can.todos)("say what is on the list", async () => {
    const { backEnd, create, ear, turn, stand } = given();
    const id = await create();
    await turn(id, stand.prompts.lists);
    const todos = [{ content: "Write it", status: "completed", priority: "high" }];
    expect((await ear.first("todos", ({ sessionId }) => sessionId === id)).fact.todos).toEqual(todos);
    expect(await backEnd.todos(id)).toEqual(todos);
  });

  it.runIf(can.diff)("say what they changed in files, each its own", async () => {
    const { backEnd, create, turn, stand } = given();
    const id = await create();
    const nothing = await turn(id, stand.prompts.says("nothing"));
    const prompt = await turn(id, stand.prompts.writes);
    await expect.poll(() => backEnd.diff(id, prompt), WAIT).toHaveLength(1);
    expect(await backEnd.diff(id, prompt)).toEqual([
      { file: "notes.txt", status: "added", additions: 2, deletions: 0, patch: expect.stringContaining("+one\n+two") },
    ]);
    expect(await backEnd.diff(id, nothing)).toEqual([]);
  });

  it("have ids that ascend, however many are made at once", () => {
    const { backEnd } = given();
    const now = Date.now();
    const ids = Array.from({ length: 100 }, (_, index) => backEnd.newMessageId(now + Math.floor(index / 10)));
    expect(ids.toSorted()).toEqual(ids);
    expect(new Set(ids).size).toBe(ids.length);
  });
}
