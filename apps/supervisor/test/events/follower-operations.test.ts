import type { AuditView, OperationOutput } from "@hal/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { setAside } from "../support/set-aside.ts";
import { dial, event, events, hello } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

let stage: Stage;
let gap: number;

beforeEach(async () => {
  stage = await startStage({ heartbeat_interval_sec: 30 });
  const agent = await dial(stage.supervisor.port);
  agent.send(hello());
  await agent.next("welcome");
  agent.send(events({ ...event(1, "gap", { from: 1, reason: "outbox_full" }), session: undefined }));
  await agent.next("ack");
  gap = (await get<{ id: number }[]>("/events?type=gap"))[0]?.id ?? 0;
});
afterEach(() => stage[Symbol.asyncDispose]());

async function get<T>(route: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${route}`)).json()) as { data: T }).data;
}

async function post(route: string, body: object): Promise<{ status: number; data?: unknown; error?: unknown }> {
  const response = await stage.send("POST", `/api/v1${route}`, body);
  return { status: response.status, ...((await response.json()) as object) };
}

/** The one that sets something aside here, of all that there are. */
const followers = async (after = ""): Promise<OperationOutput<"followers.list">> =>
  (await get<OperationOutput<"followers.list">>(`/followers${after}`)).filter(({ name }) => name === "journal");
const saidGaps = (): number => stage.lines.filter((line) => line.includes("a gap in the event log")).length;

it("an event that was set aside is shown, and done when it is handed over again, which the audit has", async () => {
  await expect.poll(saidGaps).toBe(1);
  await setAside(stage, gap);
  const aside = [{ event_id: gap, reason: "the disk was full", attempts: 10, at: "1970-01-01T00:00:00.001Z" }];
  expect(await followers()).toMatchObject([{ name: "journal", set_aside: 1, events: aside }]);
  expect(await post("/followers/journal/retry", {})).toMatchObject({
    status: 200,
    data: { done: [gap], failed: [], left: 0 },
  });
  expect(saidGaps()).toBe(2);
  expect(await followers()).toMatchObject([{ name: "journal", set_aside: 0, last_set_aside: null, events: [] }]);
  const audit = await get<AuditView[]>("/audit?action=followers.retry");
  expect(audit).toMatchObject([{ action: "followers.retry", target: "journal", result: "ok" }]);
});

it("an event that was set aside is given up, and never done", async () => {
  await expect.poll(saidGaps).toBe(1);
  await setAside(stage, gap);
  const dropped = await post("/followers/journal/drop", { event_id: gap });
  expect(dropped).toMatchObject({ status: 200, data: { event_id: gap, reason: "the disk was full" } });
  expect(await followers()).toMatchObject([{ set_aside: 0, events: [] }]);
  await stage.restart();
  expect(await followers()).toMatchObject([{ set_aside: 0, events: [] }]);
  expect(saidGaps()).toBe(1);
});

it("what is not set aside, and a follower that there is not, are refused with what there is", async () => {
  expect(await post("/followers/journal/retry", { event_id: gap })).toMatchObject({
    status: 404,
    error: `journal did not set event ${gap} aside`,
  });
  expect(await post("/followers/journal/drop", { event_id: 999 })).toMatchObject({ status: 404 });
  expect(await post("/followers/nobody/retry", {})).toMatchObject({
    status: 404,
    error: "there is no follower nobody; there are: journal, projects, notices, incoming",
  });
});

it("events that were set aside are shown a page at a time, and none of them is out of reach", async () => {
  await expect.poll(saidGaps).toBe(1);
  const ids = Array.from({ length: 130 }, (_, index) => gap + index);
  await setAside(stage, ...ids);
  const [first] = await followers();
  expect(first?.events.map(({ event_id: id }) => id)).toEqual(ids.slice(0, 100));
  const [second] = await followers(`?after=${ids[99]}`);
  expect(second).toMatchObject({ set_aside: 130 });
  expect(second?.events.map(({ event_id: id }) => id)).toEqual(ids.slice(100));
});
