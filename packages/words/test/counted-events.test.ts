import { expect, it } from "vitest";
import { countedEvents, noticeText } from "../src/index.ts";

it.each([
  [{ type: "session.error", things: 14, times: 14 }, "14 sessions failed"],
  [{ type: "session.error", things: 14, times: 16 }, "14 sessions failed (16 times)"],
  [{ type: "session.error", things: 1, times: 3 }, "one session failed (3 times)"],
  [{ type: "node.offline", things: 1_200, times: 1_200 }, "1,200 nodes went offline"],
  [{ type: "task.completed", things: 2, times: 2 }, "2 tasks were completed"],
  [{ type: "task.completed", things: 1, times: 1 }, "one task was completed"],
  [{ type: "of.tomorrow", things: 2, times: 2 }, "2 things were told as of.tomorrow"],
  [{ type: "constructor", things: 1, times: 1 }, "one thing was told as constructor"],
])("%o is said as %s", (happened, expected) => {
  expect(countedEvents(happened)).toBe(expected);
});

it("what somebody says to a session is said without who that is, as far as a line has room", () => {
  const about = { project: "web", node: "box" };
  const said = (data: unknown): string => noticeText({ type: "session.message", data }, about);
  expect(said({ role: "user", state: "complete", text: "go on\nnow" })).toBe("web on box is told: go on now");
  expect(said(null)).toBe("web on box is told");
});

it("a reason that begins as its sentence ends is said once", () => {
  const reason = "offline: no heartbeat for 3 s (3 missed)";
  const text = noticeText({ type: "node.offline", data: { reason } }, { project: null, node: "box" });
  expect(text).toBe("box is offline: no heartbeat for 3 s (3 missed)");
});
