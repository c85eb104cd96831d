import { execFileSync } from "node:child_process";
import { EVENT_DATA, EVENT_TYPES, Heartbeat, type SessionView } from "@hal/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { arbitraryOf } from "./support/arbitrary-of.ts";
import { askEverything, followAll } from "./support/ask-everything.ts";
import { connected, event, events, NODE_ID, type Peer } from "./support/socket.ts";
import { startStage, type Stage } from "./support/start.ts";

let stage: Stage;
let agent: Peer;
let seq: number;

beforeEach(async () => {
  stage = await startStage();
  agent = await connected(stage);
  seq = 0;
});
afterEach(() => stage[Symbol.asyncDispose]());

async function tell(...told: object[]): Promise<void> {
  agent.send(events(...told.map((one) => ({ ...one, seq: (seq += 1) }))));
  while ((await agent.next("ack"))["seq"] !== seq);
}

async function stopAll(): Promise<Response> {
  return stage.send("POST", "/api/v1/sessions/stop-all", { wait_ms: 0 });
}

/** Any event that the wire lets through: of a known type with any data that fits it, or of one that is not known. */
const anyEvent = fc
  .oneof(
    fc.constantFrom(...EVENT_TYPES).chain((type) => arbitraryOf(EVENT_DATA[type]).map((data) => ({ type, data }))),
    fc.jsonValue().map((data) => ({ type: "moon.full", data })),
  )
  .chain(({ type, data }) =>
    fc.record({
      type: fc.constant(type),
      data: fc.constant(data),
      at: fc.constantFrom(0, 1, Date.now(), 253_402_300_799_999),
      session: fc.constantFrom("ses_a", "ses_b", undefined),
      project: fc.constantFrom("p1", undefined),
    }),
  )
  // a gap may stand for places that are not there
  .filter(({ type }) => type !== "gap");

// I18
it("answers every read, stream, metric and stop, whatever events and heartbeats were let in", async () => {
  await tell(event(1, "session.busy", {}, { session: "ses_a" }), event(2, "session.busy", {}, { session: "ses_b" }));
  const begin = (
    (await (await stage.get("/api/v1/events?limit=1000")).json()) as { data: { cursor: string }[] }
  ).data.at(-1);
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyEvent, { minLength: 1, maxLength: 12 }),
      arbitraryOf(Heartbeat),
      async (told, heartbeat) => {
        agent.send(heartbeat as object);
        await tell(...told);
        await askEverything(stage);
        expect((await stopAll()).status).toBe(200);
      },
    ),
    { numRuns: 6 },
  );
  const told = await followAll(stage, begin?.cursor ?? "", seq);
  expect(told.length).toBeGreaterThanOrEqual(seq);
}, 120_000);

