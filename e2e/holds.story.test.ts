import { DatabaseSync } from "node:sqlite";
import type { CommandReply, CommandView, HoldView, NodeView, StatusView, StopAllView, WhyView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

// I23
describe("an operator who stops everything", () => {
  let stage: Stage;
  let ann: Agent;
  let bob: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    await stage.startSupervisor();
    ann = stage.agent("ann");
    bob = stage.agent("bob");
    ann.start();
    bob.start();
    await Promise.all([stage.nodeUp(ann), stage.nodeUp(bob)]);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** The first turn in a directory boots its part of opencode. */
  const TURN_MS = 60_000;

  const begin = async (project: string, prompt: string): Promise<CommandReply> =>
    stage.halctl.json("sessions", "start", project, prompt);
  const command = (id: string): Promise<CommandView> => stage.api(`/commands/${id}`);

  async function expectHeld(project: string, release: string): Promise<void> {
    const { code, stderr } = await stage.halctl.run("start", project, "[[say: no]]");
    expect({ code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(release) });
  }

  /** Whether opencode has been asked for anything by a start that was refused. */
  async function sessionsAt(agent: Agent): Promise<number> {
    return (await stage.api<unknown[]>(`/sessions?node_id=${agent.nodeId}`)).length;
  }

  test("holds the fleet: a turn is stopped, a start that waits is taken back, and nothing begins", async () => {
    const busy = (await begin("ann", "[[slow: 600]]")).session_id as string;
    await stage.sessionIn(busy, "busy");
    await bob.stop();
    await eventually(async () => expect((await stage.api<NodeView>(`/nodes/${bob.nodeId}`)).status).toBe("offline"));
    const queued = await stage.post<CommandReply>("/sessions", { project: "bob", prompt: "[[say: no]]", wait_ms: 0 });

    const ran = await stage.halctl.run("stop", "--all", "--yes", "--format", "json");
    // what bob does is not known, as it is away
    expect(ran.code).toBe(1);
    const stopped = JSON.parse(ran.stdout) as StopAllView;
    expect(stopped.sessions).toMatchObject([{ session_id: busy, stopped: true }]);
    expect(stopped.cancelled).toEqual([queued.command.id]);
    expect(stopped.holds).toMatchObject([{ node: null, project: null, release: "halctl release --all" }]);
    expect(stopped.holds?.[0]?.lacking.map(({ node }) => node)).toEqual(["bob"]);
    expect(await ann.opencode().statuses(ann.directoryOf("ann"))).toEqual({});

    await expectHeld("ann", "halctl release --all");
    expect(await stage.halctl.run("inject", busy, "[[say: no]]")).toMatchObject({ code: 1 });
    const { stdout } = await stage.halctl.run("status");
    expect(stdout.split("\n")[0]).toMatch(/^HELD +\S+ holds the fleet for .*: halctl release --all$/);
    expect((await stage.halctl.json<WhyView>("why", "ann")).answer).toContain("halctl release --all");
    expect((await stage.halctl.run("nodes", "list", "--format", "wide")).stdout).toContain(
      "holds the fleet: halctl release --all",
    );
    expect((await stage.halctl.run("doctor")).stdout).toMatch(/hold +\S+ holds the fleet for .*nothing begins there/);
  });

  test("finds it held after a restart of supervisor, agent and opencode, and where a node comes back", async () => {
    await stage.supervisor.stop();
    await stage.startSupervisor();
    await expectHeld("ann", "halctl release --all");
    await ann.stop();
    ann.start();
    bob.start();
    await Promise.all([stage.nodeUp(ann), stage.nodeUp(bob)]);
    await expectHeld("ann", "halctl release --all");
    await expectHeld("bob", "halctl release --all");
    await eventually(async () => {
      const [hold] = await stage.halctl.json<NonNullable<StopAllView["holds"]>>("holds", "list");
      expect(hold?.lacking).toEqual([]);
    });
    expect(await sessionsAt(bob)).toBe(0);
  });

  test("is refused by the agent as well: a start that was queued all the same fails with held", async () => {
    const before = await sessionsAt(ann);
    await stage.supervisor.kill();
    const database = new DatabaseSync(stage.supervisorDatabase);
    const now = Date.now();
    // the agent begins none that is older than what it remembers
    const time = now.toString(16).padStart(12, "0");
    const id = `cmd_${time.slice(0, 8)}-${time.slice(8)}-7000-8000-000000000001`;
    database
      .prepare(
        `insert into commands (id, type, node_id, project, actor, args, state, created_at, deadline_at)
         values (?, 'session.start', ?, 'ann', 'story', ?, 'queued', ?, ?)`,
      )
      .run(id, ann.nodeId, JSON.stringify({ project: "ann", prompt: "[[say: no]]" }), now, now + 300_000);
    database.close();
    await stage.startSupervisor();
    await stage.nodeUp(ann);
    await eventually(async () => {
      const { state, error } = await command(id);
      expect({ state, code: error?.code }).toEqual({ state: "failed", code: "held" });
    });
    expect(await sessionsAt(ann)).toBe(before);
  });

  test("releases it, of a node only what is the node's own, and work begins again", async () => {
    const held = await stage.halctl.json<StopAllView>("stop", "--all", "--node", "ann", "--yes");
    expect(held.holds).toMatchObject([{ node: "ann" }]);
    const first = await stage.halctl.run("release", "--node", "ann");
    expect(first.stdout).toMatch(
      /^RELEASED +\S+ holds node ann no more\nHELD +\S+ holds the fleet .*: halctl release --all\n$/,
    );
    await expectHeld("ann", "halctl release --all");
    const { released, remaining } = await stage.halctl.json<{ released: HoldView[]; remaining: HoldView[] }>(
      "release",
      "--all",
    );
    expect({ released: released.length, remaining }).toEqual({ released: 1, remaining: [] });
    expect((await stage.halctl.json<StatusView>("status")).holds).toEqual([]);
    for (const project of ["ann", "bob"]) {
      const { session_id: id } = await begin(project, "[[say: on it]]");
      await stage.sessionIn(id as string, "idle", TURN_MS);
      expect((await stage.messages(id as string)).at(-1)?.text).toBe("on it");
    }
  });

  test("aborts one turn by its name, and holds nothing", async () => {
    const busy = (await begin("ann", "[[slow: 600]]")).session_id as string;
    await stage.sessionIn(busy, "busy");
    expect((await stage.halctl.run("stop", busy)).code).toBe(0);
    expect(await stage.halctl.json<HoldView[]>("holds", "list")).toEqual([]);
    await stage.sessionIn((await begin("ann", "[[say: fine]]")).session_id as string, "idle", TURN_MS);
  });
});
