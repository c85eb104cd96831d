import { expect, it } from "vitest";
import { startStage } from "../support/start.ts";
import { connected, event, events } from "../support/socket.ts";

it("says that a prompt is stalled once its time is over, how far it came, and takes it back when its turn begins", async () => {
  let now = 1_000_000;
  const clock = { now: () => now, monotonic: () => performance.now() };
  await using stage = await startStage({}, { sessions: { prompt_stall_seconds: 90 } }, { clock });
  const agent = await connected(stage);
  agent.send(events(event(1, "session.idle", { turn: "none" })));
  await agent.next("ack");
  await stage.send("POST", "/api/v1/sessions/ses_one/prompt", { text: "hi", wait_ms: 0 });
  const { id } = await agent.next("command");
  const told = async (): Promise<unknown[]> => {
    const { data } = (await (await stage.get("/api/v1/events?limit=50")).json()) as {
      data: readonly { readonly type: string; readonly data: unknown }[];
    };
    return data.filter(({ type }) => type.startsWith("prompt.")).map(({ type, data: said }) => [type, said]);
  };
  const session = async () =>
    (
      (await (await stage.get("/api/v1/sessions/ses_one")).json()) as {
        data: { readonly reason: string; readonly stalled: readonly unknown[] };
      }
    ).data;
  now += 89_000;
  expect([await told(), (await session()).stalled]).toEqual([[], []]);
  now += 1_000;
  const reason = expect.stringMatching(/was sent it and did not say within 90 s that it began it/);
  await expect.poll(told).toEqual([["prompt.stalled", { commandId: id, reason }]]);
  expect(await session()).toMatchObject({
    reason: expect.stringContaining("is stalled"),
    stalled: [{ command_id: id }],
  });
  const why = (await (await stage.get("/api/v1/why/ses_one")).json()) as { data: { answer: string } };
  expect(why.data.answer).toContain("is stalled");
  agent.send(events(event(2, "session.busy")));
  await agent.next("ack");
  await expect.poll(told).toEqual([
    ["prompt.begun", { commandId: id }],
    ["prompt.stalled", { commandId: id, reason }],
  ]);
  expect((await session()).stalled).toEqual([]);
});

it("says of no start that it is stalled whose turn came to its end before its outcome was told", async () => {
  let now = 1_000_000;
  const clock = { now: () => now, monotonic: () => performance.now() };
  await using stage = await startStage({}, { sessions: { prompt_stall_seconds: 90 } }, { clock });
  const agent = await connected(stage);
  await stage.send("POST", "/api/v1/sessions", { project: "p1", prompt: "hi", wait_ms: 0 });
  const { id } = await agent.next("command");
  agent.send(
    events(
      event(1, "session.busy"),
      event(2, "session.idle", { turn: "finished" }),
      event(3, "command.succeeded", { commandId: id, output: { sessionId: "ses_one", messageId: "msg_1" } }),
    ),
  );
  await agent.next("ack");
  now += 1_000_000;
  // this one is stalled in the same look
  await stage.send("POST", "/api/v1/sessions", { project: "p1", prompt: "hi", wait_ms: 0 });
  now += 90_000;
  const told = async (): Promise<unknown[]> => {
    const { data } = (await (await stage.get("/api/v1/events?type=prompt.stalled&limit=50")).json()) as {
      data: unknown[];
    };
    return data;
  };
  await expect.poll(async () => (await told()).length).toBe(1);
  expect(JSON.stringify(await told())).not.toContain(id);
});
