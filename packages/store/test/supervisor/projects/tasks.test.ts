import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  completedSession,
  completeTask,
  listEvents,
  prune,
  pruneStep,
  removeNode,
  reopenTask,
  taskOf,
} from "../../../src/supervisor/index.ts";
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

describe("the sessions that were at a task", () => {
  const busy = (session: string, project = "api") => ({ type: "session.busy", session, project, data: {} });
  const prompt = (session: string, id: string, createdAt: number) => ({
    type: "session.message",
    session,
    project: "api",
    data: { messageId: id, role: "user", state: "complete", text: "do it", createdAt },
  });
  const marked = (session: string, nodeId = NODE) => completedSession(stage.store, nodeId, session);
  const fromThere = { ...completed, session: undefined };

  it("are the one that its file was told with, and no other one", async () => {
    await stage.tell(100, busy("ses_a"), busy("ses_b"), completed);
    expect([marked("ses_a"), marked("ses_b")]).toMatchObject([{ by: "file", upTo: 100, continues: null }, undefined]);
    await stage.tell(200, reopened);
    expect(marked("ses_a")).toBeUndefined();
  });

  it("are all of its project there, those of the same frame, too, where it is not known which", async () => {
    await stage.tell(100, busy("ses_a"), busy("ses_web", "web"));
    await stage.tell(200, busy("ses_b"), fromThere);
    expect(["ses_a", "ses_b", "ses_web"].map((id) => marked(id)?.upTo)).toEqual([200, 200, undefined]);
  });

  it("are all of its project where a person says so, up to what each was prompted with last", async () => {
    await stage.tell(100, busy("ses_a"), prompt("ses_a", "msg_1", 70), prompt("ses_a", "msg_2", 90), busy("ses_b"));
    await completeTask(stage.store, { ...ann("one", 5), title: null }, undefined);
    expect([marked("ses_a"), marked("ses_b")]).toMatchObject([
      { by: "ann", upTo: 90 },
      { by: "ann", upTo: 0 },
    ]);
    await reopenTask(stage.store, ann("two", 6), undefined);
    expect([marked("ses_a"), marked("ses_b")]).toEqual([undefined, undefined]);
  });

  it("move and go with their node, and go with what is pruned", async () => {
    await stage.tell(100, busy("ses_a"), completed);
    await stage.greet(OTHER_NODE);
    await removeNode(stage.store, { nodeId: NODE, heirId: OTHER_NODE }, 200);
    expect([marked("ses_a"), marked("ses_a", OTHER_NODE)]).toMatchObject([undefined, { upTo: 100 }]);
    expect(await taskOf(stage.store, "api")).toMatchObject({ nodeId: OTHER_NODE });
    await removeNode(stage.store, { nodeId: OTHER_NODE }, 300);
    expect(marked("ses_a", OTHER_NODE)).toBeUndefined();

    await stage.anew();
    await stage.tell(100, busy("ses_a"), completed, {
      ...busy("ses_a"),
      type: "session.ended",
      data: { reason: "killed" },
    });
    await prune((place) => pruneStep(stage.store, place, { before: 1_000, limit: 100 }));
    expect(marked("ses_a")).toBeUndefined();
  });
});
