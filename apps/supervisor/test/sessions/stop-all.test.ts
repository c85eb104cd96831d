import type { StopAllView } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startStage, type Stage } from "../support/start.ts";
import { connected, events, type Peer } from "../support/socket.ts";
import { started, Teller } from "../support/teller.ts";

let stage: Stage;
let agent: Peer;
let teller: Teller;
beforeEach(async () => {
  stage = await startStage();
  agent = await connected(stage);
  teller = new Teller(agent);
});
afterEach(() => stage[Symbol.asyncDispose]());

const tell: Teller["tell"] = (...list) => teller.tell(...list);

async function stopAll(body: object = {}): Promise<StopAllView> {
  const response = await stage.send("POST", "/api/v1/sessions/stop-all", body);
  expect(response.status).toBe(200);
  return ((await response.json()) as { data: StopAllView }).data;
}

/** Answers the next command as an agent does; its sessions rest then, unless it hangs. */
async function answer(isHanging = false): Promise<{ readonly command: string; readonly session: string }> {
  const { id, command, args } = await agent.next("command");
  const { sessionId } = args as { sessionId: string };
  await tell([undefined, "command.succeeded", { commandId: id, output: { sessionId } }]);
  if (!isHanging) await tell([sessionId, "session.idle", { aborted: true }]);
  return { command: String(command), session: sessionId };
}

describe("sessions.stopAll", () => {
  it("stops every session that is at work for itself, and leaves those that rest", async () => {
    await tell(
      ["ses_a", "session.started", started()],
      ["ses_a", "session.busy"],
      ["ses_b", "session.started", started("ses_a")],
      ["ses_b", "session.busy"],
      ["ses_c", "session.started", started()],
      ["ses_c", "session.retrying", { attempt: 1, message: "429" }],
      ["ses_d", "session.started", started()],
      ["ses_d", "session.idle"],
    );
    const asked = stopAll();
    const stopped = [await answer(), await answer(), await answer()];
    expect(stopped.map(({ command, session }) => `${command} ${session}`).toSorted()).toEqual([
      "session.abort ses_a",
      "session.abort ses_b",
      "session.abort ses_c",
    ]);
    const { sessions } = await asked;
    expect(Object.fromEntries(sessions.map(({ session_id, stopped: rests }) => [session_id, rests]))).toEqual({
      ses_a: true,
      ses_b: true,
      ses_c: true,
    });
    expect(agent.count("command")).toBe(0);
  });

  it("says which did not stop: one that hangs in spite of it, and one whose node is away", async () => {
    await tell(["ses_a", "session.started", started()], ["ses_a", "session.busy"]);
    const hanging = stopAll();
    await answer(true);
    expect((await hanging).sessions).toMatchObject([
      { session_id: "ses_a", stopped: false, reason: expect.stringContaining("busy for") },
    ]);
    agent.close();
    await agent.closed;
    await expect.poll(async () => (await (await stage.get("/api/v1/nodes")).text()).includes('"online"')).toBe(false);
    const { sessions } = await stopAll({ wait_ms: 200 });
    expect(sessions).toMatchObject([
      { stopped: false, reason: expect.stringContaining("not stopped yet: queued until it is done or cancelled") },
    ]);
    const [{ reason, command_id: waits }] = sessions as [(typeof sessions)[0]];
    expect(reason).toMatch(new RegExp(`; halctl commands cancel ${waits} takes it back$`));
  });

  it("takes back what has not begun, and stops what had begun already and starts meanwhile", async () => {
    const start = stage.send("POST", "/api/v1/sessions", { project: "p1", prompt: "hi" });
    const { id } = await agent.next("command");
    const asked = stopAll();
    expect(await agent.next("cancel")).toMatchObject({ id });
    // it was under way, and its session is at work
    await tell(
      [undefined, "command.running", { commandId: id }],
      ["ses_new", "session.started", started()],
      ["ses_new", "session.busy"],
      [undefined, "command.succeeded", { commandId: id, output: { sessionId: "ses_new" } }],
    );
    expect(await answer()).toEqual({ command: "session.abort", session: "ses_new" });
    expect(await asked).toMatchObject({ cancelled: [], sessions: [{ session_id: "ses_new", stopped: true }] });
    await start;

    agent.close();
    await agent.closed;
    const queued = (await (
      await stage.send("POST", "/api/v1/sessions", { project: "p1", prompt: "later", wait_ms: 0 })
    ).json()) as { data: { command: { id: string } } };
    expect(await stopAll()).toMatchObject({
      sessions: [],
      unknown: [{ node: "box", reason: expect.stringContaining("offline") }],
      cancelled: [queued.data.command.id],
    });
  });

  it("says what is not known yet of a start that had begun, unless it begins no turn", async () => {
    const body = { project: "p1", wait_ms: 0 };
    const [{ id }] = await Promise.all([
      agent.next("command"),
      stage.send("POST", "/api/v1/sessions", { ...body, prompt: "hi" }),
    ]);
    const [{ id: plain }] = await Promise.all([agent.next("command"), stage.send("POST", "/api/v1/sessions", body)]);
    await tell([undefined, "command.running", { commandId: id }], [undefined, "command.running", { commandId: plain }]);
    const reason = `${String(id)} had begun before, and what comes of it is not known yet; see: halctl commands get ${String(id)}`;
    expect(await stopAll({ wait_ms: 200 })).toEqual({
      sessions: [],
      unknown: [{ node: "box", project: "p1", reason, command_id: null }],
      cancelled: [],
      kept: [],
    });
  });

  it("does nothing to other nodes and projects", async () => {
    await tell(["ses_a", "session.started", started()], ["ses_a", "session.busy"]);
    const rests = { session: "ses_b", project: "p2" };
    agent.send(events(teller.next("session.started", started(), rests), teller.next("session.idle", {}, rests)));
    await agent.next("ack");
    expect(await stopAll({ project: "p2" })).toEqual({ sessions: [], unknown: [], cancelled: [], kept: [] });
  });

  it.each([
    [{ project: "p11" }, 400, "there is no project p11; did you mean p1?"],
    [{ project: "elsewhere" }, 400, "there is no project elsewhere; there are: p1"],
    [{ node: "boxx" }, 404, "no node boxx; did you mean box?"],
    [{ node: "elsewhere" }, 404, "no node elsewhere; see: halctl nodes list"],
  ])("refuses %o, of which nothing can be at work", async (body, status, error) => {
    await tell(["ses_a", "session.started", started()], ["ses_a", "session.busy"]);
    const response = await stage.send("POST", "/api/v1/sessions/stop-all", body);
    expect({ status: response.status, body: await response.json() }).toMatchObject({ status, body: { error } });
    expect(agent.count("command")).toBe(0);
  });
});

