import type { SessionView, StatusView, WhyView } from "@hal/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connected, event, events, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const MINUTE = 60_000;

let stage: Stage;
let agent: Peer;
let aheadMs: number;
let seq: number;

const now = (): number => Date.now() + aheadMs;

beforeEach(async () => {
  aheadMs = 0;
  seq = 0;
  const clock = { now, monotonic: () => performance.now() };
  stage = await startStage({ heartbeat_interval_sec: 3_600 }, {}, { clock });
  agent = await connected(stage);
});
afterEach(() => stage[Symbol.asyncDispose]());

async function tell(session: string, type: string, data: object = {}): Promise<void> {
  agent.send(events(event((seq += 1), type, data, { session, at: now() })));
  while ((await agent.next("ack"))["seq"] !== seq);
}

async function ask<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

const marksOf = async (id: string): Promise<string[]> =>
  (await ask<SessionView>(`/sessions/${id}`)).health.map(({ mark }) => mark);

const gauge = async (mark: string): Promise<string | undefined> =>
  new RegExp(`^hal_o_swarm_sessions_marked\\{mark="${mark}"\\} (\\d+)$`, "m").exec(
    await (await stage.get("/metrics")).text(),
  )?.[1];

it("a session of which its agent told that nothing moves is stuck once the time has passed, until something moves", async () => {
  await tell("ses_a", "session.busy");
  await tell("ses_b", "session.busy");
  const last = { tool: "bash", about: "npm test", status: "running" };
  await tell("ses_a", "session.health", { quietSince: now() - MINUTE, last, task: "mend the engine" });
  aheadMs = 13 * MINUTE;
  expect(await marksOf("ses_a")).toEqual([]);
  aheadMs = 15 * MINUTE;
  const { health, task } = await ask<SessionView>("/sessions/ses_a");
  expect(health).toMatchObject([
    { mark: "stuck", reason: "nothing moved for 16 min: last was bash `npm test`, which is still running" },
  ]);
  expect(task).toEqual({ text: "mend the engine", written_at: null });
  // a busy session of which nothing was told is old, and not stuck for that
  expect(await marksOf("ses_b")).toEqual([]);
  expect((await ask<SessionView[]>("/sessions?health=stuck")).map(({ id }) => id)).toEqual(["ses_a"]);
  expect((await ask<StatusView>("/status")).health).toEqual({ stuck: 1, looping: 0 });
  expect([await gauge("stuck"), await gauge("looping")]).toEqual(["1", "0"]);
  const why = await ask<WhyView>("/why/ses_a");
  expect(why.findings.find(({ topic }) => topic === "turn")).toMatchObject({
    level: "problem",
    text: "busy, nothing moved for 16 min: last was bash `npm test`, which is still running",
    since: health[0]?.since,
  });
  expect(why.answer).toMatch(
    / is busy for 15 min: a turn is running\. Also: stuck, nothing moved for 16 min: last was bash/,
  );
  await tell("ses_a", "session.health", {});
  expect(await marksOf("ses_a")).toEqual([]);
  const moving = (await ask<WhyView>("/why/ses_a")).findings.find(({ topic }) => topic === "turn");
  expect(moving?.level).toBe("fine");
});

it("what nobody can know has no mark, and why says so", async () => {
  await tell("ses_a", "session.busy");
  const loop = { since: now(), kind: "same_call", tool: "bash", count: 6 };
  await tell("ses_a", "session.health", { quietSince: now() - 20 * MINUTE, loop });
  expect(await marksOf("ses_a")).toEqual(["stuck", "looping"]);
  agent.close();
  await agent.closed;
  aheadMs = 5 * 60 * MINUTE;
  await expect.poll(() => marksOf("ses_a")).toEqual([]);
  const texts = (await ask<WhyView>("/why/ses_a")).findings.map(({ text }) => text);
  expect(texts).toContain("whether anything moves in it is not known now");
  expect((await ask<StatusView>("/status")).health).toEqual({ stuck: 0, looping: 0 });
  expect(await ask<SessionView[]>("/sessions?health=looping")).toEqual([]);
});

it("from when on a session is stuck counts at once after a reload", async () => {
  await tell("ses_a", "session.busy");
  await tell("ses_a", "session.health", { quietSince: now() - 2 * MINUTE });
  expect(await marksOf("ses_a")).toEqual([]);
  stage.written["policies"] = { alert_on_stuck: { stuck_minutes: 2 }, alert_on_error_loop: { errors: 5 } };
  await stage.supervisor.reload();
  expect(await marksOf("ses_a")).toEqual(["stuck"]);
  await tell("ses_a", "session.health", { loop: { since: now(), kind: "errors", tool: "edit", count: 4 } });
  expect(await marksOf("ses_a")).toEqual([]);
});
