import { DatabaseSync } from "node:sqlite";
import { type CommandView, type EventView, type FleetProjectView, TASKS_FEATURE, type WhyView } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const OTHER = "01900000-0000-7000-8000-00000000000b";
const report = (name: string) => ({ name, directory: `/srv/${name}`, state: "ready" });
const BOX = { features: [TASKS_FEATURE], projects: [report("api"), report("docs")] };
const MAC = {
  node: { id: OTHER, hostname: "mac", version: "0", os: "darwin", arch: "arm64" },
  projects: [report("web")],
};

let stage: Stage;
let box: Peer;
let mac: Peer;
let seq: number;
let connections: number;
let secrets: Map<object, unknown>;
afterEach(() => stage[Symbol.asyncDispose]());

/** `api` and `docs` are on one node, `web` on the other one. */
async function open(
  dependencies: Record<string, object> = { web: { depends_on: ["api"], prompt: "your turn" } },
): Promise<void> {
  [seq, connections, secrets] = [0, 0, new Map()];
  stage = await startStage({}, { dependencies, sessions: { parallel: false } });
  await come();
}

async function come(): Promise<void> {
  box = await greeted(BOX);
  mac = await greeted(MAC);
}

/** A node that comes, also once more. */
async function greeted(node: object): Promise<Peer> {
  connections += 1;
  const peer = await dial(stage.supervisor.port);
  const outbox = { epoch: "e1", firstSeq: 0, lastSeq: seq, acked: node === BOX ? seq : 0 };
  const secret = secrets.get(node);
  const life = { instance: `run-${connections}`, connection: connections, outbox };
  peer.send(hello({ ...node, ...life, ...(secret === undefined ? {} : { secret }) }));
  const welcome = await peer.next("welcome");
  secrets.set(node, welcome["secret"] ?? secret);
  return peer;
}

async function told(project: string, type: "task.completed" | "task.reopened"): Promise<void> {
  seq += 1;
  const sourceKey = `${type}/${project}/${seq}`;
  box.send(events(event(seq, type, { by: "file" }, { project, session: undefined, sourceKey })));
  await box.next("ack");
}

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}
const project = (name: string) => get<FleetProjectView>(`/projects/${name}`);
const commands = () => get<CommandView[]>("/commands");
const notStarted = async () =>
  (await get<EventView[]>("/events?type=project.not_started")).map(({ project: name, data }) => ({
    name,
    ...(data as object),
  }));
/** The follower has done all that there is in the log. */
const followed = () =>
  expect
    .poll(
      async () =>
        (await get<{ name: string; lag_events: number }[]>("/followers")).find(({ name }) => name === "projects")
          ?.lag_events,
    )
    .toBe(0);

/** The node begins what it was asked to, and its session has come to rest. */
async function begun(): Promise<void> {
  const { id: commandId } = await mac.next("command");
  const about = { project: "web", session: "ses_web" };
  const output = { sessionId: "ses_web" };
  mac.send(
    events(
      event(1, "session.idle", { turn: "finished" }, about),
      event(2, "command.succeeded", { commandId, output }, { session: undefined, sourceKey: "begun" }),
    ),
  );
  await mac.next("ack");
}

/** Has the follower begin at the beginning of the log once more; what it kept is gone where that is said. */
async function again(isForgotten: boolean): Promise<void> {
  await stage.restart(async () => {
    const database = new DatabaseSync(stage.database);
    database.exec("update followers set place = 0 where name = 'projects'");
    if (isForgotten) database.exec("delete from project_starts");
    database.close();
  });
  await come();
}

