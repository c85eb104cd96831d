import type { EventView } from "@hal/protocol";
import { expect, it } from "vitest";
import { dial, event, events, hello } from "../support/socket.ts";
import { startStage } from "../support/start.ts";

// I4
it("a log that has acknowledged more than it holds, and does not know that it was restored, begins a new life", async () => {
  await using stage = await startStage();
  const first = await dial(stage.supervisor.port);
  first.send(hello());
  const welcome = await first.next("welcome");
  const { logId } = welcome["supervisor"] as { logId: string };
  first.send(events(event(1, "session.busy"), event(2, "session.idle")));
  await first.next("ack");
  const [told] = ((await (await stage.get("/api/v1/events?limit=1")).json()) as { data: EventView[] }).data;
  first.close();
  await first.closed;

  const greet = async (connection: number, acked: number) => {
    const agent = await dial(stage.supervisor.port);
    const outbox = { epoch: "e1", firstSeq: 1, lastSeq: 5, acked, logId, instances: ["run-1"] };
    agent.send(hello({ secret: welcome["secret"], connection, outbox }));
    return agent.next("welcome");
  };
  // as much as it holds is no loss
  expect(await greet(2, 2)).toMatchObject({ supervisor: { logId }, acknowledged: { seq: 2 } });
  const after = await greet(3, 5);
  expect(after).toMatchObject({ acknowledged: { epoch: "e1", seq: 2 } });
  expect((after["supervisor"] as { logId: string }).logId).not.toBe(logId);
  // places in the life before are none in this one
  const lost = await stage.get(`/api/v1/events/stream?after=${told?.cursor}`);
  expect(lost.status).toBe(410);
  await lost.arrayBuffer();
  const { data } = (await (await stage.get("/api/v1/events?type=gap")).json()) as { data: EventView[] };
  expect(data.map(({ data: gap }) => gap)).toMatchObject([{ from: 3, to: 5, count: 3, reason: "supervisor_restored" }]);
});
