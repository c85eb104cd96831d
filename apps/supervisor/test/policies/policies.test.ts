import type { EventView, PoliciesView, PolicyPauseView, SessionView, WhyView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

const SECOND = 1_000;
const RESUME = { enabled: true, idle_threshold_seconds: 300, max_retries: 3, retry_reset_seconds: 3_600 };

let stage: Stage;
let agent: Peer;
let now: number;
let connections: number;
let seq: number;
let messages: number;
let secret: string | undefined;

beforeEach(() => {
  [now, connections, seq, messages] = [1_000_000_000, 0, 0, 0];
  secret = undefined;
});
afterEach(() => stage[Symbol.asyncDispose]());

async function open(policies: Record<string, unknown> = { resume_on_idle: RESUME }): Promise<void> {
  const clock = { now: () => now, monotonic: () => performance.now() };
  // a node that says nothing for hours of this clock is not away
  const server = { heartbeat_timeout_count: 1_000_000 };
  stage = await startStage(server, { policies }, { clock });
  await come();
}

async function come(): Promise<void> {
  connections += 1;
  agent = await dial(stage.supervisor.port);
  const outbox = { epoch: "e1", firstSeq: 0, lastSeq: seq, acked: seq };
  const about = {
    instance: `run-${connections}`,
    connection: connections,
    outbox,
    features: ["prompts", "stop", "restart"],
  };
  agent.send(hello({ ...about, ...(secret === undefined ? {} : { secret }) }));
  const welcome = await agent.next("welcome");
  secret = (welcome["secret"] as string | undefined) ?? secret;
}

async function restart(): Promise<void> {
  await stage.restart();
  await come();
}

async function tell(...list: readonly (readonly [type: string, data?: object, session?: string])[]): Promise<void> {
  const said = list.map(([type, data = {}, session = "ses_one"]) => {
    seq += 1;
    return event(seq, type, data, { at: now, session });
  });
  agent.send(events(...said));
  await agent.next("ack");
}

const message = (role: string, text: string): readonly [string, object] => {
  messages += 1;
  const messageId = `msg_${String(messages).padStart(4, "0")}`;
  return ["session.message", { messageId, role, state: "complete", text, createdAt: now }];
};
/** A person prompts the session in opencode, and its turn comes to its end. */
const turn = () => tell(message("user", "do it"), ["session.busy"], ["session.idle", { turn: "finished" }]);

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}
const policyEvents = async (): Promise<[string, string][]> =>
  (await get<EventView[]>("/events?limit=200"))
    .filter(({ type }) => type.startsWith("policy."))
    .map(({ type, data }): [string, string] => [type, (data as { reason?: string }).reason ?? ""])
    .toReversed();
const types = async (): Promise<string[]> => (await policyEvents()).map(([type]) => type);
/** The session was looked at, and nothing was due that is not told here: a look that comes later finds the same. */
const settled = async (...expected: readonly string[]): Promise<void> => {
  await expect.poll(types, { timeout: 5_000 }).toEqual(expected);
  await expect.poll(() => looked(), { timeout: 5_000 }).toBe(true);
  expect(await types()).toEqual(expected);
};
/** Whether policies are done with what is due now: one that is to act says as which attempt. */
const looked = async (): Promise<boolean> => {
  const { findings } = await get<WhyView>("/why/ses_one");
  return !findings.some(({ topic, text, since }) => topic === "policy" && since === null && text.includes("; attempt"));
};

/** The node does what a policy asks: a turn that ends at once. */
async function obey(): Promise<{ readonly text: string }> {
  const { id, args } = await agent.next("command");
  const { text } = args as { readonly text: string };
  const told = message("user", text);
  const { messageId } = told[1] as { messageId: string };
  await tell(
    told,
    ["session.busy"],
    ["command.succeeded", { commandId: id, output: { sessionId: "ses_one", messageId } }],
    ["session.idle", { turn: "finished" }],
  );
  return { text };
}

