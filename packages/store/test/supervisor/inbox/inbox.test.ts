import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  dropInboxNote,
  inboxLookBy,
  inboxNotesBy,
  type InboxNoteRow,
  inboxNotesOn,
  keepInboxLook,
  keepInboxNote,
  prune,
  pruneStep,
  removeNode,
  rootsOf,
  sessionsAtRest,
} from "../../../src/supervisor/index.ts";
import { LogStage, NODE, OTHER_NODE } from "../../support/log-stage.ts";

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
beforeEach(() => stage.anew());
afterAll(() => stage[Symbol.asyncDispose]());

const about = (session: string, type: string, data: object = {}) => ({ type, session, project: "p", data });
const facts = (parentId?: string) => ({
  title: "t",
  createdAt: 1,
  updatedAt: 1,
  ...(parentId === undefined ? {} : { parentId }),
});
const note = (changes: Partial<InboxNoteRow> = {}): InboxNoteRow => ({
  actor: "ann",
  nodeId: NODE,
  about: "session",
  itemId: "ses_a",
  sessionId: "ses_a",
  kind: "acknowledged",
  footing: "error@1",
  until: null,
  createdAt: 5,
  ...changes,
});

describe("what is noted of items", () => {
  it("is one note of an actor for an item, the newest", async () => {
    await keepInboxNote(stage.store, note(), undefined);
    await keepInboxNote(stage.store, note({ actor: "bob" }), undefined);
    await keepInboxNote(stage.store, note({ kind: "snoozed", until: 9, footing: "error@2", createdAt: 6 }), undefined);
    expect(inboxNotesBy(stage.store, "ann")).toEqual([
      note({ kind: "snoozed", until: 9, footing: "error@2", createdAt: 6 }),
    ]);
    expect(inboxNotesOn(stage.store, NODE, "ses_a").map(({ actor }) => actor)).toEqual(["ann", "bob"]);
    expect(await dropInboxNote(stage.store, note())).toBe(true);
    expect(await dropInboxNote(stage.store, note())).toBe(false);
    expect(inboxNotesOn(stage.store, NODE, "ses_a").map(({ actor }) => actor)).toEqual(["bob"]);
  });

  it("moves with its session to the node in its node's place, and goes with that one", async () => {
    await stage.tell(100, about("ses_a", "session.error", { name: "E", message: "m" }));
    await keepInboxNote(stage.store, note(), undefined);
    await stage.greet(OTHER_NODE);
    await removeNode(stage.store, { nodeId: NODE, heirId: OTHER_NODE }, 200);
    expect(inboxNotesBy(stage.store, "ann")).toEqual([note({ nodeId: OTHER_NODE })]);
    await removeNode(stage.store, { nodeId: OTHER_NODE }, 300);
    expect(inboxNotesBy(stage.store, "ann")).toEqual([]);
  });

  it("goes with what a session holds that ended long ago, and stays as long as it lives", async () => {
    const pruned = () => prune((place) => pruneStep(stage.store, place, { before: 1_000, limit: 100 }));
    await stage.tell(100, about("ses_a", "session.error", { name: "E", message: "m" }));
    await keepInboxNote(stage.store, note(), undefined);
    await keepInboxNote(stage.store, note({ about: "interaction", itemId: "per_1" }), undefined);
    await pruned();
    expect(inboxNotesBy(stage.store, "ann")).toHaveLength(2);
    await stage.tell(200, about("ses_a", "session.ended", { reason: "killed" }));
    await pruned();
    expect(inboxNotesBy(stage.store, "ann")).toEqual([]);
  });
});

describe("a look", () => {
  it("is kept for each actor, and never goes back", async () => {
    expect(inboxLookBy(stage.store, "ann")).toBeUndefined();
    expect(await keepInboxLook(stage.store, "ann", 7)).toBe(7);
    expect(await keepInboxLook(stage.store, "ann", 5)).toBe(7);
    expect(await keepInboxLook(stage.store, "ann", 8)).toBe(8);
    expect([inboxLookBy(stage.store, "ann"), inboxLookBy(stage.store, "bob")]).toEqual([8, undefined]);
  });
});

describe("sessions that may need somebody", () => {
  it("are roots that failed, however long ago, and those that rest since a time or later", async () => {
    const idle = { turn: "finished" };
    await stage.tell(100, about("ses_old", "session.busy"), about("ses_old", "session.idle", idle));
    await stage.tell(100, about("ses_err", "session.error", { name: "E", message: "m" }));
    await stage.tell(200, about("ses_new", "session.busy"), about("ses_new", "session.idle", idle));
    await stage.tell(
      200,
      about("ses_kid", "session.started", facts("ses_new")),
      about("ses_kid", "session.idle", idle),
    );
    await stage.tell(200, about("ses_work", "session.busy"));
    const found = (since: number): string[] =>
      sessionsAtRest(stage.store, since)
        .map(({ id }) => id)
        .toSorted();
    expect(found(200)).toEqual(["ses_err", "ses_new"]);
    expect(found(0)).toEqual(["ses_err", "ses_new", "ses_old"]);
    expect(found(201)).toEqual(["ses_err"]);
  });

  it("are found from any session below them; a parent that is not known ends the climb", async () => {
    await stage.tell(
      100,
      about("ses_root", "session.started", facts()),
      about("ses_kid", "session.started", facts("ses_root")),
      about("ses_grandkid", "session.started", facts("ses_kid")),
      about("ses_orphan", "session.started", facts("ses_gone")),
    );
    const ids = ["ses_root", "ses_kid", "ses_grandkid", "ses_orphan", "ses_unknown"];
    const roots = rootsOf(
      stage.store,
      ids.map((id) => ({ nodeId: NODE, id })),
    );
    expect(ids.map((id) => roots.get(`${NODE}/${id}`))).toEqual([
      "ses_root",
      "ses_root",
      "ses_root",
      "ses_gone",
      "ses_unknown",
    ]);
  });

  it("are looked for without an end where sessions are each other's parents", async () => {
    await stage.tell(
      100,
      about("ses_a", "session.started", facts("ses_b")),
      about("ses_b", "session.started", facts("ses_a")),
    );
    expect(rootsOf(stage.store, [{ nodeId: NODE, id: "ses_a" }]).size).toBe(1);
  });
});
