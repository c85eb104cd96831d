import { type FleetProjectView, TASKS_FEATURE } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { connected, event, events, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const OTHER = "01900000-0000-7000-8000-00000000000b";
const report = (name: string, state = "ready") => ({ name, directory: `/srv/${name}`, state });

let stage: Stage;
let agent: Peer;

beforeEach(async () => {
  stage = await startStage();
  agent = await connected(stage, { features: [TASKS_FEATURE], projects: [report("api"), report("web", "missing")] });
});
afterEach(() => stage[Symbol.asyncDispose]());

async function get(path: string): Promise<FleetProjectView> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: FleetProjectView }).data;
}
const list = () => get("/projects") as unknown as Promise<FleetProjectView[]>;
async function say(project: string, what: "complete" | "reopen", body: object = {}): Promise<Response> {
  return stage.send("POST", `/api/v1/projects/${project}/${what}`, body);
}

describe("the projects of the fleet", () => {
  it("are told with where they are, in which state, and what is in them", async () => {
    agent.send(events(event(1, "session.busy", {}, { project: "api" })));
    await agent.next("ack");
    const node = { id: OTHER, hostname: "mac", version: "0", os: "darwin", arch: "arm64" };
    await connected(stage, { node, projects: [report("api")] });
    const place = { node: "box", directory: "/srv/api", state: "ready", reason: "" };
    expect(await list()).toMatchObject([
      {
        name: "api",
        task: "open",
        reason:
          "nobody has said that it is completed; the agent of mac is older and does not read .context/PROGRESS.md",
        completed: null,
        nodes: [place, { ...place, node: "mac" }],
        sessions: { busy: 1 },
      },
      { name: "web", reason: "nobody has said that it is completed", nodes: [{ state: "missing" }], sessions: {} },
    ]);
  });

  it("are completed when their file says so, over a restart, and open again when it says something else", async () => {
    const told = (seq: number, type: string, data: object) =>
      event(seq, type, { by: "file", ...data }, { project: "api" });
    agent.send(events(told(1, "task.completed", { title: "Mend it" })));
    await agent.next("ack");
    const done = {
      task: "completed",
      reason: ".context/PROGRESS.md on box says that it is completed: Mend it",
      completed: { by: "file", title: "Mend it", session_id: "ses_one" },
    };
    expect(await get("/projects/api")).toMatchObject(done);
    await stage.restart();
    expect(await get("/projects/api")).toMatchObject(done);
  });

  it("are completed by a person, once, and opened again by one", async () => {
    const response = await say("api", "complete", { title: "Mend it" });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      {
        data: {
          task: "completed",
          reason: "shared-token says that it is completed: Mend it",
          completed: { node_id: null },
        },
      },
    ]);
    await say("api", "complete");
    expect(await get("/projects/api")).toMatchObject({ completed: { title: "Mend it" } });
    await say("api", "reopen");
    await say("api", "reopen");
    expect(await get("/projects/api")).toMatchObject({
      task: "open",
      reason: "shared-token said that it is not completed",
    });
    const log = (await get("/events?limit=50")) as unknown as { type: string; project: string; data: object }[];
    const tasks = log.filter(({ type }) => type.startsWith("task.")).map(({ type, data }) => [type, data]);
    expect(tasks.toReversed()).toEqual([
      ["task.completed", { by: "shared-token", title: "Mend it" }],
      ["task.reopened", { by: "shared-token" }],
    ]);
  });

  it("that there are not are said not to be there, with what was probably meant", async () => {
    for (const response of [await stage.get("/api/v1/projects/apy"), await say("apy", "complete")])
      expect([response.status, await response.json()]).toEqual([
        404,
        { error: "there is no project apy; did you mean api?", code: "NOT_FOUND" },
      ]);
    const twice = [
      await stage.send("POST", "/api/v1/projects/api/complete", {}, { "idempotency-key": "k" }),
      await stage.send("POST", "/api/v1/projects/web/complete", {}, { "idempotency-key": "k" }),
    ];
    expect(twice.map(({ status }) => status)).toEqual([200, 409]);
  });
});