describe("what is read of a session from its node", () => {
  const get = async (what: string) => {
    const response = await stage.get(`/api/v1/sessions/ses_a/${what}`);
    return { status: response.status, body: (await response.json()) as { data: unknown; error?: string } };
  };

  beforeEach(() =>
    tell(
      ["ses_a", "session.started", started()],
      ["ses_a", "session.todo", { todos: [{ content: "old", status: "pending", priority: "" }] }],
    ),
  );

  it("is asked of opencode once for all who ask at a time", async () => {
    const asked = [get("todo"), get("todo")];
    const { id } = await agent.next("command");
    await tell([
      undefined,
      "command.succeeded",
      { commandId: id, output: { todos: [{ content: "new", status: "x" }] } },
    ]);
    const answers = await Promise.all(asked);
    for (const { body } of answers)
      expect(body.data).toMatchObject({ source: "opencode", todos: [{ content: "new" }] });
    expect((await get("todo")).body.data).toMatchObject({ todos: [{ content: "new" }] });
    expect(agent.count("command")).toBe(0);
  });

  it("is a failure with its reason where opencode fails", async () => {
    const asked = get("diff");
    const { id } = await agent.next("command");
    await tell([
      undefined,
      "command.failed",
      { commandId: id, error: { code: "opencode_error", message: "it broke" } },
    ]);
    expect(await asked).toMatchObject({ status: 502, body: { error: "it broke" } });
  });

  it("is from the log while the node is away, where the log has it", async () => {
    agent.close();
    await agent.closed;
    await expect.poll(async () => (await get("diff")).status).toBe(503);
    expect((await get("todo")).body.data).toMatchObject({ source: "log", todos: [{ content: "old" }] });
    expect((await get("diff")).body.error).toMatch(/only box knows the files, and it is/);
  });
});
