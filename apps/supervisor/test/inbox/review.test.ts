import type { ReviewView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connected, event, events, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const MINUTE = 60_000;

let stage: Stage;
let agent: Peer;
let now: number;
let seq: number;
let messages: number;

beforeEach(async () => {
  now = Date.parse("2026-11-24T22:00:00Z");
  [seq, messages] = [0, 0];
  const clock = { now: () => now, monotonic: () => performance.now() };
  stage = await startStage({ heartbeat_timeout_count: 1_000_000 }, {}, { clock });
  agent = await connected(stage, {
    projects: [
      { name: "p1", directory: "/srv/p1", state: "ready" },
      { name: "p2", directory: "/srv/p2", state: "ready" },
    ],
  });
});
afterEach(() => stage[Symbol.asyncDispose]());

type Told = readonly [session: string, type: string, data?: object, project?: string | undefined];

async function tell(...list: readonly Told[]): Promise<void> {
  const said = list.map(([session, type, data = {}, project = "p1"]) =>
    event((seq += 1), type, data, { session, at: now, project }),
  );
  agent.send(events(...said));
  while ((await agent.next("ack"))["seq"] !== seq);
}

const started = (session: string, more: object = {}, project?: string): Told => [
  session,
  "session.started",
  { title: `about ${session}`, createdAt: now, updatedAt: now, ...more },
  project,
];
const answer = (session: string, costMicroUsd: number, project?: string): Told => {
  messages += 1;
  const tokens = { input: 10, output: 5, reasoning: 0, cacheRead: 0, cacheWrite: 0 };
  const messageId = `msg_${messages}`;
  const said = { messageId, role: "assistant", state: "complete", text: "done", costMicroUsd, tokens, createdAt: now };
  return [session, "session.message", said, project];
};
const wrote = (session: string, filePath: string): Told => [
  session,
  "tool.execute.after",
  {
    messageId: "msg",
    callId: filePath,
    tool: "write",
    status: "completed",
    title: "x",
    input: { filePath, content: "y" },
  },
];
const finish = (session: string, project?: string): readonly Told[] => [
  [session, "session.busy", {}, project],
  [session, "session.idle", { turn: "finished" }, project],
];
async function review(query = ""): Promise<ReviewView> {
  return ((await (await stage.get(`/api/v1/inbox/review${query}`)).json()) as { data: ReviewView }).data;
}

describe("a review", () => {
  it("says what finished, which files it wrote and what it cost, what failed and what waits", async () => {
    await tell(
      started("ses_done"),
      started("ses_kid", { parentId: "ses_done" }),
      started("ses_err"),
      started("ses_ask"),
    );
    await tell(answer("ses_done", 30_000), answer("ses_kid", 5_000), wrote("ses_done", "/srv/p1/src/a.ts"));
    await tell(wrote("ses_kid", "/srv/p1/b.ts"), wrote("ses_done", "/srv/p1/src/a.ts"), ...finish("ses_done"));
    await tell(["ses_err", "session.error", { name: "APIError", message: "invalid key" }]);
    const asked = { interactionId: "per_1", kind: "permission", summary: "npm test", permission: "bash", askedAt: now };
    await tell(["ses_ask", "session.busy"], ["ses_ask", "interaction.asked", asked]);
    now += MINUTE;
    const view = await review();
    expect(view).toMatchObject({
      until: "2026-11-24T22:01:00.000Z",
      last_look: null,
      more_sessions: 0,
      counts: { blocked: 1, failed: 1, stuck: 0, finished: 1 },
      cost: { total: 0.035, tokens: 30, by_project: [{ project: "p1", cost: 0.035, tokens: 30 }] },
      interactions: { asked: 1, answered: 0, by_rule: 0, expired: 0 },
      policies: [],
    });
    expect(view.sessions).toMatchObject([
      {
        session_id: "ses_done",
        tier: "finished",
        status: "idle",
        title: "about ses_done",
        cost: 0.035,
        answers: 2,
        files: ["b.ts", "src/a.ts"],
        more_files: 0,
      },
      { session_id: "ses_err", tier: "failed", reason: expect.stringContaining("invalid key"), files: [] },
      { session_id: "ses_ask", tier: "blocked", status: "waiting" },
    ]);
    expect(view.waiting.map(({ id, tier }) => `${tier} ${id}`)).toEqual(["blocked per_1", "failed ses_err"]);
  });

  it("begins where one looked, and has what waits although it began before", async () => {
    await tell(started("ses_old"), answer("ses_old", 10_000), ...finish("ses_old"), started("ses_err"));
    await tell(["ses_err", "session.error", { name: "APIError", message: "invalid key" }]);
    now += MINUTE;
    const { until } = await review();
    await stage.send("POST", "/api/v1/inbox/look", { until });
    now += MINUTE;
    const after = await review();
    expect(after).toMatchObject({ last_look: until, sessions: [], cost: { total: 0, by_project: [] } });
    expect(after.waiting.map(({ id }) => id)).toEqual(["ses_err"]);
    await tell(started("ses_new"), answer("ses_new", 20_000), ...finish("ses_new"));
    const later = await review();
    expect([later.sessions.map(({ session_id: id }) => id), later.cost.total]).toEqual([["ses_new"], 0.02]);
    expect((await review("?since=2026-11-24T21:00:00Z")).cost.total).toBe(0.03);
  });

  it("narrows to a project, shows as many as were asked for, and adds all of them up", async () => {
    await tell(started("ses_a"), answer("ses_a", 10_000), ...finish("ses_a"));
    await tell(started("ses_b", {}, "p2"), answer("ses_b", 20_000, "p2"), ...finish("ses_b", "p2"));
    const one = await review("?project=p2");
    expect([one.sessions.map(({ session_id: id }) => id), one.cost.total]).toEqual([["ses_b"], 0.02]);
    const some = await review("?limit=1");
    expect(some).toMatchObject({ more_sessions: 1, cost: { total: 0.03 } });
    expect(some.cost.by_project.map(({ project }) => project)).toEqual(["p2", "p1"]);
    expect((await stage.get("/api/v1/inbox/review?project=p9")).status).toBe(400);
  });

  it("says what policies came to, and how questions were answered", async () => {
    await tell(started("ses_a"), ["ses_a", "session.busy"]);
    await tell(["ses_a", "session.health", { loop: { since: now, kind: "same_call", tool: "bash", count: 6 } }]);
    const asked = (id: string): Told => [
      "ses_a",
      "interaction.asked",
      { interactionId: id, kind: "permission", summary: "npm test", permission: "bash", askedAt: now },
    ];
    const rule = { id: "rule_1", source: "file", permission: "bash", reply: "allow" };
    await tell(asked("per_1"), asked("per_2"), asked("per_3"));
    await tell(["ses_a", "interaction.answered", { interactionId: "per_1", reply: "once" }]);
    await tell(["ses_a", "interaction.answered", { interactionId: "per_2", reply: "once", rule }]);
    await tell(["ses_a", "interaction.expired", { interactionId: "per_3", reason: "its session ended" }]);
    await expect
      .poll(async () => (await review()).policies, { timeout: 5_000 })
      .toEqual([{ policy: "alert_on_error_loop", outcome: "alerted", count: 1 }]);
    const view = await review();
    expect(view.interactions).toEqual({ asked: 3, answered: 1, by_rule: 1, expired: 1 });
    expect(view.decisions).toMatchObject([
      {
        policy: "alert_on_error_loop",
        outcome: "alerted",
        session_id: "ses_a",
        reason: expect.stringContaining("looping"),
      },
    ]);
  });
});
