import { describe, expect, test } from "vitest";
import type { OpencodeMessage } from "../harness/opencode.ts";
import { type HeldSession, type Turn, turnOf } from "./held-state.ts";
import { judgeRow, type Row } from "./judge-row.ts";

const row = (status: Row["status"], reason: string): Row => ({ id: "ses_a", node_id: "n", status, reason });
const held = (changed: Partial<HeldSession> = {}): HeldSession => ({
  id: "ses_a",
  parentId: undefined,
  updatedAt: 1,
  isArchived: false,
  status: "idle",
  asks: [],
  ...changed,
});

const FINISHED = row("idle", "idle for 9 s: finished its turn");
const ABORTED = row("idle", "idle for 9 s: its turn was aborted");
const INTERRUPTED = row("error", "error for 9 s: InterruptedError: opencode ended in the middle of this turn");
const FAILED = row("error", "error for 9 s: APIError: scripted error 401");
const BUSY = row("busy", "busy for 9 s: a turn is running");
const WAITING = row("waiting", "waiting 9 s for a person: bash: git push");
const ENDED = row("ended", "ended: killed");

test.each<[string, Row, HeldSession | undefined, Turn | undefined]>([
  ["finished", FINISHED, held(), "complete"],
  ["aborted", ABORTED, held(), "aborted"],
  ["interrupted", INTERRUPTED, held(), "open"],
  ["failed", FAILED, held(), "failed"],
  ["failed, and not written down yet", FAILED, held(), "open"],
  ["stopped with its opencode", INTERRUPTED, held(), "aborted by its end"],
  ["never answered", row("idle", "idle for 9 s: its last prompt has no answer"), held(), "unanswered"],
  ["failed, with a prompt behind it", FAILED, held(), "unanswered"],
  ["denied", row("idle", "idle for 9 s: what it asked for was denied, and opencode left it at that"), held(), "denied"],
  ["at work", BUSY, held({ status: "busy" }), undefined],
  ["waiting", WAITING, held({ status: "busy", asks: ["per_1"] }), undefined],
  ["archived", ENDED, held({ isArchived: true }), undefined],
  ["gone", ENDED, undefined, undefined],
  ["without a turn", row("idle", "idle for 9 s: no turn yet"), held(), "none"],
  [
    "without a turn, since its start failed",
    row("error", "error for 9 s: StartError: its start (cmd_1) failed after it was created: everything was stopped"),
    held(),
    "none",
  ],
])("a row that says what is so is right: %s", (_, shown, said, turn) => {
  expect(judgeRow(shown, said, turn)).toBeUndefined();
});

test.each<[string, Row, HeldSession | undefined, Turn | undefined]>([
  ["interrupted, and finished", INTERRUPTED, held(), "complete"],
  ["interrupted, and aborted by a person", INTERRUPTED, held(), "aborted"],
  ["interrupted, and at work", INTERRUPTED, held({ status: "busy" }), undefined],
  ["finished, and never ended", FINISHED, held(), "open"],
  ["not known, and finished", row("idle", "idle: its turn is over, and how it ended is not known"), held(), "complete"],
  ["finished, and a person denied what it asked for", FINISHED, held(), "denied"],
  ["interrupted, and a person denied what it asked for", INTERRUPTED, held(), "denied"],
  ["finished, and aborted", FINISHED, held(), "aborted"],
  ["finished, and never begun", FINISHED, held(), "none"],
  ["finished, and at work", FINISHED, held({ status: "busy" }), undefined],
  ["finished, and a question is open", FINISHED, held({ asks: ["per_1"] }), undefined],
  ["at work, and at rest", BUSY, held(), "complete"],
  ["at work, and a question is open", BUSY, held({ status: "busy", asks: ["per_1"] }), undefined],
  ["at work, and waiting for the provider", BUSY, held({ status: "retry" }), undefined],
  ["waiting, and nobody asks", WAITING, held({ status: "busy" }), undefined],
  ["ended, and it lives and works", ENDED, held({ status: "busy" }), undefined],
  ["at rest, and archived", FINISHED, held({ isArchived: true }), "complete"],
  ["at rest, and gone", FINISHED, undefined, undefined],
])("a row that says something else is wrong: %s", (_, shown, said, turn) => {
  expect(judgeRow(shown, said, turn)).toMatch(/^is shown /);
});

describe("how a turn stands is read from its newest message", () => {
  const message = (info: Partial<OpencodeMessage["info"]>, parts: OpencodeMessage["parts"] = []): OpencodeMessage => ({
    info: { id: "msg_a", role: "assistant", time: { created: 1, completed: 2 }, finish: "stop", ...info },
    parts,
  });
  const DENIAL = "The user rejected permission to use this specific tool call.";
  const tool = (state: object): OpencodeMessage["parts"] => [{ type: "tool", state }] as OpencodeMessage["parts"];

  test.each<[Turn, OpencodeMessage]>([
    ["complete", message({})],
    ["open", message({ time: { created: 1 } })],
    ["open", message({ finish: "tool-calls" }, tool({ status: "completed" }))],
    ["denied", message({ finish: "tool-calls" }, tool({ status: "error", error: DENIAL }))],
    [
      "open",
      message(
        { finish: "tool-calls" },
        tool({ status: "error", error: `${DENIAL.slice(0, -1)} with the following feedback: no` }),
      ),
    ],
    ["aborted", message({ error: { name: "MessageAbortedError" } })],
    ["failed", message({ error: { name: "APIError" } })],
    ["unanswered", message({ role: "user", time: { created: 1 } })],
  ])("%s", (turn, newest) => {
    expect(turnOf(newest)).toBe(turn);
  });
});
