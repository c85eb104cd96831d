import { createHmac } from "node:crypto";
import { OPERATIONS } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connected, event, events, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

interface ListAnswer {
  readonly data: readonly { readonly id: string | number; readonly status?: string }[];
  readonly meta: { readonly total: number; readonly limit?: number; readonly next?: string };
}

const SESSIONS = 7;

let stage: Stage;
let agent: Peer;
beforeAll(async () => {
  // nobody listens there, and what happens waits
  const n8n = { url: "http://127.0.0.1:9/", allow_private: true };
  const key = `whsec_${Buffer.from("thirty-two bytes of a secret key").toString("base64")}`;
  const incoming = { generic: { ci: { secret: key, rules: [{ event: "deployed", project: "p9" }] } } };
  stage = await startStage({}, { channels: { webhooks: { n8n } }, incoming });
  agent = await connected(stage);
  const told: object[] = [];
  for (let number = 1; number <= SESSIONS; number += 1) {
    const session = `ses_${number}`;
    // some at the same moment, so that a page ends between two of them
    const at = 1_000_000 + Math.floor(number / 3);
    told.push(event(told.length + 1, number % 2 === 0 ? "session.idle" : "session.busy", {}, { session, at }));
    const asked = { interactionId: `per_${number}`, kind: "permission", summary: "may I?", askedAt: at };
    told.push(event(told.length + 1, "interaction.asked", asked, { session, at }));
    const answered = { interactionId: `per_${number}`, reply: "once" };
    told.push(event(told.length + 1, "interaction.answered", answered, { session, at }));
  }
  agent.send(events(...told));
  await agent.next("ack");
  for (let number = 0; number < 5; number += 1)
    await stage.send("POST", "/api/v1/sessions", { project: "p1", prompt: "hi", wait_ms: 0 });
  await stage.send("POST", "/api/v1/schedules", { name: "daily", cron: "@daily", project: "p1", prompt: "hi" });
  for (let number = 0; number < 5; number += 1) await stage.send("POST", "/api/v1/schedules/daily/run", {});
  for (let number = 0; number < 5; number += 1) await deliver(key, `msg_${number}`);
  for (let number = 0; number < 5; number += 1)
    await stage.send("POST", "/api/v1/tokens", { name: `t${number}`, role: "viewer" });
});
afterAll(() => stage[Symbol.asyncDispose]());

/** Has a program tell something that a rule takes. */
async function deliver(key: string, id: string): Promise<void> {
  const [at, body] = [String(Math.floor(Date.now() / 1_000)), JSON.stringify({ type: "deployed" })];
  const text = `${id}.${at}.${body}`;
  const signature = createHmac("sha256", Buffer.from(key.slice("whsec_".length), "base64")).update(text);
  const { status } = await stage.send("POST", "/incoming/generic/ci", body, {
    "webhook-id": id,
    "webhook-timestamp": at,
    "webhook-signature": `v1,${signature.digest("base64")}`,
  });
  expect(status).toBe(202);
}

async function list(path: string): Promise<ListAnswer> {
  const response = await stage.get(path);
  expect(response.status).toBe(200);
  return (await response.json()) as ListAnswer;
}

/** All pages of a list, and how many rows each had. */
async function pagesOf(path: string): Promise<{ ids: unknown[]; sizes: number[] }> {
  const ids: unknown[] = [];
  const sizes: number[] = [];
  let next: string | undefined;
  do {
    const page = await list(next === undefined ? path : `${path}&cursor=${encodeURIComponent(next)}`);
    expect(page.meta.total).toBe(page.data.length);
    ids.push(...page.data.map(({ id }) => id));
    sizes.push(page.data.length);
    ({ next } = page.meta);
  } while (next !== undefined && sizes.length < 100);
  return { ids, sizes };
}

describe("a list that is longer than a page", () => {
  it.each([
    "/sessions?",
    "/sessions?status=busy&",
    "/commands?",
    "/interactions?state=all&",
    "/schedule-occasions?",
    "/notices?",
    "/notices?target=webhook%23n8n&",
    "/incoming?",
    "/incoming?repository=ci&",
    "/events?",
    "/events?type=session.busy&",
    "/audit?action=tokens.create&",
  ])("goes on behind meta.next and has each row once: %s", async (path) => {
    const whole = await list(`/api/v1${path}limit=1000`);
    expect(whole.meta.next).toBeUndefined();
    expect(whole.data.length).toBeGreaterThan(3);
    const { ids, sizes } = await pagesOf(`/api/v1${path}limit=2`);
    expect(ids).toEqual(whole.data.map(({ id }) => id));
    expect(sizes.slice(0, -1).every((size) => size === 2)).toBe(true);
    expect(sizes.at(-1)).toBeGreaterThan(0);
  });

  it("is told apart from one that ends with the page", async () => {
    const { data } = await list("/api/v1/sessions?limit=1000");
    expect((await list(`/api/v1/sessions?limit=${data.length}`)).meta).toEqual({
      total: data.length,
      limit: data.length,
    });
    expect((await list(`/api/v1/sessions?limit=${data.length - 1}`)).meta.next).toEqual(expect.any(String));
  });

  it("has a cursor in every operation that takes a limit and sorts by time", () => {
    const paged = Object.values(OPERATIONS)
      .filter(({ input }) => "cursor" in input.entries)
      .map(({ name }) => name);
    expect(paged.toSorted()).toEqual([
      "audit.list",
      "commands.list",
      "cost.report",
      "events.list",
      "incoming.list",
      "interactions.list",
      "notices.list",
      "prompts.list",
      "schedules.history",
      "sessions.list",
    ]);
  });

  it.each([
    "/sessions",
    "/commands",
    "/interactions",
    "/prompts",
    "/schedule-occasions",
    "/notices",
    "/incoming",
    "/events",
    "/audit",
  ])("refuses a cursor that is none: %s", async (path) => {
    const response = await stage.get(`/api/v1${path}?cursor=garbage`);
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, "BAD_REQUEST"]);
  });
});

describe("a limit that is none", () => {
  it.each([
    ["0", 100],
    ["-3", 100],
    ["many", 100],
    ["1e9", 100],
    ["", 100],
    ["5000", 1000],
  ])("%j counts as %i, and the answer says so", async (limit, taken) => {
    expect((await list(`/api/v1/sessions?limit=${limit}`)).meta.limit).toBe(taken);
    expect((await list(`/api/v1/events?limit=${limit}`)).meta.limit).toBe(taken);
  });
});
