import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { EventView, OccasionView, ScheduleView, SessionView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import type { Program } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

const WORKS = `[[tool: bash ${JSON.stringify({ command: "sleep 600", description: "x" })}]]`;

// I26
describe("schedules", () => {
  let stage: Stage;
  let night: Agent;
  let supervisor: Program;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    writeSchedules([
      { name: "yearly", cron: "0 3 1 1 *", time_zone: "Europe/Berlin", project: "night", prompt: WORKS },
    ]);
    supervisor = await stage.startSupervisor();
    night = stage.agent("night", { permission: { "*": "allow" } });
    night.start();
    await stage.nodeUp(night);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  function writeSchedules(schedules: readonly object[]): void {
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, schedules }));
  }
  const history = (name: string): Promise<OccasionView[]> =>
    stage.halctl.json<OccasionView[]>("schedules", "history", name);
  const newest = async (name: string, state: OccasionView["state"]): Promise<OccasionView> =>
    eventually(async () => {
      const [first] = await history(name);
      if (first?.state !== state) throw new Error(`${name}: ${first?.reason ?? "nothing came yet"}`);
      return first;
    }, 90_000);

  test("one that is due starts a session with its prompt, over a kill of the supervisor, and another one not beside it", async () => {
    const zone = ["--time-zone", "Europe/Berlin"];
    const prompt = "[[say: every minute]]";
    const added = await stage.halctl.run("schedules", "add", "minutely", "* * * * *", "night", prompt, ...zone);
    expect([added.code, added.stdout]).toEqual([0, expect.stringMatching(/when +\* \* \* \* \* \(Europe\/Berlin\)/)]);
    await supervisor.kill();
    supervisor = await stage.startSupervisor();
    await stage.nodeUp(night);
    const occasion = await newest("minutely", "started");
    expect(occasion.actor).toBe("schedule:minutely");
    const id = occasion.session_id as string;
    await stage.sessionIn(id, "idle");
    expect((await stage.messages(id)).map(({ text }) => text)).toEqual(["[[say: every minute]]", "every minute"]);
    const told = (await stage.events({ session_id: id })).filter(({ type }: EventView) => type === "schedule.started");
    expect(told).toHaveLength(1);
    const removed = await stage.halctl.run("schedules", "remove", "minutely");
    expect(removed.code).toBe(0);
    const { stdout } = await stage.halctl.run("schedules", "history", "minutely");
    expect(stdout).toMatch(/minutely +started/);
  });

  test("one of the configuration runs when somebody asks, says what hinders it, and is removed there alone", async () => {
    const list = await stage.halctl.json<ScheduleView[]>("schedules", "list");
    expect(list.map(({ name, source, problem }) => [name, source, problem])).toEqual([["yearly", "file", null]]);
    const asked = await stage.halctl.run("schedules", "run", "yearly");
    expect([asked.code, asked.stderr]).toEqual([0, ""]);
    const id = (await newest("yearly", "started")).session_id as string;
    await stage.sessionIn(id, "busy");
    const again = await stage.halctl.run("schedules", "run", "yearly");
    expect([again.code, again.stdout]).toEqual([
      1,
      expect.stringMatching(new RegExp(`not_started[^]*the session that it started before, ${id}, is busy still`)),
    ]);
    await stage.halctl.json("sessions", "kill", id);
    await stage.halctl.run("stop", "--all", "--yes");
    const held = await stage.halctl.run("schedules", "run", "yearly");
    expect([held.code, held.stdout]).toEqual([1, expect.stringContaining("halctl release --all")]);
    await stage.halctl.run("release", "--all");
    const refused = await stage.halctl.run("schedules", "remove", "yearly");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("in the configuration (schedules.0)")]);
    expect((await stage.halctl.json<SessionView[]>("sessions", "list")).length).toBe(2);
  });

  test("a precondition decides on the node, and what the node does not have is refused with what it has", async () => {
    const add = (name: string, ...options: readonly string[]) =>
      stage.halctl.run("schedules", "add", name, "@yearly", "night", "[[say: begun]]", ...options);
    const looks = "echo nothing new; test -e READY";
    expect((await add("careful", "--precondition", looks, "--precondition-timeout-seconds", "20")).code).toBe(0);
    await stage.halctl.run("schedules", "run", "careful");
    expect(await newest("careful", "not_started")).toMatchObject({
      code: "precondition",
      reason: "its precondition ended with exit code 1: nothing new",
      session_id: null,
    });
    const why = await stage.halctl.run("why", "careful");
    expect(why.stdout).toMatch(
      /^schedule careful started no session .* ago: its precondition ended with exit code 1: nothing new; it is due next in /,
    );
    const none = await stage.halctl.run("schedules", "history", "careful", "--state", "started");
    expect(none.stdout).toBe(
      "no occasions of schedules with careful --state started; there are others: halctl schedules history\n",
    );
    const { directory } = (await stage.nodeUp(night)).projects[0] as { readonly directory: string };
    writeFileSync(path.join(directory, "READY"), "");
    await stage.halctl.run("schedules", "run", "careful");
    const id = (await newest("careful", "started")).session_id as string;
    await stage.sessionIn(id, "idle");
    const command = (await newest("careful", "started")).command_id as string;
    expect((await stage.halctl.run("why", command)).stdout).toContain("the schedule careful asked for it");
    const model = await add("choosy", "--model", "scripted/none");
    expect([model.code, model.stderr]).toEqual([
      2,
      expect.stringMatching(
        /model: opencode has no scripted\/none in project night.*; it has: .*scripted\/scripted-model/,
      ),
    ]);
    const agent = await add("choosy", "--agent", "nobody");
    expect([agent.code, agent.stderr]).toEqual([2, expect.stringMatching(/agent: opencode has no nobody .*build/)]);
    const good = await add("choosy", "--model", "scripted/scripted-model", "--agent", "build");
    expect([good.code, good.stdout]).toEqual([0, expect.not.stringContaining("unchecked")]);
  });

  test("what cannot be is refused in one line, by halctl, by --validate and at a start", async () => {
    const wrong = await stage.halctl.run("schedules", "add", "bad", "0 3 * *", "night", "x");
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("cron: has 4 of the five fields")]);
    const nowhere = await stage.halctl.run("schedules", "add", "bad", "@daily", "nowhere", "x");
    expect([nowhere.code, nowhere.stderr]).toEqual([
      2,
      expect.stringContaining("no project nowhere; there are: night"),
    ]);
    writeSchedules([{ name: "a", cron: "61 * * * *", time_zone: "Mars", project: "night", prompt: "x" }]);
    await supervisor.stop();
    const validated = stage.launchSupervisor("--validate");
    expect((await validated.ended).code).toBe(1);
    expect(validated.log).toMatch(/schedules\.0\.cron: is not as cron has it \(Invalid value for minute: 61\)/);
    expect(validated.log).toMatch(/schedules\.0\.time_zone: is no time zone/);
    writeSchedules([{ name: "a", cron: "@daily", project: "nowhere", prompt: "x" }]);
    const unknown = stage.launchSupervisor("--validate");
    expect((await unknown.ended).code).toBe(0);
    expect(unknown.log).toContain(
      "warning: schedules.0.project: no node has told of a project nowhere; there are: night",
    );
  });
});
