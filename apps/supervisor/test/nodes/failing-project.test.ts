import type { NodeView, SessionView, StatusView, WhyView } from "@hal/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { startStage, type Stage } from "../support/start.ts";
import { connected, event, events, NODE_ID, type Peer } from "../support/socket.ts";

const FINE = { name: "p1", directory: "/srv/p1", state: "ready" };
const BROKEN = { name: "p2", directory: "/srv/p2", state: "ready" };
const PROBLEM = { reason: "/srv/p2/opencode.json: CloseBraceExpected", since: Date.now() };

let stage: Stage;
let agent: Peer;
let seq = 0;
beforeEach(async () => {
  seq = 0;
  stage = await startStage();
  agent = await connected(stage, { projects: [FINE, BROKEN] });
  for (const [session, project] of [
    ["ses_one", "p1"],
    ["ses_two", "p2"],
    ["ses_three", "p2"],
  ] as const)
    await tell("session.started", { title: "t", createdAt: 1, updatedAt: 1 }, { session, project });
  for (const [session, project] of [
    ["ses_one", "p1"],
    ["ses_two", "p2"],
    ["ses_three", "p2"],
  ] as const)
    await tell("session.idle", {}, { session, project });
});
afterEach(() => stage[Symbol.asyncDispose]());

async function tell(type: string, data: object, more: object): Promise<void> {
  seq += 1;
  agent.send(events(event(seq, type, data, more)));
  await agent.next("ack");
}

const changed = (...projects: object[]): Promise<void> =>
  tell("projects.changed", { projects }, { session: undefined, project: undefined });

async function read<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

async function statuses(): Promise<Record<string, string>> {
  const sessions = await read<SessionView[]>("/sessions");
  return Object.fromEntries(sessions.map(({ id, status }) => [id, status]));
}

it("a project that opencode fails at is shown as failing wherever it is shown, with the reason, until that is over", async () => {
  await changed(FINE, { ...BROKEN, problem: PROBLEM });
  const node = await read<NodeView>(`/nodes/${NODE_ID}`);
  expect(node.reason).toBe("online; project p2 is failing");
  expect(node.projects).toEqual([
    FINE,
    { ...BROKEN, state: "failing", reason: PROBLEM.reason, since: new Date(PROBLEM.since).toISOString() },
  ]);
  expect(await statuses()).toEqual({ ses_one: "idle", ses_two: "unreachable", ses_three: "unreachable" });
  expect((await read<StatusView>("/status")).sessions).toEqual({ idle: 1, unreachable: 2 });
  const texts = (why: WhyView): string => why.findings.map(({ level, text }) => `${level} ${text}`).join("\n");
  for (const ref of ["ses_two", NODE_ID])
    expect(texts(await read<WhyView>(`/why/${ref}`))).toMatch(
      /problem project p2 \(\/srv\/p2\) is failing for .*CloseBraceExpected/,
    );
  expect((await read<WhyView>("/why/ses_two")).answer).toMatch(/opencode has failed at its directory.*it was idle/);
  expect(texts(await read<WhyView>("/why/ses_one"))).not.toContain("p2");

  await changed(FINE, BROKEN);
  expect(await statuses()).toEqual({ ses_one: "idle", ses_two: "idle", ses_three: "idle" });
  expect((await read<NodeView>(`/nodes/${NODE_ID}`)).projects).toEqual([FINE, BROKEN]);
});

it("of a directory below a project only the sessions in it are not known", async () => {
  await changed(FINE, { ...BROKEN, problem: { ...PROBLEM, sessions: ["ses_three"] } });
  expect(await statuses()).toEqual({ ses_one: "idle", ses_two: "idle", ses_three: "unreachable" });
});
