import { readFile } from "node:fs/promises";
import type { AuditView, TokenView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, hello } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

interface Made {
  readonly token: TokenView;
  readonly secret: string;
}

let stage: Stage;
beforeEach(async () => {
  stage = await startStage();
});
afterEach(() => stage[Symbol.asyncDispose]());

async function make(body: object, headers: Record<string, string> = {}) {
  const response = await stage.send("POST", "/api/v1/tokens", body, headers);
  return { status: response.status, body: (await response.json()) as { data: Made; code: string; error: string } };
}

async function made(name: string, role: string, more: object = {}): Promise<Made> {
  return (await make({ name, role, ...more })).body.data;
}

async function list<T>(path: string): Promise<T[]> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T[] }).data;
}

/** Those that have a name of their own. */
const named = async (): Promise<TokenView[]> =>
  (await list<TokenView>("/tokens")).filter(({ created_by: by }) => by !== "configuration");

const audited = (query = ""): Promise<AuditView[]> => list<AuditView>(`/audit?limit=1000${query}`);

describe("a token with a name", () => {
  it("is shown once, kept as a hash, and works until it is revoked, also after a restart", async () => {
    const { secret, token } = await made("ci", "viewer");
    expect(token).toMatchObject({ name: "ci", role: "viewer", state: "valid", created_by: "shared-token" });
    expect((await stage.get("/api/v1/nodes", secret)).status).toBe(200);
    await stage.restart();
    expect((await stage.get("/api/v1/nodes", secret)).status).toBe(200);
    for (const suffix of ["", "-wal"]) expect((await readFile(stage.database + suffix)).includes(secret)).toBe(false);
    expect(stage.lines.join("")).not.toContain(secret);
    expect((await stage.send("POST", "/api/v1/tokens/ci/revoke", {})).status).toBe(200);
    expect((await stage.get("/api/v1/nodes", secret)).status).toBe(401);
    await stage.restart();
    expect((await stage.get("/api/v1/nodes", secret)).status).toBe(401);
    expect(await named()).toMatchObject([{ name: "ci", state: "revoked" }]);
  });

  it("is made once for one request, whose repetition does not show the secret again", async () => {
    const first = await make({ name: "ci", role: "viewer" }, { "idempotency-key": "k" });
    const again = await make({ name: "ci", role: "viewer" }, { "idempotency-key": "k" });
    expect(again.body.data).toMatchObject({ token: { id: first.body.data.token.id }, secret: null });
    expect((await make({ name: "other", role: "viewer" }, { "idempotency-key": "k" })).status).toBe(409);
    expect(await named()).toHaveLength(1);
  });

  it("has a name that no other valid one has, and that the audit can show", async () => {
    await made("ci", "viewer");
    const taken = await make({ name: "ci", role: "admin" });
    expect([taken.status, taken.body.error]).toEqual([
      409,
      expect.stringContaining("revoke it, or choose another name"),
    ]);
    expect((await make({ name: "with spaces", role: "viewer" })).status).toBe(400);
    await stage.send("POST", "/api/v1/tokens/ci/revoke", {});
    expect((await make({ name: "ci", role: "viewer" })).status).toBe(200);
    expect((await stage.send("POST", "/api/v1/tokens/nobody/revoke", {})).status).toBe(404);
  });

  // I12
  it("takes with it what was opened with it, when it is revoked and when it expires", async () => {
    const operator = await made("op", "operator");
    const brief = await made("brief", "agent", { expires_in_ms: 1_500 });
    const control = await dial(stage.supervisor.port, {
      token: operator.secret,
      protocol: "hal.control.v1",
      path: "/ws/control",
    });
    const agent = await dial(stage.supervisor.port, { token: brief.secret });
    agent.send(hello());
    await agent.next("welcome");
    const stream = await fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/events/stream`, {
      headers: { authorization: `Bearer ${operator.secret}` },
    });
    const read = stream.text();
    await stage.send("POST", "/api/v1/tokens/op/revoke", {});
    expect(await control.closed).toMatchObject({ code: 4009 });
    await read;
    expect(await agent.closed).toMatchObject({ code: 4009 });
    await expect(dial(stage.supervisor.port, { token: brief.secret })).rejects.toThrow("401");
    expect(await named()).toMatchObject([{ state: "revoked" }, { state: "expired" }]);
  });

  it("is seen to be used", async () => {
    const { secret } = await made("ci", "viewer");
    expect(await named()).toMatchObject([{ last_used_at: null }]);
    await stage.get("/api/v1/nodes", secret);
    await stage.restart();
    expect(await named()).toMatchObject([{ last_used_at: expect.stringMatching(/Z$/) }]);
  });
});

// I11
describe("the audit", () => {
  it("has every change with who, what, to what, from where and how it ended, and no content", async () => {
    const prompt = "the secret plan is hunter2";
    await stage.send("POST", "/api/v1/sessions", { project: "nowhere", prompt });
    const { secret } = await made("ci", "viewer");
    await expect.poll(async () => (await audited()).map(({ result }) => result)).toEqual(["ok", "failed"]);
    const rows = await audited();
    expect(rows[1]).toMatchObject({
      actor: "shared-token",
      role: "admin",
      action: "sessions.start",
      target: "nowhere",
      args: { prompt: "(26 characters)" },
      reason: expect.stringContaining("nowhere"),
      surface: "http",
    });
    expect(rows[0]).toMatchObject({ action: "tokens.create", target: "ci", args: { role: "viewer" } });
    expect(rows.map(({ duration_ms: ms }) => Number.isInteger(ms))).toEqual([true, true]);
    expect(rows[0]?.ip).toMatch(/127\.0\.0\.1/);
    const text = JSON.stringify(rows);
    expect(text).not.toContain("hunter2");
    expect(text).not.toContain(secret);
  });

  it("has refusals, and wrong tokens by their number", async () => {
    const { secret } = await made("ci", "viewer");
    for (let times = 0; times < 18; times += 1) await stage.get("/api/v1/nodes", `wrong-${times}`);
    await stage.send("POST", "/api/v1/sessions/x/kill", {}, { authorization: `Bearer ${secret}` });
    await expect(dial(stage.supervisor.port, { token: secret })).rejects.toThrow("403");
    await expect.poll(() => audited("&result=refused")).toHaveLength(3);
    const refused = await audited("&result=refused");
    expect(refused.toReversed()).toMatchObject([
      {
        actor: "-",
        action: "authenticate",
        reason: expect.stringMatching(/unknown token \(fingerprint [0-9a-f]{8}\)/),
      },
      { actor: "token:ci", role: "viewer", action: "sessions.kill" },
      { actor: "token:ci", action: "connect", surface: "agent" },
    ]);
  });

  it("has the refusals that were only counted when the supervisor stops", async () => {
    for (let times = 0; times < 5; times += 1) await stage.get("/api/v1/nodes", `wrong-${times}`);
    await stage.restart();
    const reasons = (await audited("&action=authenticate")).map(({ reason }) => reason);
    expect(reasons).toEqual([expect.stringContaining("(4 times)"), expect.stringContaining("unknown token")]);
  });

  it("is in the table and the column that the deployment guide names", async () => {
    await made("ci", "viewer");
    await stage.restart(async () => {
      const { DatabaseSync } = await import("node:sqlite");
      const database = new DatabaseSync(stage.database, { readOnly: true });
      const rows = database.prepare("SELECT * FROM audit_logs ORDER BY timestamp DESC LIMIT 100;").all();
      database.close();
      expect(rows[0]?.["timestamp"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    });
  });

  it("is not kept where nobody wants it", async () => {
    await using quiet = await startStage({}, { security: { audit: { enabled: false } } });
    await quiet.send("POST", "/api/v1/tokens", { name: "ci", role: "viewer" });
    await quiet.get("/api/v1/nodes", "wrong");
    expect(await (await quiet.get("/api/v1/audit")).json()).toMatchObject({ data: [] });
  });
});
