import { OPERATIONS, type Operation, type Role, TOKEN_ROLES, type TokenRole } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dial } from "../support/socket.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

/** Who may do what, written down a second time and by hand: a change of a declaration must be meant. */
const NEEDED: Readonly<Record<string, Role>> = {
  "status.get": "viewer",
  "why.get": "viewer",
  "whoami.get": "viewer",
  "nodes.list": "viewer",
  "nodes.get": "viewer",
  "nodes.check": "operator",
  "nodes.refused": "viewer",
  "nodes.remove": "admin",
  "nodes.replace": "admin",
  "sessions.list": "viewer",
  "sessions.get": "viewer",
  "sessions.messages": "viewer",
  "sessions.watch": "viewer",
  "sessions.start": "operator",
  "sessions.prompt": "operator",
  "sessions.abort": "operator",
  "sessions.resume": "operator",
  "sessions.restart": "operator",
  "sessions.kill": "operator",
  "sessions.stopAll": "operator",
  "holds.list": "viewer",
  "holds.release": "operator",
  "sessions.todo": "viewer",
  "sessions.diff": "viewer",
  "interactions.list": "viewer",
  "interactions.get": "viewer",
  "interactions.answer": "operator",
  "rules.list": "viewer",
  "rules.add": "admin",
  "rules.remove": "admin",
  "sessions.wait": "viewer",
  "prompts.list": "viewer",
  "prompts.get": "viewer",
  "prompts.edit": "operator",
  "prompts.move": "operator",
  "prompts.cancel": "operator",
  "prompts.switch": "operator",
  "projects.list": "viewer",
  "projects.get": "viewer",
  "projects.complete": "operator",
  "projects.reopen": "operator",
  "policies.list": "viewer",
  "policies.pause": "operator",
  "policies.resume": "operator",
  "policies.simulate": "viewer",
  "budgets.list": "viewer",
  "budgets.set": "admin",
  "budgets.raise": "admin",
  "budgets.remove": "admin",
  "schedules.list": "viewer",
  "schedules.get": "viewer",
  "schedules.add": "admin",
  "schedules.remove": "admin",
  "schedules.run": "operator",
  "schedules.history": "viewer",
  "inbox.list": "viewer",
  "inbox.snooze": "operator",
  "inbox.acknowledge": "operator",
  "inbox.reopen": "operator",
  "inbox.look": "operator",
  "inbox.review": "viewer",
  "commands.list": "viewer",
  "commands.get": "viewer",
  "commands.cancel": "operator",
  "cost.get": "viewer",
  "cost.report": "viewer",
  "cost.forecast": "viewer",
  "cost.providers": "viewer",
  "cost.poll": "operator",
  "cost.drift": "viewer",
  "events.list": "viewer",
  "events.stream": "viewer",
  "tokens.list": "admin",
  "tokens.create": "admin",
  "tokens.revoke": "admin",
  "audit.list": "admin",
  "followers.list": "viewer",
  "followers.retry": "operator",
  "followers.drop": "admin",
  "channels.list": "viewer",
  "channels.test": "operator",
  "channels.setup": "viewer",
  "notices.list": "viewer",
  "routes.list": "viewer",
  "routes.test": "viewer",
  "routes.why": "viewer",
  "incoming.list": "viewer",
  "incoming.repositories": "viewer",
  "incoming.off": "operator",
  "incoming.on": "operator",
  "db.info": "admin",
  "db.backup": "admin",
  "db.check": "admin",
  "db.repair": "admin",
  "db.prune": "admin",
};

const RANK: Readonly<Record<TokenRole, number>> = { agent: 0, viewer: 1, operator: 2, admin: 3 };

const operations: readonly Operation[] = Object.values(OPERATIONS);
const cases = operations.flatMap(({ name }) => TOKEN_ROLES.map((role) => [name, role] as const));

let stage: Stage;
const secrets = new Map<TokenRole, string>();

beforeAll(async () => {
  stage = await startStage();
  for (const role of TOKEN_ROLES) {
    const response = await stage.send("POST", "/api/v1/tokens", { name: `the-${role}`, role });
    const body = (await response.json()) as { data: { secret: string } };
    secrets.set(role, body.data.secret);
  }
});
afterAll(() => stage[Symbol.asyncDispose]());

it("the table names every operation", () => {
  expect(Object.keys(NEEDED).toSorted()).toEqual(Object.keys(OPERATIONS).toSorted());
});

