import type { HalEvent } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import {
  foldCommand,
  foldInteraction,
  foldSession,
  type CommandRow,
  type SessionRow,
} from "../../src/supervisor/index.ts";

const key = { nodeId: "n", sessionId: "ses_1", project: "p" };

function status(...events: HalEvent[]): SessionRow["status"] | undefined {
  return events.reduce<SessionRow | undefined>((row, event) => foldSession(row, key, event), undefined)?.status;
}

const busy: HalEvent = { type: "session.busy", at: 1, data: {} };
const idle: HalEvent = { type: "session.idle", at: 2, data: {} };
const failed: HalEvent = { type: "session.error", at: 2, data: { name: "APIError", message: "401" } };
const ended: HalEvent = { type: "session.ended", at: 3, data: { reason: "killed" } };

/** How its turn stands, for whoever judges by it and for people. */
function stands(...events: readonly HalEvent[]) {
  const row = events.reduce<SessionRow | undefined>((before, event) => foldSession(before, key, event), undefined);
  return row && [row.turn, row.statusReason];
}

describe("foldSession", () => {
  it.each<[string, HalEvent[], SessionRow["status"]]>([
    ["a turn ends idle", [busy, idle], "idle"],
    ["a failed turn stays failed although opencode is idle", [busy, failed, idle], "error"],
    ["a failed session works again", [busy, failed, idle, busy], "busy"],
    ["what ended stays ended, whatever comes late", [busy, ended, idle, failed], "ended"],
    ["a session that somebody takes up again is at work", [busy, ended, busy], "busy"],
  ])("%s", (_name, events, expected) => {
    expect(status(...events)).toBe(expected);
  });

  it("says why an idle session is idle", () => {
    const aborted: HalEvent = { type: "session.idle", at: 2, data: { aborted: true } };
    const rests = (turn: string): HalEvent => ({ type: "session.idle", at: 2, data: { turn } });
    expect(stands(aborted)).toEqual(["aborted", "its turn was aborted"]);
    expect(stands(rests("finished"))).toEqual(["finished", "finished its turn"]);
    expect(stands(rests("none"))).toEqual(["none", "no turn yet"]);
    expect(stands(rests("denied"))).toEqual(["denied", "what it asked for was denied, and opencode left it at that"]);
    expect(stands(rests("unanswered"))).toEqual(["unanswered", "its last prompt has no answer"]);
    const unheard = ["unknown", "its turn is over, and how it ended is not known"];
    expect(stands(rests("a word of a later agent"))).toEqual(unheard);
  });

  it("tells a turn that was interrupted from one that failed, whatever its message says", () => {
    const error = (name: string): HalEvent => ({
      type: "session.error",
      at: 2,
      data: { name, message: "InterruptedError: x" },
    });
    expect(stands(busy, error("InterruptedError"))?.[0]).toBe("interrupted");
    expect(stands(busy, error("APIError"))?.[0]).toBe("failed");
    expect(stands(busy, error("APIError"), busy)?.[0]).toBeNull();
  });

  it("makes up no reason where an agent gives none", () => {
    expect(stands(idle)).toEqual(["none", "no turn yet"]);
    expect(stands(busy, idle)).toEqual([null, "its turn is over"]);
  });

  it("does not say that there was no turn where a message of one was told", () => {
    const message = (role: "user" | "assistant"): HalEvent => ({
      type: "session.message",
      at: 1,
      data: { messageId: `msg_${role}`, role, state: "complete", createdAt: 1 } as never,
    });
    expect(stands(message("user"))).toEqual([null, "prompted, and no turn has been told yet"]);
    expect(stands(message("user"), message("assistant"))).toEqual([null, "what it does has not been told yet"]);
    expect(stands(message("user"), idle)).toEqual([null, "its turn is over"]);
    expect(stands(message("user"), busy, message("assistant"))).toEqual([null, "a turn is running"]);
  });

  it("takes a failure or an end back where its agent does, and not where opencode only rests", () => {
    const corrects: HalEvent = { type: "session.idle", at: 9, data: { turn: "finished", corrects: true } };
    expect(status(busy, failed, corrects)).toBe("idle");
    expect(status(busy, ended, corrects)).toBe("idle");
  });

  it("says when a retrying session tries next", () => {
    const retrying = (nextAt: number): HalEvent => ({
      type: "session.retrying",
      at: 2,
      data: { attempt: 2, message: "429", nextAt },
    });
    const reason = (nextAt: number) => foldSession(undefined, key, retrying(nextAt))?.statusReason;
    expect(reason(Date.UTC(2026, 10, 26, 21, 30, 5))).toBe("attempt 2 failed: 429; next try at 21:30:05 UTC");
    expect(reason(Number.MAX_SAFE_INTEGER)).toBe("attempt 2 failed: 429");
  });

  // I9
  it("takes cost and tokens from opencode's sums and never adds them", () => {
    const facts = (costMicroUsd: number): HalEvent => ({
      type: "session.updated",
      at: 4,
      data: { title: "t", costMicroUsd, createdAt: 1, updatedAt: 4, external: false },
    });
    const row = [facts(5), facts(9), facts(9)].reduce<SessionRow | undefined>(
      (one, event) => foldSession(one, key, event),
      undefined,
    );
    expect(row?.costMicroUsd).toBe(9);
  });
});

