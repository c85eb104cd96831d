import { EVENT_TYPES, STANDING_TYPES } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { isUrgentType } from "../../src/capabilities/notices/domain/urgency.ts";
import { isLoud, isStep, mutedReason, STEP_TYPES } from "../../src/capabilities/notices/domain/verbosity.ts";

describe("a channel that is quiet", () => {
  it("tells what failed or needs a person, and of nothing else", () => {
    expect(EVENT_TYPES.filter(isLoud).toSorted()).toEqual([
      "budget.reached",
      "budget.reopened",
      "budget.stopped",
      "budget.warned",
      "channel.stopped",
      "command.failed",
      "cost.drifted",
      "cost.provider_failing",
      "cost.reported",
      "event.invalid",
      "gap",
      "interaction.asked",
      "interaction.expired",
      "node.offline",
      "opencode.down",
      "policy.alerted",
      "policy.gave_up",
      "project.not_started",
      "prompt.refused",
      "prompt.stalled",
      "schedule.not_started",
      "session.error",
    ]);
    expect(["session.stuck", "cost.daily", "budget.exceeded"].map((type) => mutedReason("quiet", type))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("says why it does not tell the rest, which others do", () => {
    expect(mutedReason("quiet", "task.completed")).toContain("quiet (verbosity)");
    expect(mutedReason("normal", "task.completed")).toBeUndefined();
    expect(mutedReason("verbose", "task.completed")).toBeUndefined();
  });
});

describe("a step of a session", () => {
  it.each([
    ["session.message", { role: "user" }, true],
    ["session.message", { role: "assistant" }, false],
    ["session.started", { continues: "ses_0" }, true],
    ["session.started", {}, false],
    ["session.idle", {}, true],
    ["session.compacted", null, true],
    ["session.ended", {}, true],
    ["policy.acted", {}, true],
    ["session.error", {}, false],
  ])("%s %j: %s", (type, data, expected) => {
    expect(isStep(type, data)).toBe(expected);
  });

  it("is of a type that is followed, and of no other one", () => {
    const steps = EVENT_TYPES.filter((type) =>
      [{}, { role: "user" }, { continues: "s" }].some((data) => isStep(type, data)),
    );
    expect(steps.toSorted()).toEqual([...STEP_TYPES].toSorted());
  });
});

describe("what is told in quiet hours, too", () => {
  it("is what runs on, and what was to stop and did not", () => {
    expect([...EVENT_TYPES, "cost.daily", "budget.exceeded"].filter((type) => isUrgentType(type))).toEqual([
      "channel.stopped",
      "budget.warned",
      "budget.reached",
      "budget.stopped",
      "cost.reported",
      "cost.daily",
      "budget.exceeded",
    ]);
    expect(isUrgentType("command.failed", "session.kill", STANDING_TYPES)).toBe(true);
    expect(isUrgentType("command.failed", "session.start", STANDING_TYPES)).toBe(false);
  });
});
