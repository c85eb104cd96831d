import { expect, it } from "vitest";
import { budgetStopOf, projectsOfRoots, spentByRoots, spentInSpan } from "../../../src/supervisor/index.ts";
import { LogStage, NODE as nodeId } from "../../support/log-stage.ts";

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 2, 8, 12);

const started = (session: string, project: string, parentId?: string) => ({
  type: "session.started",
  project,
  session,
  data: { title: "t", createdAt: NOW, updatedAt: NOW, ...(parentId === undefined ? {} : { parentId }) },
});
const answer = (id: string, session: string, costMicroUsd: number, createdAt = NOW) => ({
  type: "session.message",
  session,
  data: { messageId: id, role: "assistant", state: "complete", text: "x", model: "a/one", costMicroUsd, createdAt },
});

it("what was spent in a span is known by node, by project, and of root sessions with all below them", async () => {
  await using stage = await LogStage.open();
  await stage.tell(1, started("ses_a", "web"), started("ses_child", "web", "ses_a"), started("ses_b", "api"));
  await stage.tell(
    1,
    answer("m1", "ses_a", 1),
    answer("m2", "ses_child", 10),
    answer("m3", "ses_b", 100),
    answer("m4", "ses_a", 1_000, NOW - 2 * DAY),
  );

  expect([...spentInSpan(stage.store, {}, NOW)]).toEqual([[nodeId, 111]]);
  expect([...spentInSpan(stage.store, { project: "web" }, NOW)]).toEqual([[nodeId, 11]]);
  expect([...spentInSpan(stage.store, {}, 0)]).toEqual([[nodeId, 1_111]]);
  const roots = [
    { nodeId, id: "ses_a" },
    { nodeId, id: "ses_b" },
  ];
  expect(spentByRoots(stage.store, roots, NOW)).toEqual(
    new Map([
      [`${nodeId}/ses_a`, 11],
      [`${nodeId}/ses_b`, 100],
    ]),
  );
  expect(projectsOfRoots(stage.store, roots)).toEqual(
    new Map([
      [`${nodeId}/ses_a`, "web"],
      [`${nodeId}/ses_b`, "api"],
    ]),
  );
});

it("a stop for a budget is known until another turn of that session begins", async () => {
  await using stage = await LogStage.open();
  const data = { budgetId: "fleet.day", budget: "the fleet: $1.00 a day", reason: "all is spent" };
  await stage.tell(1, started("ses_a", "web"), started("ses_child", "web", "ses_a"));
  await stage.tell(1, { type: "budget.stopped", project: "web", session: "ses_a", data });
  await stage.tell(1, { type: "session.busy", project: "web", session: "ses_child", data: {} });
  expect(budgetStopOf(stage.store, nodeId, "ses_a")).toMatchObject({ ...data, critical: false });
  await stage.tell(1, { type: "session.busy", project: "web", session: "ses_a", data: {} });
  expect(budgetStopOf(stage.store, nodeId, "ses_a")).toBeUndefined();
});