// I18
describe("rows that were stored before there were bounds", () => {
  /** Stores what a supervisor without bounds did, beside the one that runs: from a process of its own, since this one would lose its locks. */
  function storeAnything(statements: string): void {
    const script = `const [file, sql] = JSON.parse(require("fs").readFileSync(0, "utf8"));
      new (require("node:sqlite").DatabaseSync)(file, { timeout: 5000 }).exec(sql)`;
    execFileSync(process.execPath, ["-e", script], {
      input: JSON.stringify([stage.database, statements]),
      stdio: ["pipe", "ignore", "pipe"],
    });
  }

  const LATE = "8640000000000001";
  const NEST = `${"[".repeat(8_000)}${"]".repeat(8_000)}`;

  it.each([
    ["an event of a time that is none", `update events set at = ${LATE}, received_at = ${LATE}`],
    ["an event that is nested too deeply", `update events set data = '{"a":${NEST}}'`],
    ["an event that is no JSON", `update events set data = '{"a":'`],
    [
      "a session of a time that is none",
      `update sessions set started_at = ${LATE}, last_activity_at = ${LATE}, status_since = ${LATE}`,
    ],
    [
      "a session that cost too much to be added up",
      "update sessions set cost_micro_usd = 9007199254740991, tokens_total = 9223372036854775807",
    ],
    [
      "sessions that name each other as parent",
      "update sessions set parent_id = case id when 'ses_a' then 'ses_b' else 'ses_a' end",
    ],
    ["a session whose tokens are no JSON", "update sessions set tokens = 'many'"],
    [
      "a message of a time that is none",
      `update messages set created_at = ${LATE}, data = json_set(data, '$.completedAt', ${LATE})`,
    ],
    ["a message that is no JSON", "update messages set data = 'hello'"],
    ["an interaction of a time that is none", `update interactions set asked_at = ${LATE}, closed_at = ${LATE}`],
    ["an interaction that is nested too deeply", `update interactions set data = '${NEST}'`],
    [
      "a command of a time that is none",
      `update commands set created_at = ${LATE}, deadline_at = ${LATE}, finished_at = ${LATE}`,
    ],
    [
      "a command whose output is nested too deeply",
      `update commands set output = '${NEST}', error = '${NEST}', args = '${NEST}'`,
    ],
    [
      "a node whose reports are none",
      `update nodes set opencode = '{"state":"up","since":${LATE}}', projects = '7', resources = '${NEST}', last_heartbeat_at = ${LATE}, connected_at = ${LATE}`,
    ],
    ["an entry of the audit that is no JSON", `update audit_logs set args = 'x', duration_ms = 9223372036854775807`],
    [
      "a schedule whose cron is none, and an occasion of a time that is none",
      `insert into schedules (name, cron, time_zone, project, prompt, missed, precondition_ms, created_at, created_by)
       values ('a', 'x', 'Mars', 'p1', 'hi', 'skip', -1, ${LATE}, 'me');
       insert into occasions (id, schedule, due_at, missed, created_at, actor, project, state)
       values ('occ_1', 'a', ${LATE}, -1, ${LATE}, 'me', 'p1', 'started')`,
    ],
    [
      "a quarter of an hour that cost too much to be added up",
      "update spent_quarters set cost_nano_usd = 9223372036854775807, input = 9223372036854775807, cache_read = 9.5e300",
    ],
  ])("keep nothing else from being read: %s", async (_name, statement) => {
    const facts = { title: "t", createdAt: 1, updatedAt: 1, costMicroUsd: 5 };
    const message = {
      messageId: "msg_1",
      role: "assistant",
      state: "complete",
      text: "hi",
      createdAt: Date.now(),
      costMicroUsd: 5,
    };
    await tell(
      event(1, "session.started", facts, { session: "ses_a" }),
      event(2, "session.busy", {}, { session: "ses_a" }),
      event(3, "session.busy", {}, { session: "ses_b" }),
      event(4, "session.message", message, { session: "ses_a" }),
      event(
        5,
        "interaction.asked",
        { interactionId: "per_1", kind: "permission", summary: "ls", askedAt: 1 },
        { session: "ses_a" },
      ),
    );
    const begin = (
      (await (await stage.get("/api/v1/events?limit=1000")).json()) as { data: { cursor: string }[] }
    ).data.at(-1);
    expect((await stopAll()).status).toBe(200);
    storeAnything(statement);
    await askEverything(stage);
    expect((await followAll(stage, begin?.cursor ?? "", 4)).length).toBeGreaterThanOrEqual(4);
    expect((await stopAll()).status).toBe(200);
    // nothing is lost from sight
    const { data } = (await (await stage.get("/api/v1/sessions")).json()) as { data: SessionView[] };
    expect(data.map(({ id }) => id).toSorted()).toEqual(["ses_a", "ses_b"]);
  });

  it("are marked at the next start, which says how many, and what they held is kept", async () => {
    await tell(event(1, "session.busy", {}, { session: "ses_a" }), event(2, "moon.full", {}, { session: "ses_b" }));
    await stage.restart(async () =>
      storeAnything(`update sessions set started_at = ${LATE} where id = 'ses_a'; update events set data = '${NEST}' where type = 'moon.full';
        delete from meta where key = 'mended'`),
    );
    await expect.poll(() => stage.lines.join("")).toContain("rows that could not be shown were marked");
    expect(stage.lines.find((line) => line.includes("were marked"))).toMatch(/"sessions":1.*"events":1/);
    const { data } = (await (await stage.get("/api/v1/sessions")).json()) as { data: SessionView[] };
    expect(data).toMatchObject([{ id: "ses_a" }]);
    expect(data[0]?.problem).toBeUndefined();
    const log = (await (await stage.get("/api/v1/events?type=event.invalid")).json()) as {
      data: { data: { raw: string } }[];
    };
    expect(log.data.map(({ data: { raw } }) => raw.includes(LATE) || raw.includes(NEST))).toEqual([true, true]);
    const repaired = await stage.send("POST", "/api/v1/db/repair", {});
    expect(await repaired.json()).toEqual({ data: { marked: {} } });
  });

  it("say so themselves, and the log says it once", async () => {
    await tell(event(1, "session.busy", {}, { session: "ses_a" }), event(2, "session.busy", {}, { session: "ses_b" }));
    storeAnything(
      `update sessions set started_at = ${LATE} where id = 'ses_a'; update events set at = ${LATE} where session_id = 'ses_b'`,
    );
    for (let times = 0; times < 2; times += 1) {
      const { data } = (await (await stage.get("/api/v1/sessions")).json()) as { data: SessionView[] };
      expect(new Map(data.map(({ id, problem }) => [id, problem]))).toEqual(
        new Map([
          ["ses_a", "what is stored of it is not readable: startedAt"],
          ["ses_b", undefined],
        ]),
      );
      const log = (await (await stage.get("/api/v1/events?session_id=ses_b")).json()) as { data: object[] };
      expect(log.data).toEqual([
        expect.objectContaining({
          type: "event.invalid",
          data: { problem: expect.stringContaining("at"), raw: expect.stringContaining("session.busy") },
        }),
      ]);
    }
    const told = stage.lines.filter((line) => line.includes("cannot be shown"));
    expect(told).toHaveLength(2);
    expect(told.join("")).toContain(`sessions ${NODE_ID}/ses_a`);
  });
});