describe("over HTTP", () => {
  it.each(cases)("%s by the role %s", async (name, role) => {
    const { method, path } = OPERATIONS[name as keyof typeof OPERATIONS] as Operation;
    const ended = new AbortController();
    const response = await fetch(
      `http://127.0.0.1:${stage.supervisor.httpPort}/api/v1${path.replaceAll(/\{\w+\}/g, "nothing")}`,
      {
        method,
        headers: { authorization: `Bearer ${secrets.get(role)}`, "content-type": "application/json" },
        // an input that no operation takes: what is allowed is refused for that, and nothing is done
        ...(method === "GET" ? {} : { body: '{"wait_ms":"no number"}' }),
        signal: ended.signal,
      },
    );
    const isAllowed = RANK[role] >= RANK[NEEDED[name] as Role];
    expect(response.status === 403).toBe(!isAllowed);
    expect(response.status).not.toBe(401);
    const code = response.status === 403 ? ((await response.json()) as { code: string }).code : "";
    expect(code).toBe(isAllowed ? "" : "FORBIDDEN");
    ended.abort();
  });
});

describe("a request of a role that may not ask", () => {
  const changes = operations
    .filter(({ method }) => method !== "GET")
    .map(({ method, path }) => [method, path] as const);
  const said = (path: string, method: string, body: string): Promise<Response> =>
    fetch(`http://127.0.0.1:${stage.supervisor.httpPort}/api/v1${path.replaceAll(/\{\w+\}/g, "nothing")}`, {
      method,
      headers: { authorization: `Bearer ${secrets.get("agent")}`, "idempotency-key": "" },
      body,
    });

  it.each([...changes, ["POST", "/commands"] as const])(
    "is refused before its body is read: %s %s",
    async (method, path) => {
      for (const body of ["{", "[]", '{"type":"nonsense"}', "x".repeat(2 * 1024 * 1024)])
        expect((await said(path, method, body)).status).toBe(403);
    },
  );

  it("is in the audit, also where it is said in the words of the v1 API", async () => {
    await said("/commands", "POST", "{");
    await expect
      .poll(
        async () => ((await (await stage.get("/api/v1/audit?action=v1.commands")).json()) as { data: unknown }).data,
      )
      .toMatchObject([{ actor: "token:the-agent", result: "refused" }]);
  });
});

describe("over the control channel", () => {
  it.each(TOKEN_ROLES.filter((role) => role !== "agent"))("every operation by the role %s", async (role) => {
    const control = await dial(stage.supervisor.port, {
      token: secrets.get(role) ?? "",
      protocol: "hal.control.v1",
      path: "/ws/control",
    });
    for (const { name, kind } of operations) {
      const isAllowed = RANK[role] >= RANK[NEEDED[name] as Role];
      control.send({ type: "call", id: name, operation: name, input: { wait_ms: "no number", type: 1 } });
      const answer = await control.next(kind === "stream" ? "end" : "reply");
      const { error } = answer as { error?: { code: string } };
      expect([name, error?.code === "forbidden"]).toEqual([name, !isAllowed]);
    }
    control.close();
  });
});

it("opens the door that the handshake names, where both are offered", async () => {
  const peer = await dial(stage.supervisor.port, { protocol: "hal.control.v1,hal.agent.v1", path: "/ws/control" });
  peer.send({ type: "call", id: "1", operation: "whoami.get" });
  // it is an agent link, on which a call is no first word
  expect((await peer.closed).code).toBe(4001);
});

describe("opening a connection", () => {
  const LINK = { protocol: "hal.agent.v1", path: "/" };
  const CONTROL = { protocol: "hal.control.v1", path: "/ws/control" };

  it.each([
    ["agent", LINK, "opened"],
    ["agent", CONTROL, "403"],
    ...(["viewer", "operator", "admin"] as const).flatMap(
      (role) =>
        [
          [role, LINK, "403"],
          [role, CONTROL, "opened"],
        ] as const,
    ),
    ["shared", LINK, "opened"],
    ["shared", CONTROL, "opened"],
    // names are whole names
    ["shared", { protocol: "xhal.control.v1x", path: "/" }, "400"],
    ["shared", { protocol: "hal.control.v1x", path: "/ws/control" }, "400"],
    ["viewer", { protocol: "hal.agent.v1.hal.control.v1", path: "/" }, "400"],
  ] as const)("as %s to %o", async (role, where, what) => {
    const token = role === "shared" ? TOKEN : (secrets.get(role) ?? "");
    const came = await dial(stage.supervisor.port, { token, ...where }).then(
      (peer) => {
        peer.close();
        return "opened";
      },
      (error: unknown) => String(error),
    );
    expect(came).toContain(what);
  });
});
