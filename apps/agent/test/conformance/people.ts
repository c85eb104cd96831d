import { expect, it } from "vitest";
import type { Abilities } from "../../src/back-end.ts";
import type { SourceRequest, ToolPart } from "../../src/domain/source-fact.ts";
import type { Scene } from "./conformance.ts";
import { textOf } from "./ear.ts";

/** How a session waits for a person, and what an answer comes to. */
export function tellsOfPeople({ can }: Abilities, given: () => Scene): void {
  asksForPermissions(it.runIf(can.permission), given);
  asksQuestions(it.runIf(can.question), given);
}

function asksForPermissions(test: typeof it.skip, given: () => Scene): void {
  test("are asked for a permission, by a session that stays at work until it has the answer", async () => {
    const { backEnd, directory, ear, stand } = given();
    const { id, request, from } = await asking(given(), stand.prompts.needsPermission);
    expect(request).toMatchObject({ kind: "permission", permission: expect.stringMatching(/\S/) });
    expect(await backEnd.permissions(directory)).toContainEqual(request);
    expect(await backEnd.permissions(stand.directories[1])).not.toContainEqual(request);
    expect((await backEnd.statuses(directory))[id]).toEqual({ type: "busy" });
    expect(await backEnd.answerPermission({ id: request.id, directory, reply: "once" })).toBe(true);
    await ear.first("answered", ({ requestId, reply }) => requestId === request.id && reply === "once");
    await ear.rests(id, from);
    expect(ear.messages(id).at(-1)).toMatchObject({ goesOn: false, error: undefined });
    expect(await backEnd.permissions(directory)).not.toContainEqual(request);
    // whoever comes later is told that nobody waits
    expect(await backEnd.answerPermission({ id: request.id, directory, reply: "reject" })).toBe(false);
  });

  test("end a turn by denying what it needs, and say so by the tool", async () => {
    const { backEnd, directory, ear, stand } = given();
    const { id, request, from } = await asking(given(), stand.prompts.needsPermission);
    expect(await backEnd.answerPermission({ id: request.id, directory, reply: "reject" })).toBe(true);
    await ear.first("answered", ({ requestId, reply }) => requestId === request.id && reply === "reject");
    await ear.rests(id, from);
    expect(toolOf(given(), id)).toMatchObject({ status: "error", isDenied: true });
  });

  test("deny it with a word to the model, which goes on with that", async () => {
    const { backEnd, directory, ear, stand } = given();
    const { id, request, from } = await asking(given(), stand.prompts.needsPermission);
    const answer = { id: request.id, directory, reply: "reject", message: "not today" } as const;
    expect(await backEnd.answerPermission(answer)).toBe(true);
    await ear.rests(id, from);
    expect(toolOf(given(), id)).toMatchObject({ status: "error", isDenied: false });
    const last = ear.messages(id).at(-1);
    expect(last).toMatchObject({ goesOn: false, error: undefined });
    expect(textOf(ear.parts(id, last?.id ?? ""))).toMatch(/\S/);
  });

  test("who answer what nobody asked are told so", async () => {
    const { backEnd, directory } = given();
    expect(await backEnd.answerPermission({ id: "per_00000000000000000000000000", directory, reply: "once" })).toBe(
      false,
    );
  });
}

function asksQuestions(test: typeof it.skip, given: () => Scene): void {
  test("are asked a question, and what they choose goes on with the turn", async () => {
    const { backEnd, directory, ear, stand } = given();
    const { id, request, from } = await asking(given(), stand.prompts.asksColour);
    expect(request).toMatchObject({
      kind: "question",
      questions: [{ options: [{ label: "red" }, { label: "blue" }] }],
    });
    expect(await backEnd.questions(directory)).toContainEqual(request);
    expect(await backEnd.answerQuestion({ id: request.id, directory, answers: [["blue"]] })).toBe(true);
    const { fact } = await ear.first("answered", ({ requestId }) => requestId === request.id);
    expect(fact).toMatchObject({ reply: "answer", answers: [["blue"]] });
    await ear.rests(id, from);
    expect(toolOf(given(), id)).toMatchObject({ status: "completed", output: expect.stringContaining("blue") });
    expect(await backEnd.answerQuestion({ id: request.id, directory, answers: [["red"]] })).toBe(false);
  });

  test("end a turn by leaving its question", async () => {
    const { backEnd, directory, ear, stand } = given();
    const { id, request, from } = await asking(given(), stand.prompts.asksColour);
    expect(await backEnd.answerQuestion({ id: request.id, directory, answers: undefined })).toBe(true);
    await ear.first("answered", ({ requestId, reply }) => requestId === request.id && reply === "reject");
    await ear.rests(id, from);
    expect(toolOf(given(), id)).toMatchObject({ status: "error", isDenied: true });
  });
}

/** A session that waits for a person. */
async function asking(
  { create, ear, prompt }: Scene,
  text: string,
): Promise<{ readonly id: string; readonly request: SourceRequest; readonly from: number }> {
  const id = await create();
  const from = ear.now;
  await prompt(id, text);
  const { request } = (await ear.first("asked", (fact) => fact.request.sessionId === id)).fact;
  expect(ear.messages(id).map((message) => message.id)).toContain(request.askedBy);
  return { id, request, from };
}

/** The tool that somebody was asked about. */
function toolOf({ ear }: Scene, id: string): ToolPart | undefined {
  const parts = ear.messages(id).flatMap((message) => ear.parts(id, message.id));
  return parts.find((part): part is ToolPart => part.kind === "tool");
}
