import type { InboxView, WhyView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connected, dial, event, events, hello, NODE_ID, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const MINUTE = 60_000;

let stage: Stage;
let agent: Peer;
let now: number;
let seq: number;
let secret: string | undefined;

beforeEach(async () => {
  now = Date.parse("2026-11-24T22:00:00Z");
  seq = 0;
  await open();
});
afterEach(() => stage[Symbol.asyncDispose]());

async function open(written: Record<string, unknown> = {}): Promise<void> {
  const clock = { now: () => now, monotonic: () => performance.now() };
  // a node that says nothing for hours of this clock is not away
  stage = await startStage({ heartbeat_timeout_count: 1_000_000 }, written, { clock });
  await come({});
}

async function come(more: Record<string, unknown>): Promise<void> {
  agent = await dial(stage.supervisor.port);
  agent.send(hello(more));
  secret = ((await agent.next("welcome"))["secret"] as string | undefined) ?? secret;
}

type Told = readonly [session: string, type: string, data?: object];

async function tell(...list: readonly Told[]): Promise<void> {
  const said = list.map(([session, type, data = {}]) => event((seq += 1), type, data, { session, at: now }));
  agent.send(events(...said));
  while ((await agent.next("ack"))["seq"] !== seq);
}

const facts = (title: string, more: object = {}): object => ({ title, createdAt: now, updatedAt: now, ...more });
const started = (session: string, more: object = {}): Told => [session, "session.started", facts(session, more)];
const finish = (session: string): readonly Told[] => [
  [session, "session.busy"],
  [session, "session.idle", { turn: "finished" }],
];
const asks = (session: string, id: string, kind = "permission"): Told => [
  session,
  "interaction.asked",
  kind === "permission"
    ? { interactionId: id, kind, summary: "run npm test", permission: "bash", patterns: ["npm test"], askedAt: now }
    : { interactionId: id, kind, summary: "which one?", questions: [{ question: "which one?" }], askedAt: now },
];

async function read(query = ""): Promise<InboxView> {
  return ((await (await stage.get(`/api/v1/inbox${query}`)).json()) as { data: InboxView }).data;
}
const shown = async (query = ""): Promise<string[]> => (await read(query)).items.map(({ tier, id }) => `${tier} ${id}`);

describe("the inbox", () => {
  it("has what needs a person in its tier, each with its reason and what can be typed", async () => {
    await tell(
      ...["ses_ask", "ses_err", "ses_stuck", "ses_done", "ses_work", "ses_stop", "ses_new"].map((id) => started(id)),
    );
    await tell(["ses_work", "session.busy"], ["ses_stuck", "session.busy"], ["ses_ask", "session.busy"]);
    await tell(["ses_stop", "session.busy"], ["ses_stop", "session.idle", { aborted: true }]);
    await tell(["ses_err", "session.error", { name: "APIError", message: "invalid key" }]);
    await tell(...finish("ses_done"), asks("ses_ask", "per_1"), [
      "ses_ask",
      "session.waiting",
      { interactionId: "per_1" },
    ]);
    const last = { tool: "bash", about: "npm test", status: "running" };
    await tell(["ses_stuck", "session.health", { quietSince: now, last }]);
    now += 16 * MINUTE;
    const { items, counts, unreachable } = await read();
    expect(counts).toEqual({ blocked: 1, failed: 1, stuck: 1, finished: 1 });
    expect(unreachable).toEqual({ nodes: [], sessions: 0 });
    expect(items).toMatchObject([
      {
        id: "per_1",
        kind: "permission",
        tier: "blocked",
        reason: "run npm test: waits for a person",
        since: "2026-11-24T22:00:00.000Z",
        session_id: "ses_ask",
        title: "ses_ask",
        project: "p1",
        next: [
          { command: "halctl interactions allow per_1" },
          { command: `halctl interactions deny per_1 --reason "…"` },
        ],
      },
      {
        id: "ses_err",
        kind: "session",
        tier: "failed",
        reason: "error for 16 min: APIError: invalid key",
        next: [{ command: "halctl sessions logs ses_err -n 5" }, {}, {}],
      },
      {
        id: "ses_stuck",
        tier: "stuck",
        reason:
          "stuck: nothing moved for 16 min: last was bash `npm test`, which is still running; busy for 16 min: a turn is running",
        next: [{ command: "halctl why ses_stuck" }, {}, {}],
      },
      {
        id: "ses_done",
        tier: "finished",
        reason: "idle for 16 min: finished its turn",
        since: "2026-11-24T22:00:00.000Z",
      },
    ]);
  });

  it("says at the root what a sub-agent asks, and of a sub-agent that ended or failed nothing", async () => {
    await tell(started("ses_root"), started("ses_child", { parentId: "ses_root" }));
    await tell(["ses_root", "session.busy"], ["ses_child", "session.busy"], asks("ses_child", "que_1", "question"));
    const { items } = await read();
    expect(items).toMatchObject([{ id: "que_1", kind: "question", session_id: "ses_root", title: "ses_root" }]);
    expect(items[0]?.reason).toContain("its child ses_child asks");
    await tell(["ses_child", "interaction.answered", { interactionId: "que_1", reply: "answer", answers: [["a"]] }]);
    await tell(["ses_child", "session.error", { name: "APIError", message: "overloaded" }]);
    expect(await shown()).toEqual([]);
    await tell(["ses_child", "session.busy"], ["ses_child", "session.health", { quietSince: now }]);
    now += 20 * MINUTE;
    expect((await read()).items).toMatchObject([
      { id: "ses_root", tier: "stuck", reason: expect.stringContaining("stuck (its child ses_child): nothing moved") },
    ]);
  });

  it("leaves out what finished before a time, and asks no more for what is answered", async () => {
    await tell(started("ses_one"), started("ses_two"), ...finish("ses_one"));
    now += 30 * MINUTE;
    await tell(...finish("ses_two"));
    expect(await shown()).toEqual(["finished ses_two", "finished ses_one"]);
    expect(await shown("?since=2026-11-24T22:20:00Z")).toEqual(["finished ses_two"]);
    expect(await shown("?tier=failed")).toEqual([]);
    now += 24 * 60 * MINUTE + 1;
    expect(await shown()).toEqual([]);
    await tell(asks("ses_one", "per_1"));
    expect(await shown()).toEqual(["blocked per_1"]);
    await stage.send("POST", "/api/v1/interactions/per_1/answer", { reply: "once", wait_ms: 0 });
    expect(await shown()).toEqual([]);
    expect((await read("?all=true")).items).toMatchObject([{ id: "per_1", state: "answered" }]);
    expect((await read()).counts.blocked).toBe(0);
  });

  it("narrows to a project, and says where there is no such project", async () => {
    await tell(started("ses_one"), ...finish("ses_one"));
    expect(await shown("?project=p1")).toEqual(["finished ses_one"]);
    const response = await stage.get("/api/v1/inbox?project=p2");
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("no project p2");
  });

  it("says of a node that is away that nobody knows what its sessions may need, and keeps what is known", async () => {
    await stage[Symbol.asyncDispose]();
    const clock = { now: () => now, monotonic: () => performance.now() };
    stage = await startStage({ heartbeat_interval_sec: 30 }, {}, { clock });
    agent = await connected(stage);
    seq = 0;
    await tell(started("ses_err"), started("ses_ask"), started("ses_work"), ["ses_work", "session.busy"]);
    await tell(["ses_err", "session.error", { name: "APIError", message: "invalid key" }], asks("ses_ask", "per_1"));
    agent.close();
    await agent.closed;
    now += 5 * MINUTE;
    const { items, unreachable } = await read();
    expect(unreachable).toEqual({ nodes: ["box"], sessions: 3 });
    expect(items).toMatchObject([
      { id: "per_1", tier: "blocked", reason: expect.stringMatching(/; its node is offline/) },
      {
        id: "ses_err",
        tier: "failed",
        reason: expect.stringMatching(/^unreachable: its node is offline.*it was error/),
      },
    ]);
    const killed = await stage.send("POST", "/api/v1/sessions/ses_err/kill", { wait_ms: 0 });
    expect(killed.ok).toBe(true);
    expect((await read()).items[1]?.reason).toMatch(/; a kill was asked by \S+ .* ago and waits for node box$/);
  });

  it("shows first what is held, and of many as many as were asked for, with the number of all", async () => {
    const ids = Array.from({ length: 5 }, (_, index) => `ses_${index}`);
    await tell(...ids.map((id) => started(id)), ...ids.flatMap(finish));
    await stage.send("POST", "/api/v1/sessions/stop-all", { project: "p1", hold: true, wait_ms: 0 });
    const { items, counts, holds } = await read("?limit=2");
    expect(holds).toMatchObject([{ project: "p1", release: "halctl release --project p1" }]);
    expect(items).toHaveLength(2);
    expect(counts.finished).toBe(5);
  });

  it("says of a session whose policy did all that it may that it needs somebody, until a person prompts it", async () => {
    await stage[Symbol.asyncDispose]();
    const policies = { resume_on_idle: { enabled: true, idle_threshold_seconds: 60, max_retries: 1 } };
    await open({ policies });
    seq = 0;
    const message = (id: string): Told => [
      "ses_one",
      "session.message",
      { messageId: id, role: "user", state: "complete", text: "do it", createdAt: now },
    ];
    await tell(started("ses_one"), message("msg_1"), ...finish("ses_one"));
    now += MINUTE;
    await stage.supervisor.reload();
    const { id, args } = await agent.next("command");
    const { text } = args as { readonly text: string };
    const prompt = { messageId: "msg_2", role: "user", state: "complete", text, createdAt: now };
    const output = { sessionId: "ses_one", messageId: "msg_2" };
    await tell(["ses_one", "session.message", prompt], ["ses_one", "session.busy"]);
    await tell(
      ["ses_one", "command.succeeded", { commandId: id, output }],
      ["ses_one", "session.idle", { turn: "finished" }],
    );
    expect(await shown()).toEqual(["finished ses_one"]);
    now += MINUTE;
    await expect.poll(() => shown(), { timeout: 5_000 }).toEqual(["failed ses_one"]);
    expect((await read()).items[0]?.reason).toMatch(
      /^resume_on_idle gave up: idle for 60 s: it was resumed once?.*; idle for/,
    );
    now += 1;
    await tell(message("msg_3"), ["ses_one", "session.busy"]);
    expect(await shown()).toEqual([]);
    await tell(["ses_one", "session.idle", { turn: "finished" }]);
    await expect.poll(() => shown(), { timeout: 5_000 }).toEqual(["finished ses_one"]);
  });
});

describe("what was to start and did not", () => {
  const nightly = { name: "nightly", cron: "0 3 * * *", time_zone: "UTC", project: "p1", prompt: "look around" };

  it("is in the inbox with its reason, until its schedule starts something or is acknowledged", async () => {
    await stage[Symbol.asyncDispose]();
    seq = 0;
    await open({ schedules: [nightly] });
    const post = (path: string, body: object = {}) => stage.send("POST", `/api/v1${path}`, body);
    await post("/sessions/stop-all", { project: "p1", hold: true, wait_ms: 0 });
    await post("/schedules/nightly/run", { wait_ms: 0 });
    await expect.poll(() => shown(), { timeout: 5_000 }).toEqual(["failed nightly"]);
    const [item] = (await read()).items;
    expect(item).toMatchObject({
      kind: "schedule",
      project: "p1",
      node: null,
      session_id: null,
      reason: expect.stringContaining("halctl release"),
      next: [{ command: "halctl why nightly" }, { command: "halctl schedules run nightly" }],
    });
    expect((await post("/inbox/nightly/acknowledge")).status).toBe(200);
    expect(await shown()).toEqual([]);
    now += 1;
    await post("/schedules/nightly/run", { wait_ms: 0 });
    await expect.poll(() => shown(), { timeout: 5_000 }).toEqual(["failed nightly"]);
    await post("/holds/release", { all: true });
    now += 1;
    await post("/schedules/nightly/run", { wait_ms: 0 });
    await expect.poll(() => shown(), { timeout: 5_000 }).toEqual([]);
  });
});

describe("what somebody notes", () => {
  const post = (path: string, body: object = {}, headers: Record<string, string> = {}): Promise<Response> =>
    stage.send("POST", `/api/v1${path}`, body, headers);
  const failed: Told = ["ses_err", "session.error", { name: "APIError", message: "invalid key" }];
  const hidden = async (): Promise<InboxView["hidden"]> => (await read()).hidden;

  it("takes an item out until it moves, over a restart, and for nobody else", async () => {
    await tell(started("ses_err"), failed);
    const response = await post("/inbox/ses_err/acknowledge");
    expect(((await response.json()) as { data: unknown }).data).toMatchObject({
      id: "ses_err",
      state: "acknowledged",
      until: null,
    });
    await stage.restart();
    const outbox = { epoch: "e1", firstSeq: 0, lastSeq: seq, acked: seq };
    await come({ instance: "run-2", connection: 2, outbox, secret });
    expect([await shown(), await hidden()]).toEqual([[], { snoozed: 0, acknowledged: 1, answered: 0 }]);
    expect((await read("?all=true")).items).toMatchObject([{ id: "ses_err", state: "acknowledged" }]);
    const made = await post("/tokens", { name: "bob", role: "viewer" });
    const bob = ((await made.json()) as { data: { secret: string } }).data.secret;
    const others = (await (await stage.get("/api/v1/inbox", bob)).json()) as { data: InboxView };
    expect(others.data.items).toMatchObject([{ id: "ses_err", state: "open" }]);
    now += 1;
    await tell(["ses_err", "session.busy"], failed);
    expect(await shown()).toEqual(["failed ses_err"]);
  });

  it("puts an item off for a time, by a unique prefix, its session or its project, and takes that back", async () => {
    await tell(started("ses_err"), failed);
    for (const ref of ["ses_e", "box/ses_err", "p1"]) {
      await post(`/inbox/${encodeURIComponent(ref)}/snooze`, { for_ms: 30 * MINUTE });
      expect(await shown()).toEqual([]);
      await post("/inbox/ses_err/reopen");
      expect(await shown()).toEqual(["failed ses_err"]);
    }
    await post("/inbox/ses_err/snooze", { for_ms: 30 * MINUTE });
    now += 30 * MINUTE - 1;
    expect(await shown()).toEqual([]);
    now += 1;
    expect(await shown()).toEqual(["failed ses_err"]);
    const unknown = await post("/inbox/ses_nobody/snooze");
    expect([unknown.status, await unknown.text()]).toEqual([
      404,
      expect.stringContaining("nothing in the inbox is called ses_nobody"),
    ]);
  });

  it("never takes a question out: it is put off for a time, and comes back", async () => {
    await tell(started("ses_ask"), asks("ses_ask", "per_1"));
    const refused = await post("/inbox/per_1/acknowledge");
    expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining("per_1 waits for an answer")]);
    expect((await post("/inbox/per_1/snooze")).status).toBe(400);
    expect((await post("/inbox/per_1/snooze", { for_ms: 8 * 24 * 60 * MINUTE })).status).toBe(400);
    // the session names what is open in it
    expect((await post("/inbox/ses_ask/snooze", { for_ms: 30 * MINUTE })).status).toBe(200);
    expect(await shown()).toEqual([]);
    now += 30 * MINUTE;
    expect(await shown()).toEqual(["blocked per_1"]);
  });

  it("counts all that finished although few are shown, and not what is put aside, wherever that stands", async () => {
    const ids = Array.from({ length: 6 }, (_, index) => `ses_${index}`);
    for (const id of ids) {
      now += 1;
      await tell(started(id), ...finish(id));
    }
    await post("/inbox/ses_0/acknowledge");
    await post("/inbox/ses_5/snooze");
    const { items, counts, hidden: aside } = await read("?limit=2");
    expect(items.map(({ id }) => id)).toEqual(["ses_4", "ses_3"]);
    expect([counts.finished, aside]).toEqual([4, { snoozed: 1, acknowledged: 1, answered: 0 }]);
    expect((await read("?limit=2&all=true")).items.map(({ id }) => id)).toEqual(["ses_5", "ses_4"]);
    expect((await read("?limit=2&project=p1")).counts.finished).toBe(4);
    expect((await post("/inbox/ses_1/acknowledge")).status).toBe(200);
    expect((await read("?limit=1")).counts.finished).toBe(3);
  });

  it("is kept once for each idempotency key, and not for another request with it", async () => {
    await tell(started("ses_err"), failed);
    const key = { "idempotency-key": "k1" };
    expect((await post("/inbox/ses_err/snooze", { for_ms: MINUTE }, key)).status).toBe(200);
    now += MINUTE;
    expect((await post("/inbox/ses_err/snooze", { for_ms: MINUTE }, key)).status).toBe(200);
    expect(await shown()).toEqual(["failed ses_err"]);
    expect((await post("/inbox/ses_err/acknowledge", {}, key)).status).toBe(409);
  });

  it("that one has looked hides what finished before, and an earlier look takes nothing back", async () => {
    await tell(started("ses_one"), started("ses_two"), ...finish("ses_one"));
    expect(await read()).toMatchObject({ last_look: null, counts: { finished: 1 } });
    now += MINUTE;
    const looked = (await (await post("/inbox/look")).json()) as { data: { last_look: string } };
    expect(looked.data.last_look).toBe("2026-11-24T22:01:00.000Z");
    expect([await shown(), (await read()).last_look]).toEqual([[], looked.data.last_look]);
    await post("/inbox/look", { until: "2026-11-24T21:00:00Z" });
    expect(await shown()).toEqual([]);
    now += MINUTE;
    await tell(...finish("ses_two"));
    expect(await shown()).toEqual(["finished ses_two"]);
    // what finished just before a look may not have been stored when somebody looked
    now += 5_000;
    await post("/inbox/look");
    expect(await shown()).toEqual(["finished ses_two"]);
    now += 1;
    await post("/inbox/look", { until: "2100-01-01T00:00:00Z" });
    now += MINUTE;
    await tell(...finish("ses_one"));
    expect(await shown()).toEqual(["finished ses_one"]);
  });

  it("is said by why, for as long as it counts", async () => {
    await tell(started("ses_err"), failed);
    await post("/inbox/ses_err/snooze", { for_ms: 30 * MINUTE });
    const notes = async (): Promise<string[]> => {
      const { data } = (await (await stage.get("/api/v1/why/ses_err")).json()) as { data: WhyView };
      return data.findings.filter(({ topic }) => topic === "inbox").map(({ text }) => text);
    };
    expect(await notes()).toEqual([
      "shared-token snoozed it, and does not see it in the inbox for 30 min, or until it moves",
    ]);
    now += 30 * MINUTE;
    expect(await notes()).toEqual([]);
  });

  it("goes with its node", async () => {
    await tell(started("ses_err"), failed);
    await post("/inbox/ses_err/acknowledge");
    agent.close();
    await agent.closed;
    expect((await post(`/nodes/${NODE_ID}/remove`)).status).toBe(200);
    expect((await read("?all=true")).items).toEqual([]);
  });
});
