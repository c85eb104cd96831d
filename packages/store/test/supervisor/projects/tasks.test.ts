import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { completeTask, listEvents, reopenTask, taskOf } from "../../../src/supervisor/index.ts";
import { LogStage, NODE, OTHER_NODE } from "../../support/log-stage.ts";
import { taskAfter } from "../../../src/supervisor/projects/fold.ts";
import type { ProjectTaskRow } from "../../../src/supervisor/projects/schema.ts";

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
beforeEach(() => stage.anew());
afterAll(() => stage[Symbol.asyncDispose]());

const completed = { type: "task.completed", project: "api", session: "ses_a", data: { by: "file", title: "Mend it" } };
const reopened = { type: "task.reopened", project: "api", data: { by: "file" } };
const ann = (id: string, now: number) => ({ id, project: "api", by: "ann", now });
const state = async () => (await taskOf(stage.store, "api"))?.state;

describe("the task of a project", () => {
  it("is completed when its file says so, and open when that says something else", async () => {
    expect(await state()).toBeUndefined();
    await stage.tell(100, completed);
    const told = { state: "completed", by: "file", nodeId: NODE, sessionId: "ses_a", title: "Mend it", since: 100 };
    expect(await taskOf(stage.store, "api")).toMatchObject(told);
    await stage.tell(200, reopened);
    expect(await taskOf(stage.store, "api")).toMatchObject({ state: "open", since: 200, title: null, sessionId: null });
  });

  it("is what a person says, once for each request and each change", async () => {
    const said = { ...ann("one", 100), title: null };
    const key = { actor: "ann", key: "k", payloadHash: "h" };
    expect(await completeTask(stage.store, said, key)).toEqual({ kind: "new" });
    expect(await completeTask(stage.store, said, key)).toEqual({ kind: "known" });
    expect(await completeTask(stage.store, said, { ...key, payloadHash: "other" })).toEqual({ kind: "conflict" });
    expect(await completeTask(stage.store, { ...said, id: "two" }, undefined)).toEqual({ kind: "known" });
    expect(await taskOf(stage.store, "api")).toMatchObject({ state: "completed", by: "ann", nodeId: null, since: 100 });
    expect(await reopenTask(stage.store, ann("three", 200), undefined)).toEqual({ kind: "new" });
    expect(await reopenTask(stage.store, ann("four", 300), undefined)).toEqual({ kind: "known" });
    const log = (await listEvents(stage.store, { limit: 10 })).toReversed();
    expect(log.map(({ type, project, content }) => [type, project, content])).toEqual([
      ["task.completed", "api", { by: "ann" }],
      ["task.reopened", "api", { by: "ann" }],
    ]);
    expect((await taskOf(stage.store, "api"))?.eventId).toBe(log[1]?.id);
  });

  it("that a person said to be open is not made otherwise by what was told before", async () => {
    await stage.tell(100, completed);
    await reopenTask(stage.store, ann("one", 200), undefined);
    const row = (await taskOf(stage.store, "api")) as ProjectTaskRow;
    const before = { event: { ...completed, at: 1 } as never, eventId: 1, nodeId: NODE, receivedAt: 100 };
    expect(taskAfter(row, before)).toBeUndefined();
    expect(await state()).toBe("open");
  });

  it("is taken back by whoever said it, or by a file after a person, and by no other node's file", () => {
    const who = fc.constantFrom(NODE, OTHER_NODE);
    const type = fc.constantFrom("task.completed" as const, "task.reopened" as const);
    fc.assert(
      fc.property(fc.array(fc.record({ who, type }), { maxLength: 30 }), (told) => {
        let row: ProjectTaskRow | undefined;
        for (const [index, { who: nodeId, type: of }] of told.entries()) {
          const event = { type: of, at: 1, project: "api", data: { by: "file" } } as const;
          const one = { event, eventId: index + 1, nodeId, receivedAt: index };
          const isHeld = row?.state === "completed" && row.nodeId !== nodeId;
          const isNothing = isHeld || (of === "task.reopened" && row?.state !== "completed");
          const after = taskAfter(row, one);
          expect(after?.state).toBe(isNothing ? undefined : of === "task.completed" ? "completed" : "open");
          // applied twice it changes nothing
          expect(taskAfter(after ?? row, one)?.eventId).toBe(isNothing ? after?.eventId : undefined);
          row = after ?? row;
        }
      }),
    );
  });
});
