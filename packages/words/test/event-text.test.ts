import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventDetail, eventText } from "../src/index.ts";

describe("an event in words", () => {
  it.each<[string, unknown, string]>([
    ["session.message", { role: "user", state: "complete", text: "two\nlines" }, "session.message: user two lines"],
    ["session.message", { role: "assistant", state: "aborted", text: "" }, "session.message: assistant (aborted)"],
    ["session.started", { title: "Mend it", costMicroUsd: 0 }, "session.started: Mend it"],
    ["session.updated", { title: "Mend it", costMicroUsd: 7230 }, "session.updated: Mend it, $0.0072"],
    ["session.idle", { turn: "finished" }, "session.idle: finished its turn"],
    ["session.idle", { aborted: true }, "session.idle: its turn was aborted"],
    ["session.error", { name: "APIError", message: "no credit" }, "session.error: APIError: no credit"],
    ["session.retrying", { attempt: 2, message: "busy" }, "session.retrying: attempt 2 failed: busy"],
    [
      "tool.execute.after",
      { tool: "bash", status: "completed", title: "ls" },
      "tool.execute.after: bash completed, ls",
    ],
    ["interaction.asked", { interactionId: "per_1", summary: "bash: ls" }, "interaction.asked: bash: ls"],
    ["command.running", { commandId: "cmd_1" }, "command.running: cmd_1"],
    ["projects.changed", { projects: [] }, "projects.changed"],
    ["session.busy", {}, "session.busy"],
    ["from.the.future", { anything: 1 }, "from.the.future"],
  ])("%s %j", (type, data, text) => {
    expect(eventText({ type, data })).toBe(text);
  });

  it("is one line within its bound, whatever the data", () => {
    const types = ["session.idle", "session.started", "session.error", "from.the.future"];
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.anything(), (type, data) => {
        expect(eventDetail({ type, data })).not.toMatch(/[\n\r]/);
      }),
    );
    expect(eventDetail({ type: "node.offline", data: { reason: "x".repeat(500) } }, 20)).toBe(`${"x".repeat(19)}…`);
  });
});