describe("a session that rests", () => {
  it.each([
    ["while the supervisor lives on", async () => undefined],
    ["with a restart of the supervisor at each moment", restart],
  ])("is resumed three times, then a person is told, and it counts anew after an hour: %s", async (_how, between) => {
    await open();
    await turn();
    const told: string[] = [];
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      now += 299 * SECOND;
      await between();
      await settled(...told);
      now += SECOND;
      await between();
      told.push("policy.acted");
      await settled(...told);
      await between();
      const { text } = await obey();
      expect(text.length).toBeGreaterThan(0);
      await between();
      await settled(...told);
    }
    now += 300 * SECOND;
    await between();
    told.push("policy.gave_up");
    await settled(...told);
    await between();
    now += 3_000 * SECOND;
    await between();
    await settled(...told);
    expect(agent.count("command")).toBe(0);
    now += 300 * SECOND;
    await between();
    told.push("policy.acted");
    await settled(...told);
    await obey();
    expect((await policyEvents()).map(([, reason]) => reason)).toEqual([
      "idle for 5 min; attempt 1 of 3",
      "idle for 5 min; attempt 2 of 3",
      "idle for 5 min; attempt 3 of 3",
      "idle for 5 min: it was resumed 3 times, which is most; a person has to look",
      expect.stringMatching(/^idle for .*; attempt 1 of 3$/),
    ]);
    const commands = await get<{ type: string; actor: string }[]>("/commands?limit=50");
    expect(commands).toHaveLength(4);
    expect(new Set(commands.map(({ type, actor }) => `${type} ${actor}`))).toEqual(
      new Set(["session.prompt policy:resume_on_idle"]),
    );
  });

  it("has one command though the supervisor dies before its node heard of it", async () => {
    await open();
    await turn();
    agent.close();
    await agent.closed;
    now += 300 * SECOND;
    await come();
    await settled("policy.acted");
    await restart();
    await obey();
    await settled("policy.acted");
    expect(await get<unknown[]>("/commands?limit=50")).toHaveLength(1);
  });

  it("is left alone behind a stop until somebody prompts it again", async () => {
    await open();
    await tell(message("user", "do it"), ["session.busy"]);
    now += SECOND;
    await tell(["session.idle", { aborted: true, turn: "aborted" }]);
    now += 300 * SECOND;
    await settled("policy.skipped");
    now += 9_000 * SECOND;
    await restart();
    await settled("policy.skipped");
    const why = await get<WhyView>("/why/ses_one");
    expect(why.findings.filter(({ topic }) => topic === "policy").map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^resume_on_idle: idle for .*, and not resumed: its turn was stopped, and it is left alone/,
      ),
      expect.stringMatching(/^resume_on_idle: did nothing: idle for 5 min, and not resumed/),
    ]);
    await turn();
    now += 300 * SECOND;
    await settled("policy.skipped", "policy.acted");
  });

  it("is left alone where a person stopped it though nothing ran", async () => {
    await open();
    await turn();
    now += SECOND;
    await stage.send("POST", "/api/v1/sessions/ses_one/abort", { wait_ms: 0 });
    const { id } = await agent.next("command");
    await tell(["command.succeeded", { commandId: id, output: { sessionId: "ses_one" } }]);
    now += 400 * SECOND;
    await settled("policy.skipped");
    expect((await policyEvents())[0]?.[1]).toMatch(/, and not resumed: \S+ stopped it, and it is left alone/);
  });

  it("is not resumed between a prompt that somebody typed in opencode and its turn", async () => {
    await open();
    await tell(message("user", "do it"), ["session.busy"]);
    now += SECOND;
    await tell(["session.idle", { aborted: true, turn: "aborted" }]);
    now += 900 * SECOND;
    await settled("policy.skipped");
    await tell(message("user", "go on"));
    await settled("policy.skipped");
    now += SECOND;
    await tell(["session.busy"]);
    await settled("policy.skipped");
    expect(agent.count("command")).toBe(0);
  });

  it("is left alone while a person watches it", async () => {
    await open();
    await turn();
    const leaving = new AbortController();
    const headers = { authorization: `Bearer ${TOKEN}`, accept: "text/event-stream" };
    const path = `http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/sessions/ses_one/watch`;
    expect((await fetch(path, { headers, signal: leaving.signal })).status).toBe(200);
    now += 300 * SECOND;
    await settled("policy.skipped");
    expect((await policyEvents())[0]?.[1]).toContain("a person watches it");
    leaving.abort();
    await expect
      .poll(
        async () => {
          now += 31 * SECOND;
          return types();
        },
        { timeout: 5_000 },
      )
      .toEqual(["policy.skipped", "policy.acted"]);
  });

  it("begins a new episode with each prompt of a person, and with none of a policy", async () => {
    await open({ resume_on_idle: { ...RESUME, max_retries: 1 } });
    await turn();
    now += 300 * SECOND;
    await settled("policy.acted");
    await obey();
    now += 300 * SECOND;
    await settled("policy.acted", "policy.gave_up");
    await turn();
    now += 300 * SECOND;
    await settled("policy.acted", "policy.gave_up", "policy.acted");
    expect(agent.count("command")).toBe(1);
  });

  it("is left alone while it is paused or held, and each is said once", async () => {
    await open();
    await turn();
    const paused = (
      (await (
        await stage.send("POST", "/api/v1/policies/pause", { scope: "project:p1", reason: "demo", minutes: 10 })
      ).json()) as { data: PolicyPauseView }
    ).data;
    expect(paused).toMatchObject({ scope: "project:p1", reason: "demo" });
    now += 300 * SECOND;
    await settled("policy.paused", "policy.skipped");
    await restart();
    const { pauses, decisions, policies } = await get<PoliciesView>("/policies");
    expect(pauses.map(({ id }) => id)).toEqual([paused.id]);
    expect(decisions).toMatchObject([{ policy: "resume_on_idle", outcome: "skipped", session_id: "ses_one" }]);
    expect(policies.find(({ name }) => name === "resume_on_idle")).toMatchObject({
      enabled: true,
      settings: { max_retries: 3 },
      last: { outcome: "skipped" },
    });
    await stage.send("POST", "/api/v1/sessions/stop-all", { hold: true, wait_ms: 0 });
    await stage.send("POST", "/api/v1/policies/resume", { scope: "project:p1" });
    await settled("policy.paused", "policy.skipped", "policy.resumed", "policy.skipped");
    expect((await policyEvents()).at(-1)?.[1]).toMatch(
      /holds the fleet, and nothing begins there until that is released/,
    );
    await stage.send("POST", "/api/v1/holds/release", { all: true });
    now += 31 * SECOND;
    await settled("policy.paused", "policy.skipped", "policy.resumed", "policy.skipped", "policy.acted");
  });

  it("is not resumed as a child, while its node is away, or where nobody prompted it", async () => {
    await open();
    await tell(["session.idle", { turn: "none" }]);
    const facts = { title: "t", parentId: "ses_one", createdAt: now, updatedAt: now };
    await tell(
      ["session.started", facts, "ses_child"],
      [...message("user", "do it"), "ses_child"] as unknown as [string, object, string],
      ["session.busy", {}, "ses_child"],
      ["session.idle", { turn: "finished" }, "ses_child"],
    );
    now += 300 * SECOND;
    await settled("policy.skipped");
    expect((await policyEvents())[0]?.[1]).toBe("idle for 5 min, and not resumed: nobody has given it a prompt yet");
    await turn();
    agent.close();
    await agent.closed;
    now += 3_000 * SECOND;
    await restart();
    await settled("policy.skipped", "policy.acted");
    const metrics = await (await stage.get("/metrics")).text();
    expect(metrics).toContain('hal_o_swarm_policy_decisions_total{policy="resume_on_idle",outcome="acted"} 1');
  });
});

