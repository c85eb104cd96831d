import type { SessionView, WhyView } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { claimOf, placesBeside } from "../../src/capabilities/sessions/domain/claims.ts";
import { connected, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { started, Teller } from "../support/teller.ts";

const GIT = { remote: "git.example/team/engine", branch: "main" };
const OTHER_NODE = "01900000-0000-7000-8000-00000000000b";

let stage: Stage;
let ada: Peer;
let bob: Peer;
let ofAda: Teller;
let ofBob: Teller;

const projectsOf = (name: string, git: object | undefined) => [{ name, directory: "/srv/p", state: "ready", git }];

async function open(sessions: object, git: object | undefined = GIT): Promise<void> {
  stage = await startStage({}, { sessions });
  ada = await connected(stage, { projects: projectsOf("engine", GIT), features: ["worktree"] });
  const node = { id: OTHER_NODE, hostname: "bob", version: "0.1.0", os: "linux", arch: "x64" };
  bob = await connected(stage, { node, projects: projectsOf("motor", git), features: ["worktree"] });
  [ofAda, ofBob] = [new Teller(ada), new Teller(bob)];
}

async function start(project: string, body: object = {}) {
  const response = await stage.send("POST", "/api/v1/sessions", { project, prompt: "hi", wait_ms: 0, ...body });
  return {
    status: response.status,
    ...((await response.json()) as { readonly error?: string; readonly details?: object }),
  };
}

const session = async (id: string): Promise<SessionView> =>
  ((await (await stage.get(`/api/v1/sessions/${id}`)).json()) as { readonly data: SessionView }).data;

async function works(teller: Teller, id: string, project: string, more: object = {}): Promise<void> {
  teller.agent.send({
    type: "events",
    epoch: "e1",
    events: [
      teller.next("session.started", { ...started(), ...more }, { session: id, project }),
      teller.next("session.busy", {}, { session: id, project }),
    ],
  });
  await teller.agent.next("ack");
}

describe("sessions of two nodes that are active on the same branch", () => {
  afterEach(() => stage[Symbol.asyncDispose]());

  it("are shown with each other, for as long as both are", async () => {
    await open({ parallel: false });
    await works(ofAda, "ses_a", "engine");
    expect((await session("ses_a")).shared).toEqual([]);
    expect((await start("motor")).status).toBe(200);
    await works(ofBob, "ses_b", "motor");
    const text = "ses_b on bob is active on the same branch, main of git.example/team/engine";
    expect(await session("ses_a")).toMatchObject({
      reason: expect.stringContaining(text),
      shared: [{ node_id: OTHER_NODE, node: "bob", session_id: "ses_b", ...GIT }],
    });
    expect((await session("ses_b")).shared).toMatchObject([{ session_id: "ses_a" }]);
    const why = (await (await stage.get("/api/v1/why/ses_a")).json()) as { readonly data: WhyView };
    expect(JSON.stringify(why.data)).toContain(text);
    ofBob.agent.send({
      type: "events",
      epoch: "e1",
      events: [ofBob.next("session.idle", { turn: "finished" }, { session: "ses_b", project: "motor" })],
    });
    await bob.next("ack");
    expect((await session("ses_a")).shared).toEqual([]);
  });

  it("are none where it is configured: the second start is refused with the session, its node and the branch", async () => {
    await open({ parallel: true, claim: "refuse" });
    await works(ofAda, "ses_a", "engine");
    expect(await start("motor")).toMatchObject({
      status: 409,
      error: expect.stringMatching(
        /^project engine on box, which is of the same branch \(main of git\.example\/team\/engine\), has an active session, ses_a \(busy for /,
      ),
      details: { project: "engine", session_id: "ses_a", ...GIT },
    });
    // its own node may have several, as that is configured, too
    expect((await start("engine")).status).toBe(200);
    expect((await start("motor", { parallel: true })).status).toBe(200);
  });

  it("are no two starts at once where it is configured", async () => {
    await open({ parallel: false, claim: "refuse" });
    const both = await Promise.all([start("engine"), start("motor")]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });

  it.each<[string, object | undefined, object]>([
    ["on another branch", { ...GIT, branch: "next" }, {}],
    ["of another repository", { ...GIT, remote: "git.example/team/other" }, {}],
    ["of which nothing is known", undefined, {}],
    ["in a worktree of its own", GIT, { worktree: "/srv/w" }],
  ])("are not meant by one %s", async (_, git, more) => {
    await open({ parallel: false, claim: "refuse" }, git ?? {});
    await works(ofBob, "ses_b", "motor", more);
    expect((await start("engine")).status).toBe(200);
    await works(ofAda, "ses_a", "engine");
    expect((await session("ses_a")).shared).toEqual([]);
  });
});

it("places beside are those of other nodes alone", () => {
  const report = (name: string, git?: typeof GIT) => ({ name, directory: "/d", state: "ready" as const, git });
  const nodes = [
    { nodeId: "a", projects: [report("x", GIT), report("y", GIT)] },
    { nodeId: "b", projects: [report("x", GIT), report("z")] },
  ];
  expect(claimOf(nodes[0]?.projects ?? [], "x")).toEqual(GIT);
  expect(placesBeside(nodes, "a", GIT)).toEqual([{ nodeId: "b", project: "x" }]);
});
