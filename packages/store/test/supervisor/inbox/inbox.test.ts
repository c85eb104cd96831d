import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  countAtRest,
  dropInboxNote,
  inboxLookBy,
  inboxNotesBy,
  type InboxNoteRow,
  inboxNotesOn,
  keepInboxLook,
  keepInboxNote,
  markedSessions,
  namedAtRest,
  projectsNotStarted,
  prune,
  pruneStep,
  recordProjectStart,
  removeNode,
  type RestFilter,
  rootsOf,
  sessionsAtRest,
  sessionsThatFailed,
} from "../../../src/supervisor/index.ts";
import { WAITS } from "../../../src/supervisor/projects/writes.ts";
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
  it("are roots that failed, however long ago, and those that rest since a time or later, but for some reasons", async () => {
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
    const filter = { since: 0, besides: [] };
    const found = (changes: Partial<RestFilter>, limit = 10): string[] => {
      const wanted = { ...filter, ...changes };
      const ids = sessionsAtRest(stage.store, wanted, limit).map(({ id }) => id);
      expect(countAtRest(stage.store, wanted)).toBeGreaterThanOrEqual(ids.length);
      return ids;
    };
    expect(found({ since: 200 })).toEqual(["ses_new"]);
    expect(found({})).toEqual(["ses_new", "ses_old"]);
    expect(found({}, 1)).toEqual(["ses_new"]);
    expect(countAtRest(stage.store, filter)).toBe(2);
    expect(found({ since: 201 })).toEqual([]);
    expect(found({ besides: ["finished"] })).toEqual([]);
    expect([found({ project: "p" }).length, found({ project: "q" }).length]).toEqual([2, 0]);
    const named = namedAtRest(
      stage.store,
      filter,
      ["ses_old", "ses_work"].map((id) => ({ nodeId: NODE, id })),
    );
    expect(named).toEqual([{ nodeId: NODE, id: "ses_old", project: "p", since: 100 }]);
    expect(sessionsThatFailed(stage.store).map(({ id }) => id)).toEqual(["ses_err"]);
  });

  it("are those with a health mark that they may have, children among them", async () => {
    const quiet = (since: number) => ({ quietSince: since });
    const loop = { loop: { since: 90, kind: "errors", tool: "bash", count: 3 } };
    await stage.tell(100, about("ses_a", "session.busy"), about("ses_a", "session.health", quiet(40)));
    await stage.tell(100, about("ses_kid", "session.started", facts("ses_a")), about("ses_kid", "session.busy"));
    await stage.tell(100, about("ses_kid", "session.health", loop));
    await stage.tell(100, about("ses_rest", "session.idle"), about("ses_rest", "session.health", quiet(40)));
    const found = (before: number): unknown[] =>
      markedSessions(stage.store, before)
        .toSorted((one, other) => one.id.localeCompare(other.id))
        .map(({ id, parentId, quietSince, loopSince, health }) => [
          id,
          parentId,
          quietSince,
          loopSince,
          JSON.parse(health),
        ]);
    const kid = ["ses_kid", "ses_a", null, 90, loop];
    expect(found(40)).toEqual([["ses_a", null, 40, null, quiet(40)], kid]);
    expect(found(39)).toEqual([kid]);
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

describe("projects that did not begin", () => {
  it("are those whose newest turn came to nothing, until a session begins in them", async () => {
    const start = (project: string, eventId: number, code: string | null, reason: string | null) =>
      recordProjectStart(stage.store, { project, eventId, upstream: "api", at: 100, commandId: null, code, reason });
    await start("web", 1, "held", "it is held");
    await start("docs", 1, "held", "it was held");
    await start("docs", 2, null, null);
    await start("site", 1, WAITS, "it waits for web");
    const found = (): string[] => projectsNotStarted(stage.store).map(({ project, reason }) => `${project} ${reason}`);
    expect(found()).toEqual(["web it is held"]);
    await stage.tell(50, { ...about("ses_a", "session.busy"), project: "web" });
    expect(found()).toEqual(["web it is held"]);
    await stage.tell(200, { ...about("ses_b", "session.busy"), project: "web" });
    expect(found()).toEqual([]);
  });
});