describe("what else policies look at", () => {
  it("resumes an interrupted turn only where it is told to", async () => {
    await open({ resume_interrupted: { enabled: true } });
    await tell(message("user", "do it"), ["session.busy"]);
    await tell(["session.error", { name: "InterruptedError", message: "opencode ended" }]);
    await settled("policy.acted");
    expect(agent.count("command")).toBe(1);
  });

  it("waits for the time that its provider said, over a restart", async () => {
    await open({ resume_on_limit: { enabled: true } });
    await tell(message("user", "do it"), ["session.busy"]);
    await tell(["session.retrying", { attempt: 5, message: "Usage limit reached", nextAt: now + 900 * SECOND }]);
    await tell(["session.error", { name: "APIError", message: "Usage limit reached" }]);
    await restart();
    now += 899 * SECOND;
    await settled();
    const [finding] = (await get<WhyView>("/why/ses_one")).findings.filter(({ topic }) => topic === "policy");
    expect(finding?.text).toBe(
      'resume_on_limit: its provider said "Usage limit reached" and when to try again; it is resumed in 1 s (attempt 1 of 3), unless somebody acts before',
    );
    const { reason } = await get<SessionView>("/sessions/ses_one");
    expect(reason).toBe("error for 14 min: APIError: Usage limit reached; its provider said to try again in 1 s");
    now += SECOND;
    await settled("policy.acted");
  });

  it("tells a person of a stuck session and of a loop once, over a restart", async () => {
    await open({});
    await tell(message("user", "do it"), ["session.busy"], ["session.health", { quietSince: now }]);
    await settled();
    now += 15 * 60 * SECOND;
    await settled("policy.alerted");
    await restart();
    await settled("policy.alerted");
    await tell(["session.health", { loop: { since: now, kind: "errors", count: 3 } }]);
    await settled("policy.alerted", "policy.alerted");
    expect((await policyEvents()).map(([, reason]) => reason)).toEqual([
      expect.stringMatching(/^stuck: nothing moved for 15 min/),
      "looping: 3 turns in a row failed",
    ]);
  });

  it("takes on another configuration at once", async () => {
    await open({ resume_on_idle: { ...RESUME, enabled: false } });
    await turn();
    now += 400 * SECOND;
    await settled();
    stage.written["policies"] = { resume_on_idle: RESUME };
    await stage.supervisor.reload();
    await settled("policy.acted");
    expect(agent.count("command")).toBe(1);
  });

  it("reads the older shape of the configuration, and goes by the newer one", async () => {
    const old = { resume_on_idle: { idle_threshold_minutes: 1, max_retries: 2 } };
    const clock = { now: () => now, monotonic: () => performance.now() };
    stage = await startStage({}, { auto_intervention: old }, { clock });
    const view = () => get<PoliciesView>("/policies");
    const resume = ({ policies }: PoliciesView) => policies.find(({ name }) => name === "resume_on_idle");
    expect(resume(await view())).toMatchObject({
      enabled: true,
      settings: { idle_threshold_seconds: 60, max_retries: 2 },
    });
    stage.written["policies"] = { resume_on_idle: { enabled: false } };
    await stage.supervisor.reload();
    expect(resume(await view())).toMatchObject({ enabled: false, settings: { idle_threshold_seconds: 300 } });
  });
});

