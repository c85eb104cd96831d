import { readFile } from "node:fs/promises";
import type { AuditView, NodeView, TokenView, WhyView } from "@hal/protocol";
import { fingerprint } from "@hal/daemon";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Coming, judgeCredential, standingOf } from "../../src/capabilities/access/domain/rotation.ts";
import { dial, event, events, hello, NODE_ID, type Peer } from "../support/socket.ts";
import { startStage, type Stage, TOKEN } from "../support/start.ts";

const NEW = "another-token-of-thirty-two-characters";
const NEWEST = "the-third-token-of-thirty-two-characters";

describe("how a shared token stands", () => {
  const hash = fc.constantFrom("a", "b", "c", "d");
  const facts = fc.record({
    current: hash,
    previous: fc.uniqueArray(hash),
    revoked: fc.uniqueArray(hash).map((list) => new Set(list)),
    known: fc.uniqueArray(hash).map((list) => new Set(list)),
  });

  it("is accepted only as the configuration says, and the current one always is", () => {
    fc.assert(
      fc.property(hash, facts, (given, all) => {
        const standing = standingOf(given, all);
        const isCurrent = given === all.current;
        expect(standing === "current").toBe(isCurrent);
        expect(standing === "previous").toBe(!isCurrent && all.previous.includes(given) && !all.revoked.has(given));
      }),
    );
  });
});

// I13
describe("what a node comes with", () => {
  const coming: fc.Arbitrary<Coming> = fc.record({
    standing: fc.constantFrom("current" as const, "previous" as const, "named" as const),
    current: fc.constantFrom("n1", "n2"),
    confirmed: fc.constantFrom("n1", "n2", undefined),
    identifiedAt: fc.option(fc.nat(10), { nil: undefined }),
    replacedAt: fc.oneof(fc.nat(10), fc.constant(Number.NEGATIVE_INFINITY)),
    isProven: fc.boolean(),
    takesUpdates: fc.boolean(),
  });

  it("is refused only where the node has the current token and comes with the previous one", () => {
    fc.assert(
      fc.property(coming, (node) => {
        const isOver = node.standing === "previous" && node.confirmed === node.current;
        expect(judgeCredential(node).kind === "refused").toBe(isOver);
      }),
    );
  });

  it("is answered with the new token only where the node proved itself and was there before the old one was replaced", () => {
    fc.assert(
      fc.property(coming, (node) => {
        if (judgeCredential(node).kind !== "hand out") return;
        expect(node.isProven && node.standing === "previous" && node.takesUpdates).toBe(true);
        expect(node.identifiedAt).toBeLessThan(node.replacedAt);
      }),
    );
  });
});

