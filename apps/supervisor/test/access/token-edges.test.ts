import type { TokenView } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { type Coming, judgeCredential } from "../../src/capabilities/access/domain/rotation.ts";
import { dial } from "../support/socket.ts";
import { startStage } from "../support/start.ts";

// I12
it("a token is valid up to the moment in which it expires, and not at it, nor is what was opened with it", async () => {
  let now = Date.UTC(2026, 2, 8);
  await using stage = await startStage({}, {}, { clock: { now: () => now, monotonic: () => performance.now() } });
  const made = await stage.send("POST", "/api/v1/tokens", { name: "ci", role: "viewer", expires_in_ms: 60_000 });
  const { data } = (await made.json()) as { data: { token: TokenView; secret: string } };
  expect(data.token.expires_at).toBe("2026-03-08T00:01:00.000Z");
  const ask = async (): Promise<number> => (await stage.get("/api/v1/nodes", data.secret)).status;
  now += 59_999;
  expect(await ask()).toBe(200);
  const control = await dial(stage.supervisor.port, { token: data.secret, protocol: "hal.control.v1" });
  now += 1;
  expect(await ask()).toBe(401);
  expect((await control.closed).code).toBe(4009);
});

// I13
describe("a node that comes with the previous token", () => {
  const there: Coming = {
    standing: "previous",
    current: "new",
    confirmed: "old",
    identifiedAt: 99,
    replacedAt: 100,
    isProven: true,
    takesUpdates: true,
  };

  it.each<[string, Partial<Coming>, string]>([
    ["was there one moment before that was replaced", {}, "hand out"],
    ["was given its secret in the moment of it", { identifiedAt: 100 }, "not given"],
    ["is given its secret just now", { identifiedAt: undefined }, "not given"],
    ["has proven nothing", { isProven: false }, "not given"],
    ["does not understand it", { takesUpdates: false }, "not given"],
    ["has the new one already", { confirmed: "new" }, "refused"],
  ])("and %s", (_name, changes, kind) => {
    expect(judgeCredential({ ...there, ...changes }).kind).toBe(kind);
  });
});