describe("foldInteraction", () => {
  const context = { nodeId: "n", sessionId: "ses_1", rootSessionId: "ses_1", project: "p", seenAt: 2 };
  const asked: HalEvent = {
    type: "interaction.asked",
    at: 1,
    data: {
      interactionId: "per_1",
      kind: "permission",
      summary: "bash",
      patterns: [],
      always: [],
      questions: [],
      askedAt: 1,
    },
  };
  const answered: HalEvent = {
    type: "interaction.answered",
    at: 2,
    data: { interactionId: "per_1", reply: "once", answers: [] },
  };
  const expired: HalEvent = { type: "interaction.expired", at: 3, data: { interactionId: "per_1", reason: "gone" } };

  it("keeps the first answer and does not open again", () => {
    const open = foldInteraction(undefined, context, asked, "");
    const closed = foldInteraction(open, context, answered, "ada");
    expect(closed).toMatchObject({ state: "answered", stateReason: "allowed once by ada", closedAt: 2 });
    expect(foldInteraction(closed, context, expired, "")).toBe(closed);
    expect(foldInteraction(closed, context, asked, "")).toBe(closed);
  });

  it("opens again where somebody waits for an answer although it was told that nobody does", () => {
    const open = foldInteraction(undefined, context, asked, "");
    const gone = foldInteraction(open, context, expired, "");
    expect(gone).toMatchObject({ state: "expired", closedAt: 3 });
    expect(foldInteraction(gone, context, asked, "")).toEqual(open);
  });
});

describe("foldCommand", () => {
  const sent = { id: "cmd_1", nodeId: "n", state: "sent", finishedAt: null } as CommandRow;
  const done: HalEvent = { type: "command.succeeded", at: 5, data: { commandId: "cmd_1", output: 1 } };
  const lost: HalEvent = {
    type: "command.failed",
    at: 6,
    data: { commandId: "cmd_1", error: { code: "internal", message: "x" } },
  };

  // I5
  it("has one outcome, the first, and only from the node that was asked", () => {
    const finished = foldCommand(sent, "n", done);
    expect(finished).toMatchObject({ state: "succeeded", finishedAt: 5 });
    expect(foldCommand(finished, "n", lost)).toBe(finished);
    expect(foldCommand(sent, "another", done)).toBe(sent);
  });

  it("keeps its outcome when its session shows up after all, and names that then, for its own node alone", () => {
    const data = { commandId: "cmd_1", sessionId: "ses_1", message: "session ses_1 was created after all" };
    const corrected: HalEvent = { type: "command.corrected", at: 7, data };
    const told = foldCommand(sent, "n", lost);
    const known = foldCommand(told, "n", corrected);
    expect(known).toEqual({
      ...told,
      sessionId: "ses_1",
      error: { code: "internal", message: data.message, details: { sessionId: "ses_1" } },
    });
    expect(foldCommand(known, "n", corrected)).toEqual(known);
    expect(foldCommand(told, "another", corrected)).toBe(told);
    for (const row of [sent, foldCommand(sent, "n", done)]) expect(foldCommand(row, "n", corrected)).toBe(row);
  });
});