describe("a shared token that is replaced while the supervisor runs", () => {
  let stage: Stage;
  let connections = 0;
  beforeEach(async () => {
    stage = await startStage();
  });
  afterEach(() => stage[Symbol.asyncDispose]());

  /** Connects an agent by hand; `secret` is what a welcome handed out. */
  async function greet(token: string, changes: Record<string, unknown> = {}): Promise<Peer> {
    const peer = await dial(stage.supervisor.port, { token });
    peer.send(hello({ connection: ++connections, features: ["update"], ...changes }));
    return peer;
  }

  function confirm(peer: Peer, token: string): void {
    const opencode = { state: "up", since: 1 };
    peer.send({ type: "heartbeat", at: 1, opencode, outbox: { depth: 0 }, credentialVersion: fingerprint(token) });
  }

  async function secretOf(peer: Peer): Promise<string> {
    return (await peer.next("welcome"))["secret"] as string;
  }

  async function rotate(current: string, previous: unknown): Promise<void> {
    stage.written["server"] = { ...stage.written["server"], auth_token: current, previous_auth_token: previous };
    await stage.supervisor.reload();
  }

  async function tokens(): Promise<TokenView[]> {
    return (
      (await (await stage.get("/api/v1/tokens", stage.written["server"]?.["auth_token"] as string)).json()) as {
        data: TokenView[];
      }
    ).data;
  }

  async function audited(action: string): Promise<AuditView[]> {
    return ((await (await stage.get(`/api/v1/audit?action=${action}`, NEW)).json()) as { data: AuditView[] }).data;
  }

  const revoke = (token: string): Promise<Response> =>
    stage.send("POST", "/api/v1/tokens/previous/revoke", {}, { authorization: `Bearer ${token}` });

  it("is handed to a connected agent, which confirms it, and from then on comes with it alone", async () => {
    const peer = await greet(TOKEN);
    const secret = await secretOf(peer);
    await rotate(NEW, TOKEN);
    expect((await peer.next("update"))["authToken"]).toBe(NEW);
    expect(await tokens()).toMatchObject([
      { name: "shared", fingerprint: fingerprint(NEW), nodes: [] },
      { name: "previous", fingerprint: fingerprint(TOKEN), state: "valid", nodes: ["box"] },
    ]);
    confirm(peer, NEW);
    await expect.poll(async () => (await tokens()).map(({ nodes }) => nodes)).toEqual([["box"], []]);
    peer.close();
    const old = await greet(TOKEN, { secret });
    expect(await old.closed).toMatchObject({
      code: 4009,
      reason: expect.stringContaining("set auth_token to the new one"),
    });
    await (await greet(NEW, { secret })).next("welcome");
    expect(await audited("tokens.handOut")).toMatchObject([
      { target: NODE_ID, args: { fingerprint: fingerprint(NEW) } },
    ]);
    expect(stage.lines.join("")).not.toContain(NEW);
    for (const suffix of ["", "-wal"]) expect((await readFile(stage.database + suffix)).includes(NEW)).toBe(false);
  });

  // I13
  it("is handed to a node that was away, after it proved itself, and not to one that nobody knew before", async () => {
    const first = await greet(TOKEN);
    const secret = await secretOf(first);
    first.close();
    await first.closed;
    await rotate(NEW, TOKEN);
    const back = await greet(TOKEN, { secret });
    expect((await back.next("update"))["authToken"]).toBe(NEW);
    confirm(back, NEW);

    const node = { id: "01900000-0000-7000-8000-00000000000b", hostname: "stranger", version: "0", os: "l", arch: "x" };
    const stranger = await greet(TOKEN, { node });
    const itsSecret = await secretOf(stranger);
    stranger.close();
    await stranger.closed;
    const again = await greet(TOKEN, { node, secret: itsSecret });
    await again.next("welcome");
    await expect.poll(async () => (await tokens())[0]?.nodes).toEqual(["box"]);
    // neither then nor when the token is replaced once more
    await rotate(NEWEST, [NEW, TOKEN]);
    expect((await back.next("update"))["authToken"]).toBe(NEWEST);
    expect(again.count("update")).toBe(0);
    const why = (await (await stage.get("/api/v1/why/stranger", NEWEST)).json()) as { data: WhyView };
    expect(JSON.stringify(why.data)).toContain("change auth_token in its configuration");
  });

  it("is not given to whoever has the old one and the id of a node, whatever secret they show or are given", async () => {
    const first = await greet(TOKEN);
    await first.next("welcome");
    first.terminate();
    await first.closed;
    await rotate(NEW, TOKEN);
    const finder = await greet(TOKEN, { secret: "made-up" });
    expect((await finder.closed).code).toBe(4004);
    const again = await greet(TOKEN);
    const secret = await secretOf(again);
    again.close();
    await again.closed;
    const proven = await greet(TOKEN, { secret });
    await proven.next("welcome");
    // an update would have come before the acknowledgement
    proven.send(events(event(1, "session.busy")));
    await proven.next("ack");
    expect([again.count("update"), proven.count("update")]).toEqual([0, 0]);
  });

  // I12
  it("tells people with the previous one so, until that is revoked: then whoever is connected by it is cut, also after a restart", async () => {
    const control = await dial(stage.supervisor.port, { protocol: "hal.control.v1" });
    await rotate(NEW, TOKEN);
    const answer = (await (await stage.get("/api/v1/nodes")).json()) as { meta: { notice: string } };
    expect(answer.meta.notice).toContain("the previous token");
    expect(((await (await stage.get("/api/v1/nodes", NEW)).json()) as { meta: object }).meta).not.toHaveProperty(
      "notice",
    );
    expect((await revoke(NEW)).status).toBe(200);
    expect((await control.closed).code).toBe(4009);
    const refused = await stage.get("/api/v1/nodes");
    expect([refused.status, await refused.text()]).toEqual([401, expect.stringContaining("this token was replaced")]);
    await stage.restart();
    expect((await stage.get("/api/v1/nodes")).status).toBe(401);
    expect((await tokens())[1]).toMatchObject({ name: "previous", state: "revoked" });
    // once it is the current one again, it is right again
    await rotate(TOKEN, NEW);
    expect((await stage.get("/api/v1/nodes")).status).toBe(200);
  });

  it("makes no tokens once it is a previous one, and takes what was made with it along when it is revoked", async () => {
    const make = async (name: string, token: string, role = "admin") => {
      const response = await stage.send("POST", "/api/v1/tokens", { name, role }, { authorization: `Bearer ${token}` });
      return { status: response.status, body: (await response.json()) as { data: { secret: string } } };
    };
    const mine = await make("mine", TOKEN);
    await make("its-child", mine.body.data.secret, "viewer");
    await rotate(NEW, TOKEN);
    expect((await make("late", TOKEN)).status).toBe(403);
    await make("other", NEW);
    const response = await revoke(NEW);
    expect(((await response.json()) as { data: unknown }).data).toMatchObject({ also_revoked: ["mine", "its-child"] });
    expect((await stage.get("/api/v1/nodes", mine.body.data.secret)).status).toBe(401);
    const states = (await tokens()).map(({ name, state }) => `${name} ${state}`);
    expect(states.slice(2)).toEqual(["mine revoked", "its-child revoked", "other valid"]);
  });

  it("keeps what was made with it where that is said", async () => {
    await stage.send("POST", "/api/v1/tokens", { name: "mine", role: "viewer" });
    await rotate(NEW, TOKEN);
    const body = { keep_created: true };
    await stage.send("POST", "/api/v1/tokens/previous/revoke", body, { authorization: `Bearer ${NEW}` });
    expect((await tokens()).at(-1)).toMatchObject({ name: "mine", state: "valid" });
  });

  it("ends with its key, and cuts whoever came with it; the shared one is not revoked by a command", async () => {
    const peer = await greet(TOKEN);
    await peer.next("welcome");
    await rotate(NEW, undefined);
    expect((await peer.closed).code).toBe(4009);
    expect((await stage.get("/api/v1/nodes")).status).toBe(401);
    expect((await revoke(NEW)).status).toBe(404);
    const shared = await stage.send("POST", "/api/v1/tokens/shared/revoke", {}, { authorization: `Bearer ${NEW}` });
    expect([shared.status, await shared.text()]).toEqual([400, expect.stringContaining("put another one there")]);
  });

  it("is not sent to an agent that would not understand it, which is said", async () => {
    const peer = await greet(TOKEN, { features: [] });
    await peer.next("welcome");
    await rotate(NEW, TOKEN);
    expect(stage.lines.join("")).toContain("too old to be given the new one");
    expect(peer.count("update")).toBe(0);
    const { data } = (await (await stage.get(`/api/v1/nodes/${NODE_ID}`, NEW)).json()) as { data: NodeView };
    expect(data.status).toBe("online");
  });

  it("is in the audit as a reload, by the names of keys and never their values", async () => {
    await rotate(NEW, TOKEN);
    await expect
      .poll(async () => (await audited("config.reload")).map(({ actor, args, result }) => ({ actor, args, result })))
      .toEqual([{ actor: "SIGHUP", result: "ok", args: { changed: "server.auth_token server.previous_auth_token" } }]);
  });
});
