import { execFileSync } from "node:child_process";
import type { EventView, OccasionView, ScheduleView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** a Monday, at two in the morning in Berlin */
const START = Date.UTC(2026, 0, 5, 1);

const NIGHTLY = {
  name: "nightly",
  cron: "0 3 * * *",
  time_zone: "Europe/Berlin",
  project: "p1",
  prompt: "run the tests",
};

let stage: Stage;
let agent: Peer | undefined;
let now: number;
let connections: number;
let seq: number;
let secret: string | undefined;
let features: readonly string[];

beforeEach(() => {
  features = ["prompts", "stop", "check", "precondition"];
  [now, connections, seq] = [START, 0, 0];
  agent = undefined;
  secret = undefined;
});
afterEach(() => stage[Symbol.asyncDispose]());

async function open(schedules: readonly object[] = [NIGHTLY]): Promise<void> {
  const clock = { now: () => now, monotonic: () => performance.now() };
  // a node that says nothing for hours of this clock is not away
  stage = await startStage({ heartbeat_timeout_count: 1_000_000 }, { schedules }, { clock });
  await come();
}

async function come(): Promise<void> {
  connections += 1;
  agent = await dial(stage.supervisor.port);
  const outbox = { epoch: "e1", firstSeq: 0, lastSeq: seq, acked: seq };
  const about = { instance: `run-${connections}`, connection: connections, outbox, features };
  agent.send(hello({ ...about, ...(secret === undefined ? {} : { secret }) }));
  const welcome = await agent.next("welcome");
  secret = (welcome["secret"] as string | undefined) ?? secret;
}

async function restart(meanwhile?: () => Promise<void>): Promise<void> {
  await stage.restart(meanwhile);
  await come();
}

async function tell(...list: readonly (readonly [type: string, data?: object, session?: string])[]): Promise<void> {
  const said = list.map(([type, data = {}, session = "ses_one"]) => {
    seq += 1;
    return event(seq, type, data, { at: now, session });
  });
  agent?.send(events(...said));
  await agent?.next("ack");
}

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

interface Answered<T> {
  readonly status: number;
  readonly data: T;
  readonly error: string;
}

async function send<T>(method: string, path: string, body?: unknown, headers = {}): Promise<Answered<T>> {
  const response = await stage.send(method, `/api/v1${path}`, body, headers);
  return { status: response.status, ...((await response.json()) as Omit<Answered<T>, "status">) };
}

/** Changes what a supervisor that is stopped left, from a process of its own. */
function forget(statement: string): void {
  const script = `const [file, sql] = JSON.parse(require("fs").readFileSync(0, "utf8"));
    new (require("node:sqlite").DatabaseSync)(file, { timeout: 5000 }).exec(sql)`;
  execFileSync(process.execPath, ["-e", script], {
    input: JSON.stringify([stage.database, statement]),
    stdio: ["pipe", "ignore", "pipe"],
  });
}

/** The start that the node is asked for next. */
async function asked(): Promise<{ readonly id: string; readonly args: Record<string, unknown> }> {
  for (;;) {
    const frame = await (agent as Peer).next("command");
    if (frame["command"] === "session.start") return frame as unknown as Awaited<ReturnType<typeof asked>>;
  }
}

const history = (): Promise<OccasionView[]> => get<OccasionView[]>("/schedule-occasions");
const states = async (): Promise<string[]> => (await history()).map(({ state }) => state);
const reaches = async (...expected: readonly string[]): Promise<void> => {
  await expect.poll(states, { timeout: 5_000 }).toEqual(expected);
};
const told = async (): Promise<EventView[]> =>
  (await get<EventView[]>("/events?limit=200")).filter(({ type }) => type.startsWith("schedule.")).toReversed();

/** The node starts the session that it is asked for. */
async function obey(session: string): Promise<Record<string, unknown>> {
  const { id, args } = await asked();
  const about = { title: "t", createdAt: now, updatedAt: now };
  await tell(
    ["session.started", about, session],
    ["session.busy", {}, session],
    ["command.succeeded", { commandId: id, output: { sessionId: session } }, session],
  );
  return args;
}

// I26
describe("a schedule", () => {
  it.each([
    ["while the supervisor lives on", async () => undefined],
    ["with a restart of the supervisor at each moment", () => restart()],
  ])("starts one session each time, and none while that one is at work: %s", async (_how, between) => {
    await open();
    now = START + HOUR - 1;
    await between();
    expect(await history()).toEqual([]);
    now = START + HOUR;
    await reaches("starting");
    await between();
    const args = await obey("ses_one");
    expect(args).toMatchObject({ project: "p1", prompt: "run the tests" });
    await reaches("started");
    await between();
    const [first] = await history();
    expect(first).toMatchObject({
      schedule: "nightly",
      actor: "schedule:nightly",
      due_at: "2026-01-05T02:00:00.000Z",
      session_id: "ses_one",
      reason: "session ses_one was started",
      missed: 0,
    });
    now += 24 * HOUR;
    await reaches("not_started", "started");
    await between();
    expect((await history())[0]).toMatchObject({
      code: "active",
      reason: expect.stringMatching(/^the session that it started before, ses_one, is busy still/),
      session_id: null,
    });
    await tell(["session.idle", { turn: "finished" }]);
    await between();
    now += 24 * HOUR;
    await reaches("starting", "not_started", "started");
    await obey("ses_two");
    await reaches("started", "not_started", "started");
    expect((await told()).map(({ type, session_id: session }) => [type, session])).toEqual([
      ["schedule.started", "ses_one"],
      ["schedule.not_started", null],
      ["schedule.started", "ses_two"],
    ]);
  });

  it("that was missed for days starts one session when the supervisor is back, or none where it skips", async () => {
    await open([NIGHTLY, { ...NIGHTLY, name: "skipping", missed: "skip" }]);
    await restart(async () => {
      now += 3 * 24 * HOUR;
    });
    await expect.poll(async () => (await history()).length, { timeout: 5_000 }).toBe(2);
    await obey("ses_one");
    const of = async (name: string) => (await history()).filter(({ schedule }) => schedule === name);
    await expect.poll(async () => (await of("nightly"))[0]?.state, { timeout: 5_000 }).toBe("started");
    expect(await of("nightly")).toMatchObject([
      {
        state: "started",
        missed: 2,
        due_at: "2026-01-07T02:00:00.000Z",
        reason: "session ses_one was started, 23 h late; it stands for 2 earlier times, too",
      },
    ]);
    expect(await of("skipping")).toMatchObject([
      {
        state: "not_started",
        code: "missed",
        missed: 2,
        reason:
          "it passed 23 h ago, and 2 before it, when the supervisor was away, and this schedule skips what it missed",
      },
    ]);
    await restart();
    now += HOUR;
    expect(await history()).toHaveLength(2);
  });

  it("says what hinders it: a hold, a project that no node has, a node that failed to start it", async () => {
    await open([
      { ...NIGHTLY, cron: "0 * * * *" },
      { ...NIGHTLY, name: "lost", cron: "30 * * * *", project: "p9" },
    ]);
    expect((await get<ScheduleView>("/schedules/lost")).problem).toBe("project: no project p9; there are: p1");
    now = START + HOUR / 2;
    await reaches("not_started");
    expect((await history())[0]).toMatchObject({ code: "not_found", reason: "no project p9; there are: p1" });
    await send("POST", "/sessions/stop-all", { project: "p1", wait_ms: 0, hold: true });
    now = START + HOUR;
    await reaches("not_started", "not_started");
    expect((await history())[0]).toMatchObject({ code: "held", reason: expect.stringContaining("halctl release") });
    await send("POST", "/holds/release", { all: true });
    now = START + 2 * HOUR;
    const newest = async (): Promise<OccasionView | undefined> =>
      (await get<OccasionView[]>("/schedule-occasions?name=nightly&limit=1"))[0];
    await expect.poll(async () => (await newest())?.state, { timeout: 5_000 }).toBe("starting");
    const { id } = await asked();
    const error = { code: "opencode_error", message: "it has no such model" };
    await tell(["command.failed", { commandId: id, error }]);
    await expect.poll(async () => (await newest())?.state, { timeout: 5_000 }).toBe("not_started");
    expect(await newest()).toMatchObject({ code: "opencode_error", reason: "it has no such model", command_id: id });
  });

  it("waits for a node that is away, and says so", async () => {
    await open();
    agent?.close();
    await expect.poll(async () => (await get<{ status: string }[]>("/nodes"))[0]?.status).not.toBe("online");
    now = START + HOUR;
    await reaches("starting");
    expect((await history())[0]?.reason).toMatch(/^its start is under way: queued.*node is/);
    now += 20 * HOUR;
    await come();
    await obey("ses_one");
    await reaches("started");
  });

  it("whose supervisor dies before it keeps what it asked for asks for the same again, and for nothing where that is over", async () => {
    await open([NIGHTLY, { ...NIGHTLY, name: "skipping", missed: "skip", project: "p2" }]);
    now = START + HOUR;
    await expect.poll(async () => (await states()).toSorted(), { timeout: 5_000 }).toEqual(["not_started", "starting"]);
    const [{ command_id: commandId }] = (await get<OccasionView[]>("/schedule-occasions?name=nightly")) as [
      OccasionView,
    ];
    // as if it had died behind the start, and before any of that was kept
    await restart(async () =>
      forget("update occasions set state = 'due', command_id = null, node_id = null, closed_at = null, reason = null"),
    );
    const { id } = await asked();
    expect(id).toBe(commandId);
    await expect
      .poll(async () => (await get<OccasionView[]>("/schedule-occasions?name=nightly"))[0]?.command_id)
      .toBe(id);
    now += HOUR;
    // and as if it had died before anything was asked, an hour ago
    await restart(async () =>
      forget("update occasions set state = 'due', closed_at = null, reason = null where schedule = 'skipping'"),
    );
    const newest = async (): Promise<OccasionView | undefined> =>
      (await get<OccasionView[]>("/schedule-occasions?name=skipping"))[0];
    await expect.poll(async () => (await newest())?.code, { timeout: 5_000 }).toBe("missed");
    expect((await get<{ type: string }[]>("/commands")).map(({ type }) => type)).toEqual(["session.start"]);
    expect(await get<OccasionView[]>("/schedule-occasions")).toHaveLength(2);
  });

  it("does not come twice where the clock is set back, and goes on where it stood wrong far ahead", async () => {
    await open();
    now = START + HOUR;
    await reaches("starting");
    await obey("ses_one");
    await tell(["session.idle", { turn: "finished" }]);
    now = START;
    await restart();
    now = START + HOUR + MINUTE;
    await restart();
    expect(await states()).toEqual(["started"]);
    now = START + 25 * HOUR;
    await reaches("starting", "started");
  });
});

describe("a schedule that somebody adds", () => {
  const DAILY = { ...NIGHTLY, name: "daily", missed: "skip" };

  it("is listed with where it is from, starts its session, and is taken away again", async () => {
    await open([]);
    const added = await send<ScheduleView>("POST", "/schedules", DAILY, { "idempotency-key": "k" });
    expect([added.status, added.data]).toMatchObject([
      200,
      { source: "operation", by: "shared-token", next_at: "2026-01-05T02:00:00.000Z", problem: null, last: null },
    ]);
    expect((await send("POST", "/schedules", DAILY, { "idempotency-key": "k" })).status).toBe(200);
    expect(await send("POST", "/schedules", DAILY)).toMatchObject({
      status: 409,
      error: expect.stringContaining("halctl schedules remove daily"),
    });
    await restart();
    now = START + HOUR;
    await reaches("starting");
    await obey("ses_one");
    await reaches("started");
    // it is shown as it was, and is never due any more
    expect(await send("DELETE", "/schedules/daily")).toMatchObject({
      status: 200,
      data: { name: "daily", next_at: null },
    });
    expect(await get("/schedules")).toEqual([]);
    now += 24 * HOUR;
    await restart();
    expect(await states()).toEqual(["started"]);
    expect(await get<OccasionView[]>("/schedule-occasions?name=daily")).toHaveLength(1);
  });

  it.each([
    [{ cron: "0 3 * *" }, "cron: has 4 of the five fields"],
    [{ cron: "0 0 30 2 *" }, "cron: names no time that ever comes"],
    [{ time_zone: "Europe/Berlim" }, "time_zone: is no time zone; write it as Europe/Berlin"],
    [{ project: "p2" }, "project: no project p2; there are: p1"],
    [{ node: "nowhere" }, "node: no node nowhere"],
    [{ name: "two words" }, "is no name of a schedule"],
    [{ model: "gpt" }, "a model is written provider/model"],
    [{ prompt: " " }, "is empty"],
    [{ missed: "often" }, "must be run_once or skip"],
  ])("is refused with %j in one line", async (wrong, line) => {
    await open([]);
    const { status, error } = await send("POST", "/schedules", { ...DAILY, ...wrong });
    expect([status, error]).toEqual([400, expect.stringContaining(line)]);
    expect(error).not.toContain("\n");
    expect(await get("/schedules")).toEqual([]);
  });

  it("stands behind one of the configuration with its name", async () => {
    await open([]);
    await send("POST", "/schedules", DAILY);
    stage.written["schedules"] = [{ ...DAILY, prompt: "of the file" }] as never;
    await stage.supervisor.reload();
    expect(await get<ScheduleView[]>("/schedules")).toMatchObject([
      { source: "file", prompt: "of the file", problem: null },
      {
        source: "operation",
        next_at: null,
        problem: expect.stringContaining("the configuration has one of this name"),
      },
    ]);
    expect((await send("DELETE", "/schedules/daily")).status).toBe(200);
    const refused = await send("DELETE", "/schedules/daily");
    expect([refused.status, refused.error]).toEqual([
      409,
      expect.stringContaining("in the configuration (schedules.0)"),
    ]);
    expect(await send("POST", "/schedules", DAILY)).toMatchObject({ status: 409 });
  });

  it("is asked for by hand: in the name of who asks, once per key, and not beside its last session", async () => {
    await open();
    const key = { "idempotency-key": "now" };
    const first = await send<OccasionView>("POST", "/schedules/nightly/run", {}, key);
    expect(first).toMatchObject({ status: 200, data: { state: "starting", due_at: null, actor: "shared-token" } });
    await obey("ses_one");
    await reaches("started");
    const again = await send<OccasionView>("POST", "/schedules/nightly/run", {}, key);
    expect(again.data.id).toBe(first.data.id);
    const second = await send<OccasionView>("POST", "/schedules/nightly/run", {});
    expect(second.data).toMatchObject({ state: "not_started", code: "active" });
    expect((await send("POST", "/schedules/nothing/run", {})).status).toBe(404);
  });
});

describe("what a node has to have", () => {
  const CHOOSY = { ...NIGHTLY, name: "choosy", model: "fake/two", agent: "plan" };
  const NONE = "model: opencode has no fake/two in project p1; it has: fake/one";

  /** The node answers what it is asked about a model and an agent. */
  async function checks(problem?: string): Promise<unknown> {
    for (;;) {
      const { id, command, args } = (await (agent as Peer).next("command")) as unknown as {
        readonly id: string;
        readonly command: string;
        readonly args: unknown;
      };
      if (command !== "project.check") continue;
      await tell(["command.succeeded", { commandId: id, output: problem === undefined ? {} : { problem } }]);
      return args;
    }
  }

  it("is asked of it when a schedule is saved, which is refused with what it has", async () => {
    await open([]);
    const adding = send("POST", "/schedules", CHOOSY);
    expect(await checks(NONE)).toEqual({ project: "p1", model: "fake/two", agent: "plan" });
    expect(await adding).toMatchObject({ status: 400, error: NONE });
    const again = send<ScheduleView>("POST", "/schedules", CHOOSY);
    await checks();
    expect(await again).toMatchObject({ status: 200, data: { problem: null, unchecked: null } });
    now = START + HOUR;
    expect((await asked()).args).toMatchObject({ model: "fake/two", agent: "plan", verified: true });
  });

  it("is asked of those in the configuration when their node comes, and is said in the log with its path", async () => {
    await open([CHOOSY]);
    await checks(NONE);
    await expect.poll(() => stage.lines.join("")).toContain("a schedule names what its node does not have");
    expect(stage.lines.find((line) => line.includes("names what"))).toContain(
      `"schedule":"schedules.0","problem":"${NONE}"`,
    );
    expect((await get<ScheduleView>("/schedules/choosy")).problem).toBe(NONE);
    await tell(["opencode.up", { version: "1.18.33" }]);
    await checks();
    await expect.poll(async () => (await get<ScheduleView>("/schedules/choosy")).problem).toBeNull();
  });

  it("is not known of one that is away or older, which is said and not taken for a no", async () => {
    features = [];
    await open([]);
    expect(await send<ScheduleView>("POST", "/schedules", CHOOSY)).toMatchObject({
      status: 200,
      data: {
        unchecked: "whether node box has model fake/two and agent plan is not known: its agent is older; upgrade it",
      },
    });
    const careful = { ...NIGHTLY, name: "careful", precondition: "true" };
    expect(await send("POST", "/schedules", careful)).toMatchObject({
      status: 400,
      error: "precondition: the agent of node box is older and runs none; upgrade it",
    });
    features = ["check", "precondition"];
    agent?.close();
    await expect.poll(async () => (await get<{ status: string }[]>("/nodes"))[0]?.status).not.toBe("online");
    const away = await send<ScheduleView>("POST", "/schedules", { ...CHOOSY, name: "away" });
    expect(away.data.unchecked).toMatch(/^whether node box has model fake\/two and agent plan is not known: /);
  });

  it("includes what its precondition looks for: that goes with the start, and its end is the reason", async () => {
    await open([{ ...NIGHTLY, precondition: "git fetch", precondition_timeout_seconds: 5 }]);
    now = START + HOUR;
    const { id, args } = await asked();
    expect(args).toMatchObject({ precondition: { command: "git fetch", timeoutMs: 5_000 } });
    const message = "its precondition ended with exit code 1: nothing new";
    const error = { code: "conflict", message, details: { precondition: "1" } };
    await tell(["command.failed", { commandId: id, error }]);
    await reaches("not_started");
    expect((await history())[0]).toMatchObject({ code: "precondition", reason: message });
  });
});

describe("the configuration", () => {
  it.each([
    [[{ ...NIGHTLY, cron: "0 3 * *" }], "schedules.0.cron: has 4 of the five fields"],
    [[{ ...NIGHTLY, cron: "61 3 * * *" }], "schedules.0.cron: is not as cron has it (Invalid value for minute: 61)"],
    [[{ ...NIGHTLY, time_zone: "Mars" }], "schedules.0.time_zone: is no time zone"],
    [[NIGHTLY, NIGHTLY], "schedules.1.name: is the name of schedules.0, too"],
    [[{ ...NIGHTLY, missed: "twice" }], "schedules.0.missed: must be run_once or skip"],
    [[{ ...NIGHTLY, crom: "x" }], "schedules.0.crom"],
    [[{ ...NIGHTLY, precondition: " " }], "schedules.0.precondition: is empty"],
    [[{ ...NIGHTLY, precondition_timeout_seconds: 601 }], "schedules.0.precondition_timeout_seconds: is above 600"],
    [[{ name: "a", cron: "@daily", project: "p" }], "schedules.0.prompt: is missing"],
  ])("with %j is refused with its path", async (schedules, line) => {
    await open([]);
    stage.written["schedules"] = schedules as never;
    await stage.supervisor.reload();
    expect(stage.lines.join("")).toContain(line);
  });
});
