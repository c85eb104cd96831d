import type { AuditView, InteractionView, RuleView, StandingRule } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, NODE_ID, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const FILE = [{ permission: "bash", pattern: "rm -rf *", reply: "deny", reason: "not here" }];

let stage: Stage;
beforeEach(async () => {
  stage = await startStage({}, { interaction_rules: FILE });
  connections = 0;
});
afterEach(() => stage[Symbol.asyncDispose]());

let connections: number;

interface Came {
  readonly agent: Peer;
  /** the rules that it was told behind its welcome */
  readonly told: StandingRule[] | undefined;
}

async function come(features: readonly string[] = ["rules"]): Promise<Came> {
  const agent = await dial(stage.supervisor.port);
  const node = { id: NODE_ID, hostname: "box", version: "0.1.0", os: "linux", arch: "x64" };
  connections += 1;
  agent.send(hello({ node, instance: `run-${connections}`, features }));
  await agent.next("welcome");
  const told = features.includes("rules") ? (await agent.next("update"))["rules"] : undefined;
  return { agent, told: told as StandingRule[] | undefined };
}

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

interface Answer<T> {
  readonly status: number;
  readonly data: T;
  readonly error?: string;
}

async function send<T>(method: string, path: string, body?: object, key?: string): Promise<Answer<T>> {
  const response = await stage.send(
    method,
    `/api/v1${path}`,
    body,
    key === undefined ? {} : { "idempotency-key": key },
  );
  return { ...((await response.json()) as object), status: response.status } as Answer<T>;
}

const RULE = { reply: "allow", permission: "bash", pattern: "npm test*" };
const add = (body: object = {}, key?: string) => send<RuleView>("POST", "/rules", { ...RULE, ...body }, key);
const remove = (id: string) => send<RuleView>("DELETE", `/rules/${id}`);
const about = (rules: readonly StandingRule[] | undefined) =>
  rules?.map(({ pattern, source, by }) => [pattern, source, by]);

describe("standing rules", () => {
  it("are told to a node when it comes, when one is set and when one is removed, with where they are from", async () => {
    const { agent, told } = await come();
    expect(about(told)).toEqual([["rm -rf *", "file", undefined]]);
    const { data } = await add();
    expect(data).toMatchObject({ source: "operation", by: expect.any(String), since: expect.any(String) });
    expect(about((await agent.next("update"))["rules"] as StandingRule[])).toEqual([
      ["rm -rf *", "file", undefined],
      ["npm test*", "operation", data.by],
    ]);
    await remove(data.id);
    expect(about((await agent.next("update"))["rules"] as StandingRule[])).toEqual([["rm -rf *", "file", undefined]]);
  });

  it("outlive the supervisor, and are told to a node that was away", async () => {
    await add();
    await stage.restart();
    expect((await come()).told).toHaveLength(2);
  });

  it("of the configuration change with a reload, and are removed there alone", async () => {
    const { agent } = await come();
    const refused = await remove("interaction_rules.0");
    expect([refused.status, refused.error]).toEqual([409, expect.stringContaining("is in the configuration")]);
    Object.assign(stage.written, { interaction_rules: [...FILE, { permission: "read", reply: "ask" }] });
    await stage.supervisor.reload();
    expect((await agent.next("update"))["rules"]).toHaveLength(2);
  });

  it("are shown the most specific one first, with what keeps them from holding", async () => {
    await come();
    await add({ project: "p1", pattern: "a*" });
    expect((await get<RuleView[]>("/rules")).map(({ pattern }) => pattern)).toEqual(["a*", "rm -rf *"]);
    const lone = await add({ project: "p2" });
    expect([lone.status, lone.error]).toEqual([400, expect.stringMatching(/no project p2/)]);
  });

  it("say which nodes do not go by them", async () => {
    const { agent } = await come([]);
    expect((await get<RuleView[]>("/rules"))[0]?.lacking).toEqual([
      { node: "box", reason: expect.stringContaining("too old to have standing rules") },
    ]);
    agent.close();
    const next = await come();
    expect((await get<RuleView[]>("/rules"))[0]?.lacking).toEqual([]);
    next.agent.close();
    await expect.poll(async () => (await get<RuleView[]>("/rules"))[0]?.lacking[0]?.reason).toMatch(/it is away/);
  });

  it("that are no rule are refused in one line, with what is wrong", async () => {
    const bad = async (body: object) => (await add(body)).error;
    expect(await bad({ permission: "bsh" })).toMatch(/^permission: .*did you mean bash\?/);
    expect(await bad({ pattern: "*test" })).toMatch(/^pattern: begins with a wildcard/);
    expect(await bad({ pattern: "a\u202eb" })).toMatch(/^pattern: has a character that cannot be seen/);
    expect(await bad({ reason: "x".repeat(301) })).toMatch(/^reason: is longer than 300/);
    expect((await remove("rule_none")).status).toBe(404);
  });

  it("are set once for a request that comes twice, and are in the audit", async () => {
    const [first, second] = [await add({}, "k1"), await add({}, "k1")];
    expect(second.data.id).toBe(first.data.id);
    expect((await add({ pattern: "x" }, "k1")).status).toBe(409);
    await remove(first.data.id);
    const entries = await get<AuditView[]>("/audit?action=rules.add");
    expect(entries.at(-1)).toMatchObject({ action: "rules.add", args: { pattern: "npm test*", reply: "allow" } });
  });

  it("are named with what one answered, and an answer of a person is none of theirs", async () => {
    const { agent } = await come();
    const asked = { interactionId: "per_1", kind: "permission", summary: "bash: npm test", patterns: [], askedAt: 1 };
    const rule = {
      id: "rule_1",
      source: "operation",
      by: "ann",
      permission: "bash",
      pattern: "npm test*",
      reply: "allow",
    };
    const answered = { interactionId: "per_1", reply: "once", rule: { ...rule, also: ["rule_2"] } };
    agent.send(
      events(
        event(1, "session.started"),
        event(2, "interaction.asked", asked),
        event(3, "interaction.answered", answered),
      ),
    );
    await agent.next("ack");
    const [interaction] = await get<InteractionView[]>("/interactions?state=all");
    expect(interaction).toMatchObject({
      state: "answered",
      reason: "allowed once by the standing rule bash npm test*, set by ann",
      rule: { id: "rule_1", by: "ann", pattern: "npm test*" },
    });
  });
});
