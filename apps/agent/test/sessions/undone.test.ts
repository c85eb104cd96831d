import { readFileSync } from "node:fs";
import type { HalEvent } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { collapse } from "../../src/capabilities/sessions/domain/collapse.ts";
import type { Placement } from "../../src/capabilities/sessions/domain/placement.ts";
import { NEW_SESSION, type SavedSession } from "../../src/capabilities/sessions/domain/saved-session.ts";
import { SessionTeller } from "../../src/capabilities/sessions/domain/session-teller.ts";
import type { SourceRow } from "../../src/domain/source-fact.ts";
import { sourceRow } from "../../src/opencode/v1/source-row.ts";

const placement: Placement = { projectOf: () => "p1", isExternal: () => true };

/** The rows of the session that a real opencode undid something in. */
function rowsOf(name: string): SourceRow[] {
  const lines = readFileSync(new URL(`transcripts/${name}.jsonl`, import.meta.url), "utf8")
    .trim()
    .split("\n");
  const rows = lines.flatMap((line) => {
    const { payload } = JSON.parse(line) as { payload: { type: string; syncEvent?: unknown } };
    return payload.type === "sync" ? (sourceRow(payload.syncEvent) ?? []) : [];
  });
  return rows.filter(({ sessionId }) => sessionId === rows[0]?.sessionId);
}

function tellerOf(rows: readonly SourceRow[], saved: SavedSession = { ...NEW_SESSION, project: "p1", createdAt: 1 }) {
  return new SessionTeller(rows[0]?.sessionId ?? "", placement, saved, new Map());
}

/** What is told of what was undone, each row written by itself. */
function undoneIn(rows: readonly SourceRow[]): string[] {
  const teller = tellerOf(rows);
  const told: HalEvent[] = [];
  for (const row of rows) {
    teller.row(row, 9);
    teller.settle();
    told.push(...teller.take().events);
  }
  return told.flatMap(wordOf);
}

function wordOf(event: HalEvent): string[] {
  if (event.type === "session.updated" || event.type === "session.started")
    return [event.data.undoneFrom === undefined ? "counts" : `undone from ${event.data.undoneFrom.messageId}`];
  if (event.type === "message.removed") return [`removed ${event.data.messageId}`];
  return event.type === "session.message" ? [`message ${event.data.messageId}`] : [];
}

describe("what somebody undoes in opencode", () => {
  it("is told, and told to be brought back", () => {
    expect(undoneIn(rowsOf("18-revert-unrevert-fork"))).toEqual([
      "undone from msg_209f06256001cCAL1FRNyOZJyY",
      "counts",
    ]);
  });

  it("is told to be removed before it is told not to be undone any more, and before the next prompt", () => {
    const told = undoneIn(rowsOf("36-undone-removed"));
    const undone = told.findIndex((word) => word.startsWith("undone from "));
    const from = told[undone]?.replace("undone from ", "") ?? "";
    const gone = told.slice(told.indexOf(`message ${from}`), undone).filter((word) => word.startsWith("message "));
    expect(gone.length).toBeGreaterThan(1);
    const removed = [...new Set(gone)].map((word) => word.replace("message", "removed"));
    expect(told.slice(undone + 1, undone + 1 + removed.length).toSorted()).toEqual(removed.toSorted());
    expect(told[undone + 1 + removed.length]).toBe("counts");
  });

  it("tells the same of it when the rows are read again, and nothing twice", () => {
    const rows = rowsOf("36-undone-removed");
    const first = tellerOf(rows);
    for (const row of rows) first.row(row, 9);
    first.settle();
    const told = first.take().events;
    const again = tellerOf(rows);
    for (const row of rows) again.row(row, 99);
    again.settle();
    expect(again.take().events.map(({ sourceKey }) => sourceKey)).toEqual(told.map(({ sourceKey }) => sourceKey));
    const later = tellerOf(rows, first.saved);
    for (const row of rows) later.row(row, 99);
    expect(later.take().events.filter(({ type }) => type === "message.removed")).toEqual([]);
  });
});

const SESSION = "ses_1";
let seq = 0;
const row = (type: string, data: object): SourceRow =>
  sourceRow({ aggregateID: SESSION, seq: (seq += 1), type: `${type}.1`, data }) as SourceRow;
const answer = (id: string, completed?: number): SourceRow =>
  row("message.updated", { info: { id, role: "assistant", time: { created: 2, completed } } });
const prompt = (id: string): SourceRow[] => [
  row("message.updated", { info: { id, role: "user", time: { created: 2 } } }),
  row("message.part.updated", { part: { id: `prt_${id}`, messageID: id, type: "text", text: "hi" } }),
];

describe("a message that opencode removed", () => {
  it("is told as it was first, though it had no end", () => {
    const rows = [...prompt("msg_1"), answer("msg_2"), row("message.removed", { messageID: "msg_2" })];
    expect(undoneIn(rows)).toEqual(["message msg_1", "message msg_2", "removed msg_2"]);
    const teller = tellerOf(rows);
    for (const one of rows) teller.row(one, 9);
    teller.compared({ type: "idle" }, 10);
    // nobody waits for its end any more
    expect(teller.saved.safeSeq).toBe(rows.at(-1)?.seq);
  });

  it("is told by its parts where only the end of it was", () => {
    const rows = [
      ...prompt("msg_1"),
      answer("msg_2", 3),
      row("message.part.removed", { messageID: "msg_2", partID: "prt_7" }),
      row("message.part.removed", { messageID: "msg_2", partID: "prt_8" }),
    ];
    const teller = tellerOf(rows);
    for (const one of rows) teller.row(one, 9);
    const told = teller.take().events.filter(({ type }) => type === "message.removed");
    expect(told).toMatchObject([
      { at: 9, data: { messageId: "msg_2", partId: "prt_7" }, sourceKey: "ses_1/msg_2/removed/prt_7" },
      { at: 9, data: { messageId: "msg_2", partId: "prt_8" }, sourceKey: "ses_1/msg_2/removed/prt_8" },
    ]);
  });

  it("is not told where nothing was told of it", () => {
    expect(undoneIn([row("message.removed", { messageID: "msg_1" }), row("message.removed", {})])).toEqual([]);
  });
});

it("says that a known session is not undone any more after what was removed, though both are told together", () => {
  const facts = (type: "session.started" | "session.updated"): HalEvent => ({
    type,
    at: 1,
    data: { title: type, costMicroUsd: 0, createdAt: 1, updatedAt: 1, external: false },
  });
  const removed: HalEvent = { type: "message.removed", at: 1, data: { messageId: "msg_1" } };
  const types = (events: readonly HalEvent[]): string[] => collapse(events).map(({ type }) => type);
  expect(types([facts("session.updated"), removed, facts("session.updated")])).toEqual([
    "message.removed",
    "session.updated",
  ]);
  expect(types([facts("session.started"), removed, facts("session.updated")])).toEqual([
    "session.started",
    "message.removed",
  ]);
});
