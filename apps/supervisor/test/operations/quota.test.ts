import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, hello } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

let stage: Stage;
beforeEach(async () => {
  stage = await startStage({}, { limits: { nodes_per_token: 2, tokens_per_token: 1, streams_per_token: 2 } });
});
afterEach(() => stage[Symbol.asyncDispose]());

describe("what one token may have", () => {
  const node = (n: number) => ({
    id: `01900000-0000-7000-8000-00000000000${n}`,
    hostname: `n${n}`,
    version: "0",
    os: "linux",
    arch: "x64",
  });

  async function came(n: number, changes: object = {}): Promise<unknown> {
    const peer = await dial(stage.supervisor.port);
    peer.send(hello({ node: node(n), ...changes }));
    const what = await Promise.race([peer.next("welcome"), peer.closed]);
    return "code" in what ? what : { secret: what["secret"], peer };
  }

  it("is so many nodes, of which those that are known may always come back, and one that is removed leaves room", async () => {
    const first = (await came(1)) as { secret: string; peer: { close(): void; closed: Promise<unknown> } };
    await came(2);
    expect(await came(3)).toMatchObject({ code: 1008, reason: expect.stringContaining("limits.nodes_per_token") });
    first.peer.close();
    await first.peer.closed;
    expect(await came(1, { secret: first.secret, connection: 2 })).toHaveProperty("peer");
    await stage.send("POST", "/api/v1/nodes/n2/remove", { online: true });
    expect(await came(3)).toHaveProperty("secret");
  });

  it("is so many tokens that are valid", async () => {
    const make = async (name: string) => (await stage.send("POST", "/api/v1/tokens", { name, role: "viewer" })).status;
    expect([await make("a"), await make("b")]).toEqual([200, 429]);
    await stage.send("POST", "/api/v1/tokens/a/revoke", {});
    expect(await make("b")).toBe(200);
  });

  it("is so many streams at a time, over both doors, each of which leaves room when it ends", async () => {
    const control = await dial(stage.supervisor.port, { protocol: "hal.control.v1", path: "/ws/control" });
    const follow = (id: string): void => control.send({ type: "call", id, operation: "events.stream" });
    const leave = new AbortController();
    const url = `http://127.0.0.1:${stage.supervisor.httpPort}/api/v1/events/stream`;
    const headers = { authorization: `Bearer ${stage.written["server"]?.["auth_token"] as string}` };
    expect((await fetch(url, { headers, signal: leave.signal })).status).toBe(200);
    follow("1");
    follow("2");
    expect(await control.next("end", "2")).toMatchObject({ error: { code: "rate_limited" } });
    expect((await fetch(url, { headers })).status).toBe(429);
    control.send({ type: "cancel", id: "1" });
    await control.next("end", "1");
    follow("3");
    leave.abort();
    await expect
      .poll(async () => {
        const again = new AbortController();
        const { status } = await fetch(url, { headers, signal: again.signal });
        again.abort();
        return status;
      })
      .toBe(200);
    expect(control.count("end")).toBe(0);
  });
});