describe("a session whose task is completed", () => {
  const file: readonly [string, object] = ["task.completed", { by: "file" }];

  it.each<[who: string, completes: () => Promise<unknown>, said: string]>([
    ["its progress file says so", () => tell(file), "its progress file"],
    ["a person says so", () => stage.send("POST", "/api/v1/projects/p1/complete", {}), "shared-token"],
  ])("is left alone where %s, over a restart, until somebody prompts it again", async (_who, completes, said) => {
    await open();
    await turn();
    now += SECOND;
    await completes();
    now += 300 * SECOND;
    await restart();
    await settled("policy.skipped");
    expect((await policyEvents())[0]?.[1]).toBe(
      `idle for 5 min, and not resumed: its task is completed, as ${said} says, and it is left alone until somebody prompts it again (policies.include.completed)`,
    );
    now += SECOND;
    await turn();
    now += 300 * SECOND;
    await settled("policy.skipped", "policy.acted");
  });

  it("is looked at again when the task is opened again, and where it is included", async () => {
    await open();
    await turn();
    await stage.send("POST", "/api/v1/projects/p1/complete", {});
    now += 300 * SECOND;
    await settled("policy.skipped");
    await stage.send("POST", "/api/v1/projects/p1/reopen", {});
    await settled("policy.skipped", "policy.acted");
    await obey();
    await tell(file);
    stage.written["policies"] = { resume_on_idle: RESUME, include: { completed: true } };
    await stage.supervisor.reload();
    now += 300 * SECOND;
    await settled("policy.skipped", "policy.acted", "policy.acted");
    expect(agent.count("command")).toBe(1);
  });

  it("hands over once where that is configured, and what goes on from it is left alone, too", async () => {
    await open({ resume_on_idle: RESUME, restart_on_completed: { enabled: true, prompt: "be ready" } });
    await tell(message("user", "do it"), ["session.busy"], file);
    await settled();
    now += SECOND;
    await tell(["session.idle", { turn: "finished" }]);
    await settled("policy.acted");
    const { id, command, args } = await agent.next("command");
    expect([command, args]).toEqual([
      "session.restart",
      { sessionId: "ses_one", handover: true, timeoutMs: 60_000, prompt: "be ready" },
    ]);
    now += SECOND;
    const facts = { title: "t", createdAt: now, updatedAt: now, continues: "ses_one" };
    const [, told] = message("user", "be ready");
    const output = {
      sessionId: "ses_two",
      continues: "ses_one",
      ended: ["ses_one"],
      handover: { state: "done", reason: "" },
    };
    await tell(
      ["session.started", facts, "ses_two"],
      ["session.ended", { reason: "killed", continuedBy: "ses_two" }],
      ["session.message", told, "ses_two"],
      ["session.busy", {}, "ses_two"],
      ["session.idle", { turn: "finished" }, "ses_two"],
      ["command.succeeded", { commandId: id, output }],
    );
    now += 300 * SECOND;
    await expect.poll(types, { timeout: 5_000 }).toEqual(["policy.acted", "policy.skipped"]);
    expect((await policyEvents())[1]?.[1]).toMatch(/^idle for 5 min, and not resumed: its task is completed/);
    expect(await get<unknown[]>("/commands?limit=50")).toHaveLength(1);
    await tell(["session.message", { ...message("user", "next")[1], createdAt: now }, "ses_two"]);
    await tell(["session.busy", {}, "ses_two"], ["session.idle", { turn: "finished" }, "ses_two"]);
    now += 300 * SECOND;
    await expect.poll(types, { timeout: 5_000 }).toEqual(["policy.acted", "policy.skipped", "policy.acted"]);
  });
});
