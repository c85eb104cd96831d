import type { CommandReply, CommandView, SessionView, WhyView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { started, Teller } from "../support/teller.ts";

let stage: Stage;
let agent: Peer;
let secret: unknown;
let teller: Teller;

const FEATURES = ["stop", "restart", "worktree"];

beforeEach(async () => {
  stage = await startStage({}, { sessions: { parallel: false } });
  agent = await dial(stage.supervisor.port);
  teller = new Teller(agent);
  agent.send(hello({ features: FEATURES }));
  secret = (await agent.next("welcome"))["secret"];
});
afterEach(() => stage[Symbol.asyncDispose]());

interface Answered {
  readonly status: number;
  readonly data: CommandReply;
  readonly error: string;
  readonly code: string;
  readonly details: Readonly<Record<string, unknown>>;
}

async function start(body: object = {}, headers: Record<string, string> = {}): Promise<Answered> {
  const response = await stage.send(
    "POST",
    "/api/v1/sessions",
    { project: "p1", prompt: "hi", wait_ms: 0, ...body },
    headers,
  );
  return { status: response.status, ...((await response.json()) as Omit<Answered, "status">) };
}

const outcomeOf = (commandId: string, sessionId: string) =>
  teller.next(
    "command.succeeded",
    { commandId, output: { sessionId, messageId: "msg_1" } },
    { session: undefined, sourceKey: `command/${commandId}/outcome` },
  );

async function leaves(): Promise<void> {
  agent.send({ type: "bye", reason: "stopped" });
  agent.close();
  await agent.closed;
}

async function comesBack(connection = 2): Promise<void> {
  agent = await dial(stage.supervisor.port);
  teller.agent = agent;
  const { seq } = teller;
  agent.send(
    hello({ secret, connection, features: FEATURES, outbox: { epoch: "e1", firstSeq: 1, lastSeq: seq, acked: seq } }),
  );
  await agent.next("welcome");
}

// I28
describe("a start in a project in which a session is active", () => {
  it("is refused with 409, that session, and what to do; once that rests, it begins", async () => {
    await teller.tell(["ses_a", "session.started", started()], ["ses_a", "session.busy"]);
    const refused = await start();
    expect(refused).toMatchObject({
      status: 409,
      code: "CONFLICT",
      error: expect.stringMatching(
        /^project p1 on box has an active session, ses_a \(busy for \d+ s: a turn is running\); wait for it: halctl sessions wait ses_a; stop its turn: halctl sessions abort ses_a; or begin beside it in a git worktree, with --parallel$/,
      ),
      details: { project: "p1", session_id: "ses_a" },
    });
    expect(agent.count("command")).toBe(0);
    await teller.tell(["ses_a", "session.idle", { turn: "finished" }]);
    expect(await start()).toMatchObject({ status: 200, data: { command: { type: "session.start" } } });
    expect(await agent.next("command")).toMatchObject({ args: { project: "p1", alone: true } });
  });

  it("is refused beside a start that is under way, of two at once exactly one", async () => {
    const both = await Promise.all([start(), start()]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409]);
    const [made, refused] = both.toSorted((a, b) => a.status - b.status) as [Answered, Answered];
    const { id } = made.data.command;
    expect(refused).toMatchObject({
      error: `a session is being started in project p1 on box already, as shared-token asked; see: halctl commands get ${id}`,
      details: { command: id, session_id: null },
    });
  });

  it("is the same start under its key, whatever is active by then", async () => {
    const key = { "idempotency-key": "k" };
    const first = await start({}, key);
    await teller.tell(["ses_a", "session.started", started()], ["ses_a", "session.busy"]);
    expect(await start({}, key)).toMatchObject({ status: 200, data: { command: { id: first.data.command.id } } });
  });

  it("is refused over a restart of the supervisor and while the node is away, as it was told last", async () => {
    await teller.tell(["ses_a", "session.started", started()], ["ses_a", "session.busy"]);
    await leaves();
    await stage.restart();
    expect(await start()).toMatchObject({
      status: 409,
      error: expect.stringMatching(/ses_a \(busy for .*, as its node said before it was away\); wait for it/),
    });
  });

  it("waits for a node that is away with what has that node look once more", async () => {
    await leaves();
    const queued = await start();
    expect(queued).toMatchObject({ data: { command: { state: "queued" } } });
    expect(await start()).toMatchObject({ status: 409, details: { command: queued.data.command.id } });
    await comesBack();
    expect(await agent.next("command")).toMatchObject({ id: queued.data.command.id, args: { alone: true } });
  });

  it("is refused between a start and its first turn, and while one that rests is restarted", async () => {
    const { command } = (await start()).data;
    await agent.next("command");
    await teller.tell(["ses_a", "session.started", started()], ["ses_a", "session.idle", { turn: "none" }]);
    agent.send({ type: "events", epoch: "e1", events: [outcomeOf(command.id, "ses_a")] });
    await agent.next("ack");
    expect((await start()).error).toMatch(/has an active session, ses_a \(a prompt is on its way to it\); wait for it/);
    await teller.tell(["ses_a", "session.busy"], ["ses_a", "session.idle", { turn: "finished" }]);
    const restart = await stage.send("POST", "/api/v1/sessions/ses_a/restart", { wait_ms: 0 });
    const { id } = ((await restart.json()) as { readonly data: { readonly command: CommandView } }).data.command;
    expect(await start()).toMatchObject({
      error: `a session is being restarted in project p1 on box already, as shared-token asked; see: halctl commands get ${id}`,
      details: { command: id, session_id: "ses_a" },
    });
  });

  it("restarts one beside another that is active, as that is no start", async () => {
    await teller.tell(
      ["ses_a", "session.started", started()],
      ["ses_a", "session.busy"],
      ["ses_b", "session.started", started()],
      ["ses_b", "session.idle", { turn: "finished" }],
    );
    const restart = await stage.send("POST", "/api/v1/sessions/ses_b/restart", { wait_ms: 0 });
    expect(restart.status).toBe(200);
  });

  it("begins beside it in a worktree of its own, whose session is in nobody's way", async () => {
    await teller.tell(["ses_a", "session.started", started()], ["ses_a", "session.busy"]);
    expect(await start({ parallel: true })).toMatchObject({ status: 200 });
    const { id, args } = await agent.next("command");
    expect(args).toEqual({ project: "p1", prompt: "hi", worktree: true });
    await teller.tell(["ses_a", "session.idle", { turn: "finished" }]);
    // neither while it begins nor while it works
    expect((await start()).status).toBe(200);
    const alone = await agent.next("command");
    expect(alone["args"]).toMatchObject({ alone: true });
    const worktree = "/srv/hal/worktrees/p1-0/one";
    await teller.tell(["ses_w", "session.started", { ...started(), worktree }], ["ses_w", "session.busy"]);
    const ends = [outcomeOf(String(id), "ses_w"), outcomeOf(String(alone["id"]), "ses_b")];
    agent.send({ type: "events", epoch: "e1", events: ends });
    await agent.next("ack");
    expect((await start()).status).toBe(200);
  });

  it("does not begin beside it where the agent is older and makes no worktree", async () => {
    await leaves();
    agent = await dial(stage.supervisor.port);
    agent.send(hello({ secret, connection: 2, features: ["stop"] }));
    await agent.next("welcome");
    expect(await start({ parallel: true })).toMatchObject({
      status: 400,
      error: "the agent of node box is older and cannot give a session a worktree of its own; upgrade it",
    });
  });

  it("shows the worktree of a session, and why it is kept once that has ended", async () => {
    const worktree = "/srv/hal/worktrees/p1-0/one";
    const shown = async (): Promise<SessionView> =>
      ((await (await stage.get("/api/v1/sessions/ses_w")).json()) as { readonly data: SessionView }).data;
    await teller.tell(["ses_w", "session.started", { ...started(), worktree }], ["ses_w", "session.busy"]);
    expect((await shown()).worktree).toEqual({ directory: worktree, state: "in_use", reason: null, branch: null });
    const kept = { directory: worktree, state: "kept", reason: "one file is not committed", branch: "hal/one" };
    await teller.tell(["ses_w", "session.ended", { reason: "killed" }], ["ses_w", "session.worktree", kept]);
    expect(await shown()).toMatchObject({
      reason: `ended: killed; its worktree is kept, ${worktree}: one file is not committed`,
      worktree: kept,
    });
    const why = (await (await stage.get("/api/v1/why/ses_w")).json()) as { readonly data: WhyView };
    expect(JSON.stringify(why.data)).toContain(`its worktree is kept, ${worktree}: one file is not committed`);
    await teller.tell(["ses_w", "session.worktree", { directory: worktree, state: "removed" }]);
    expect(await shown()).toMatchObject({
      reason: "ended: killed",
      worktree: { directory: worktree, state: "removed", reason: null, branch: null },
    });
  });

  it("begins where `sessions.parallel` says so, from a reload on", async () => {
    await teller.tell(["ses_a", "session.started", started()], ["ses_a", "session.busy"]);
    expect((await start()).status).toBe(409);
    stage.written["sessions"] = { parallel: true };
    await stage.supervisor.reload();
    expect((await start()).status).toBe(200);
    expect((await agent.next("command"))["args"]).toEqual({ project: "p1", prompt: "hi" });
  });
});