// I29
describe("a project of which all that it depends on is completed", () => {
  it("is one by the graph as it was read last, without a restart", async () => {
    await open({ web: { depends_on: ["docs"], prompt: "your turn" } });
    await told("api", "task.completed");
    await followed();
    expect(await commands()).toEqual([]);
    stage.written["dependencies"] = { web: { depends_on: ["api", "docs"], prompt: "your turn now" } };
    await stage.supervisor.reload();
    await told("docs", "task.completed");
    expect(await mac.next("command")).toMatchObject({ args: { project: "web", prompt: "your turn now" } });
    stage.written["dependencies"] = { web: { depends_on: ["docs"] }, docs: { depends_on: ["web"] } };
    await stage.supervisor.reload();
    expect(stage.lines.find((line) => line.includes("the one in use stays"))).toContain("goes round in a circle");
  });

  it("is started on the node that has it, once, whatever is looked at again", async () => {
    await open();
    await told("api", "task.completed");
    const command = await mac.next("command");
    expect(command).toMatchObject({ command: "session.start", args: { project: "web", prompt: "your turn" } });
    await followed();
    for (const isForgotten of [false, true]) {
      await again(isForgotten);
      await followed();
      expect(await commands()).toMatchObject([{ id: command["id"], actor: "project:web", project: "web" }]);
      expect((await project("web")).start).toMatchObject({
        after: "api",
        command_id: command["id"],
        not_started: null,
      });
    }
    expect(await notStarted()).toEqual([]);
  });

  it("is started anew with each completion, and not because a file says more", async () => {
    await open();
    for (const type of ["task.completed", "task.reopened", "task.completed"] as const) {
      await told("api", type);
      await followed();
      if (type === "task.reopened") await begun();
    }
    expect((await commands()).map(({ actor }) => actor)).toEqual(["project:web", "project:web"]);
    await stage.send("POST", "/api/v1/projects/api/complete", {});
    await followed();
    expect(await commands()).toHaveLength(2);
  });

  it("is started when a person says so, too", async () => {
    await open();
    await stage.send("POST", "/api/v1/projects/api/complete", {});
    expect(await mac.next("command")).toMatchObject({ args: { project: "web" } });
  });

  it("waits for the last of several, and says for which", async () => {
    await open({ web: { depends_on: ["api", "docs"] } });
    await told("api", "task.completed");
    await followed();
    const waits = "it waits for docs, which is not completed";
    expect(await project("web")).toMatchObject({
      reason: expect.stringContaining(waits),
      depends_on: [
        { project: "api", completed: true },
        { project: "docs", completed: false },
      ],
      start: { after: "api", command_id: null, not_started: waits },
    });
    expect((await project("docs")).needed_by).toEqual(["web"]);
    const { findings } = await get<WhyView>("/why/web");
    expect(findings.filter(({ topic, level }) => topic === "project" && level === "note")).toMatchObject([
      { text: "no session runs in web" },
      { text: expect.stringMatching(`^the task of web is open: nobody .*; ${waits}$`) },
      { text: `it was not started when api was completed: ${waits}` },
    ]);
    expect([await notStarted(), await commands()]).toEqual([[], []]);
    await told("docs", "task.completed");
    await followed();
    expect(await commands()).toHaveLength(1);
    expect(await project("web")).toMatchObject({ start: { after: "docs", not_started: null } });
  });

  it("waits for one that was completed before what that one depends on", async () => {
    await open({ docs: { depends_on: ["api"] }, web: { depends_on: ["docs", "api"] } });
    await told("docs", "task.completed");
    await told("api", "task.completed");
    await followed();
    expect((await commands()).map(({ project: name }) => name)).toEqual(["docs"]);
    expect((await project("web")).start?.not_started).toBe("it waits for docs, which was completed before api was");
  });
});

describe("a project that could not be started", () => {
  const reason = async () => (await project("web")).start?.not_started;

  it("says which session is active there", async () => {
    await open();
    mac.send(events(event(1, "session.busy", {}, { project: "web", session: "ses_web" })));
    await mac.next("ack");
    await told("api", "task.completed");
    await followed();
    expect(await reason()).toMatch(/^project web on mac has an active session, ses_web \(busy/);
    expect(await notStarted()).toMatchObject([{ name: "web", code: "conflict" }]);
    const { findings } = await get<WhyView>("/why/ses_web");
    expect(findings.find(({ level }) => level === "problem")?.text).toMatch(
      /^it was not started when api was completed/,
    );
  });

  it.each<[what: string, hindered: () => Promise<unknown>, said: RegExp, code: string]>([
    [
      "is held",
      () => stage.send("POST", "/api/v1/sessions/stop-all", { project: "web", hold: true, wait_ms: 0 }),
      /holds project web .*halctl release --project web/,
      "held",
    ],
    [
      "is on no node any more",
      async () => {
        mac.send({ type: "bye", reason: "for the test" });
        mac.close();
        await mac.closed;
        await stage.send("POST", `/api/v1/nodes/${OTHER}/remove`, {});
      },
      /^no node has a project web$/,
      "not_found",
    ],
  ])("says why where it %s", async (_what, hinder, said, code) => {
    await open();
    await hinder();
    await told("api", "task.completed");
    await followed();
    expect(await reason()).toMatch(said);
    expect(await notStarted()).toEqual([{ name: "web", reason: expect.stringMatching(said), code, after: "api" }]);
    const { subject, answer, findings } = await get<WhyView>("/why/web");
    expect(subject.kind).toBe(code === "held" ? "node" : "project");
    expect(answer).toMatch(code === "held" ? /holds project web/ : /not started when api was completed: no node has/);
    expect(findings.find(({ level }) => level === "problem")).toMatchObject({
      topic: "project",
      text: expect.stringMatching(/^it was not started when api was completed: /),
    });
    await again(false);
    await followed();
    expect(await notStarted()).toHaveLength(1);
  });

  it("says why where its node began nothing", async () => {
    await open();
    await told("api", "task.completed");
    const { id: commandId } = await mac.next("command");
    const error = { code: "opencode_unavailable", message: "opencode is down" };
    const failed = { seq: 1, at: 1, type: "command.failed", sourceKey: "failed", data: { commandId, error } };
    mac.send(events(failed));
    await mac.next("ack");
    await followed();
    expect(await reason()).toBe("opencode is down");
    expect(await notStarted()).toEqual([
      { name: "web", reason: "opencode is down", code: "opencode_unavailable", after: "api", commandId },
    ]);
  });

  it("waits for its node where that is away", async () => {
    await open();
    mac.send({ type: "bye", reason: "for the test" });
    mac.close();
    await mac.closed;
    await told("api", "task.completed");
    await followed();
    expect(await commands()).toMatchObject([{ state: "queued", project: "web" }]);
    mac = await greeted(MAC);
    expect(await mac.next("command")).toMatchObject({ args: { project: "web" } });
  });
});
