import type { EventView, SimulationView } from "@hal/protocol";
import { expect, it } from "vitest";
import { DueTimes } from "../../src/capabilities/policies/due-times.ts";
import { dial, event, events, hello } from "../support/socket.ts";
import { startStage } from "../support/start.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const RESUME = { enabled: true, idle_threshold_seconds: 300, max_retries: 3, retry_reset_seconds: 3_600 };

it("replays the log against a configuration, comes to what policies would have, and does nothing", async () => {
  let now = Date.parse("2026-03-02T10:00:00Z");
  const clock = { now: () => now, monotonic: () => performance.now() };
  await using stage = await startStage({ heartbeat_timeout_count: 1_000_000 }, {}, { clock });
  const agent = await dial(stage.supervisor.port);
  agent.send(hello({ features: ["stop"] }));
  await agent.next("welcome");
  let seq = 0;
  const tell = async (...list: readonly (readonly [string, object?, string?])[]): Promise<void> => {
    agent.send(
      events(
        ...list.map(([type, data = {}, session = "ses_one"]) => {
          seq += 1;
          return event(seq, type, data, { at: now, session });
        }),
      ),
    );
    await agent.next("ack");
  };
  const message = (id: string, text: string): readonly [string, object] => [
    "session.message",
    { messageId: id, role: "user", state: "complete", text, createdAt: now },
  ];
  const simulate = async (config?: object, since = "2026-03-02T09:00:00Z") => {
    const query = new URLSearchParams({ since, ...(config === undefined ? {} : { config: JSON.stringify(config) }) });
    const response = await stage.get(`/api/v1/policies/simulation?${query.toString()}`);
    return (await response.json()) as { data: SimulationView; error?: string };
  };
  const came = async (config?: object, since?: string): Promise<string[]> =>
    (await simulate(config, since)).data.decisions.map(
      ({ at, policy, outcome, session_id: id }) => `${at.slice(11, 19)} ${policy} ${outcome} ${String(id)}`,
    );

  await tell(message("msg_1", "do it"), ["session.busy"], ["session.idle", { turn: "finished" }]);
  now += HOUR;
  await tell(["session.busy"], ["session.idle", { aborted: true, turn: "aborted" }]);
  now += HOUR;
  const facts = { title: "t", parentId: "ses_one", createdAt: now, updatedAt: now };
  await tell(
    ["session.started", facts, "ses_child"],
    ["session.message", message("msg_c", "x")[1], "ses_child"],
    ["session.idle", { turn: "finished" }, "ses_child"],
  );
  await tell(message("msg_2", "again"), ["session.busy"], ["session.idle", { turn: "finished" }]);
  now += 700 * SECOND;

  const before = (await (await stage.get("/api/v1/events?limit=200")).json()) as { data: EventView[] };
  expect(await came()).toEqual([]);
  expect(await came({ policies: { resume_on_idle: { ...RESUME, max_retries: 2 } } })).toEqual([
    "10:05:00 resume_on_idle acted ses_one",
    "10:10:00 resume_on_idle acted ses_one",
    "10:15:00 resume_on_idle gave_up ses_one",
    "11:05:00 resume_on_idle skipped ses_one",
    "12:05:00 resume_on_idle acted ses_one",
    "12:10:00 resume_on_idle acted ses_one",
  ]);
  const quiet = { from: "10:00", to: "12:08", time_zone: "UTC" };
  expect(await came({ policies: { resume_on_idle: RESUME, quiet_hours: quiet } })).toEqual([
    "10:05:00 resume_on_idle skipped ses_one",
    "11:05:00 resume_on_idle skipped ses_one",
    "12:05:00 resume_on_idle skipped ses_one",
    "12:08:00 resume_on_idle acted ses_one",
  ]);
  // nothing happened to it since, and it is as it was
  expect(await came({ policies: { resume_on_idle: RESUME } }, "2026-03-02T12:01:00Z")).toEqual([
    "12:06:00 resume_on_idle acted ses_one",
    "12:11:00 resume_on_idle acted ses_one",
  ]);
  const after = (await (await stage.get("/api/v1/events?limit=200")).json()) as { data: EventView[] };
  expect(after.data.map(({ id }) => id)).toEqual(before.data.map(({ id }) => id));
  expect(agent.count("command")).toBe(0);
  now += HOUR;
  await tell(message("msg_3", "once more"), ["session.busy"], ["task.completed", { by: "file" }]);
  await tell(["session.idle", { turn: "finished" }]);
  now += HOUR / 2;
  await tell(["task.reopened", { by: "file" }]);
  now += 10 * SECOND;
  expect((await came({ policies: { resume_on_idle: RESUME } })).slice(-2)).toEqual([
    "13:16:40 resume_on_idle skipped ses_one",
    "13:41:40 resume_on_idle acted ses_one",
  ]);
  const anew = await came({ policies: { restart_on_completed: { enabled: true } } });
  expect(anew.filter((line) => line.includes("acted"))).toEqual(["13:11:40 restart_on_completed acted ses_one"]);
  const wrong = { policies: { resume_on_idle: { max_retries: 0 }, quiet_hours: { ...quiet, time_zone: "Mars/Base" } } };
  expect((await simulate(wrong)).error).toMatch(
    /policies\.resume_on_idle\.max_retries: .*; policies\.quiet_hours\.time_zone: is no time zone/,
  );
});

it("knows in which second each is due, and only the newest of what is put", () => {
  const due = new DueTimes<{ readonly name: string }>(0);
  const [one, other] = [{ name: "one" }, { name: "other" }];
  due.put(one, 5_000);
  due.put(other, 2_500);
  due.put(one, 1_000);
  const names = (now: number): string[] => [...due.upTo(now)].map(({ one: { name }, at }) => `${name} ${at}`);
  expect(names(2_999)).toEqual(["one 1000"]);
  due.put(one, null);
  expect(names(9_000)).toEqual(["other 3000"]);
  expect(names(99_000)).toEqual([]);
});
