import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { EventView } from "@hal/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { RawAgent } from "./harness/raw-agent.ts";
import { Stage } from "./harness/stage.ts";

const FRAMES = 120;
const FRAME_BYTES = 250_000;

let stage: Stage;
printLogOnFailure(() => stage);

beforeAll(async () => {
  stage = await Stage.open("/nowhere/opencode");
  await stage.startSupervisor();
});
afterAll(() => stage[Symbol.asyncDispose]());

const note = (seq: number, sizeBytes: number): object => ({
  seq,
  at: Date.now(),
  type: "session.todo",
  project: "p",
  session: "ses_raw",
  data: { todos: [{ content: "x".repeat(sizeBytes), status: "" }] },
});

test("a node that floods a supervisor which cannot write is not read any more, and loses nothing", async () => {
  const address = { url: `ws://127.0.0.1:${stage.ports.socket}`, token: stage.token };
  const [noisy, quiet] = [await RawAgent.greet(address, "noisy"), await RawAgent.greet(address, "quiet")];
  const lock = new DatabaseSync(path.join(stage.folder, "supervisor", "supervisor.db"), { timeout: 10_000 });
  lock.exec("begin immediate");
  for (let seq = 1; seq <= FRAMES; seq += 1) noisy.sendEvents([note(seq, FRAME_BYTES)]);
  quiet.sendEvents([note(1, 10)]);
  const ticks = quiet.count("tick");
  // the writer waits for the lock, and the supervisor goes on for everybody else
  await eventually(() => expect(quiet.count("tick")).toBeGreaterThan(ticks + 1));
  expect(await stage.api("/nodes")).toHaveLength(2);
  expect(noisy.unreadBytes).toBeGreaterThan((FRAMES * FRAME_BYTES) / 3);
  expect([noisy.acknowledged, quiet.acknowledged]).toEqual([0, 0]);
  lock.exec("rollback");
  lock.close();
  await eventually(() => expect([noisy.acknowledged, quiet.acknowledged]).toEqual([FRAMES, 1]));
  expect([noisy.closedWith, quiet.closedWith]).toEqual([undefined, undefined]);
  // with what one frame of the noisy one takes, the quiet one has had its turn
  const log = (await stage.events({ type: "session.todo" })) as readonly EventView[];
  expect(log).toHaveLength(FRAMES + 1);
  expect(log.findIndex(({ node_id: id }) => id === quiet.nodeId)).toBeLessThan(FRAMES / 2);
  noisy.close();
  quiet.close();
});

test("a supervisor whose database takes no writes is alive, not ready, and says why, until it does again", async () => {
  const ask = async (where: string): Promise<[number, unknown]> => {
    const response = await fetch(`http://127.0.0.1:${stage.ports.http}${where}`);
    return [response.status, await response.json()];
  };
  const lock = new DatabaseSync(path.join(stage.folder, "supervisor", "supervisor.db"), { timeout: 10_000 });
  lock.exec("begin immediate");
  expect(await ask("/readyz")).toMatchObject([
    503,
    {
      status: "unhealthy",
      components: { database: { status: "error", error: expect.stringMatching(/locked|takes? no|not take/) } },
    },
  ]);
  expect(await ask("/api/v1/health")).toMatchObject([
    200,
    { status: "degraded", components: { database: "unavailable", websocket_hub: "ok" } },
  ]);
  expect(await ask("/healthz")).toMatchObject([200, { status: "healthy" }]);
  lock.exec("rollback");
  lock.close();
  await eventually(async () => expect((await ask("/readyz"))[0]).toBe(200));
});
