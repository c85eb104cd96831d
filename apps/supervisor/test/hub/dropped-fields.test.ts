import { expect, it } from "vitest";
import { connected, NODE_ID } from "../support/socket.ts";
import { startStage } from "../support/start.ts";

const BEAT = { type: "heartbeat", at: 1, opencode: { state: "up", since: 1 }, outbox: { depth: 0 } };

it("a field of an agent that does not fit is counted each time, and named once in the log", async () => {
  await using stage = await startStage();
  const counted = async (): Promise<Record<string, number>> => {
    const text = await (await stage.get("/metrics")).text();
    const samples = text.matchAll(/^hal_o_swarm_frame_fields_dropped_total\{type="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries([...samples].map(([, type, value]) => [type as string, Number(value)]));
  };
  expect(await counted()).toEqual({ hello: 0, heartbeat: 0 });
  const agent = await connected(stage, { opencode: { state: "dreaming" }, features: "live", fromTheFuture: 1 });
  agent.send({ ...BEAT, resources: { cpuPercent: "hot" }, fromTheFuture: 1 });
  agent.send({ ...BEAT, resources: { cpuPercent: "hot" }, outbox: { depth: 3, oldestAt: -1 } });
  agent.send(BEAT);
  await expect.poll(counted).toEqual({ hello: 2, heartbeat: 3 });
  const said = stage.lines.filter((line) => line.includes("fields that do not fit are dropped"));
  expect(said.map((line) => (JSON.parse(line) as { readonly fields: unknown }).fields)).toEqual([
    ["features", "opencode.state"],
    ["resources"],
    ["outbox.oldestAt"],
  ]);
});

it("an agent that names fields without end has the first of them in the log, and all of them counted", async () => {
  await using stage = await startStage();
  const labels = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`label-${index}`, index]));
  await connected(stage, {
    node: { id: NODE_ID, hostname: "box", version: "0.1.0", os: "linux", arch: "x64", labels },
  });
  const text = await (await stage.get("/metrics")).text();
  expect(text).toContain('hal_o_swarm_frame_fields_dropped_total{type="hello"} 500');
  const said = stage.lines.filter((line) => line.includes("fields that do not fit are dropped"));
  expect(said.map((line) => (JSON.parse(line) as { readonly fields: readonly string[] }).fields.length)).toEqual([20]);
});
