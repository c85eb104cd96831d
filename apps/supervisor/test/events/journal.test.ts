import { createLogger } from "@hal/daemon";
import type { EventRow } from "@hal/store/supervisor";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Journal } from "../../src/capabilities/events/journal.ts";
import { connected, event, events } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await startStage({ heartbeat_interval_sec: 30 });
});
afterEach(() => stage[Symbol.asyncDispose]());

const GAP = { from: 1, reason: "outbox_full" };

describe("the journal", () => {
  it("says what an operator must hear of, whoever told it", async () => {
    const agent = await connected(stage, { outbox: { epoch: "e1", firstSeq: 1, lastSeq: 2, acked: 0 } });
    agent.send(
      events({ ...event(1, "gap", GAP), session: undefined }, event(2, "session.message", { messageId: "m" })),
    );
    await agent.next("ack");
    await expect.poll(() => stage.lines.join("")).toContain("a gap in the event log");
    await expect.poll(() => stage.lines.join("")).toContain("an event did not fit");
    const gap = stage.lines.find((line) => line.includes("a gap in the event log")) ?? "{}";
    expect(JSON.parse(gap)).toMatchObject({ level: "warn", reason: "outbox_full", event: expect.any(Number) });
  });

  it("is a follower that status shows", async () => {
    const status = (await (await stage.get("/api/v1/status")).json()) as { data: { followers: unknown[] } };
    expect(status.data.followers).toContainEqual({
      name: "journal",
      lag_events: 0,
      stuck: null,
      set_aside: 0,
      last_set_aside: null,
    });
  });
});

it("of a flood of one kind the first is told at once, and the rest with their number", () => {
  const lines: string[] = [];
  const log = createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } });
  let now = 0;
  const journal = new Journal({ log, clock: { now: () => now, monotonic: () => now } });
  const row = (id: number, nodeId: string): EventRow =>
    ({ id, nodeId, type: "gap", content: { reason: "opencode" } }) as EventRow;
  const handle = (one: EventRow): unknown => journal.follower.handle(one, new AbortController().signal);
  for (let id = 1; id <= 1_000; id += 1) void handle(row(id, "n1"));
  void handle(row(1_001, "n2"));
  expect(lines.map((line) => (JSON.parse(line) as { event: number }).event)).toEqual([1, 1_001]);
  now = 60_000;
  journal.writeCounted();
  expect(JSON.parse(lines[2] ?? "{}")).toMatchObject({ event: 1_000, count: 999, node: "n1" });
});
