import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { InteractionView, RuleView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import type { Program } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

const ASKS = { bash: { "*": "allow", "git *": "ask", "rm -rf *": "ask" } };

describe("standing rules", () => {
  let stage: Stage;
  let rue: Agent;
  let supervisor: Program;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const rules = [{ permission: "bash", pattern: "rm -rf *", reply: "deny", reason: "not on this machine" }];
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, interaction_rules: rules }));
    supervisor = await stage.startSupervisor();
    rue = stage.agent("rue", { permission: ASKS });
    rue.start();
    await stage.nodeUp(rue);
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const begin = async (prompt: string): Promise<string> =>
    (await stage.halctl.json<{ session_id: string }>("sessions", "start", "rue", prompt)).session_id;
  const runs = (command: string): string => `[[tool: bash ${JSON.stringify({ command, description: "run" })}]]`;
  const asked = (id: string): Promise<InteractionView[]> =>
    stage.halctl.json("interactions", "list", "--all", "--session", id);

  test("one of the configuration denies, and the model reads why and goes on", async () => {
    const id = await begin(`${runs("rm -rf build")} [[say: I left it]]`);
    await stage.sessionIn(id, "idle");
    expect((await stage.messages(id)).at(-1)?.text).toBe("I left it");
    const [interaction] = await asked(id);
    expect(interaction).toMatchObject({
      state: "answered",
      reply: "reject",
      reason: "denied by the standing rule bash rm -rf *, from the configuration",
      rule: { id: "interaction_rules.0", source: "file", reason: "not on this machine" },
    });
    expect(stage.provider.results.at(-1)).toContain(
      "Denied by a standing rule (bash rm -rf *, from the configuration): not on this machine",
    );
  });

  test("one that somebody sets allows while the supervisor is dead, and the log says so when it is back", async () => {
    const rule = await stage.halctl.json<RuleView>("rules", "add", "allow", "bash", "git", "push*", "--project", "rue");
    expect(rule).toMatchObject({ reply: "allow", pattern: "git push*", project: "rue", lacking: [] });
    const wait = "for i in $(seq 1000); do [ -e go ] && break; sleep 0.1; done";
    const id = await begin(`${runs(wait)} ${runs("git push --dry-run nowhere")} [[say: pushed]]`);
    await stage.sessionIn(id, "busy");
    await supervisor.kill();
    writeFileSync(path.join(rue.directoryOf("rue"), "go"), "");
    // nobody is there whom opencode could wait for
    await eventually(async () => expect(await rue.opencode().statuses(rue.directoryOf("rue"))).toEqual({}), 60_000);
    supervisor = await stage.startSupervisor();
    await stage.nodeUp(rue);
    await stage.sessionIn(id, "idle");
    expect((await stage.messages(id)).at(-1)?.text).toBe("pushed");
    const [answered] = await stage.events({ session_id: id, type: "interaction.answered" });
    expect(answered?.data).toMatchObject({ reply: "once", rule: { id: rule.id, pattern: "git push*" } });
    expect(answered?.data).not.toHaveProperty("commandId");
  });

  test("what is smuggled behind a command that is allowed is left to a person", async () => {
    const id = await begin(`${runs("git push nowhere && git remote -v")} [[say: asked]]`);
    const open = await stage.asked(id);
    expect(open.patterns).toEqual(["git push nowhere", "git remote -v"]);
    const cunning = await begin(`${runs("export GIT_SSH=/tmp/evil; git push nowhere")} [[say: asked]]`);
    const { patterns, command } = await stage.asked(cunning);
    // opencode names no part of it that only changes the others
    expect([patterns, command]).toEqual([["git push nowhere"], "export GIT_SSH=/tmp/evil; git push nowhere"]);
    for (const ref of [id, cunning]) expect((await stage.halctl.run("sessions", "kill", ref)).code).toBe(0);
  });

  test("what waits is judged by a rule that comes later, also where a session asks that another one began", async () => {
    const task = { description: "look", prompt: runs("git status"), subagent_type: "general" };
    const id = await begin(`[[tool: task ${JSON.stringify(task)}]] [[say: looked]]`);
    const open = await stage.asked(id);
    expect(open.session_id).not.toBe(id);
    expect(open.root_session_id).toBe(id);
    const rule = await stage.halctl.json<RuleView>("rules", "add", "allow", "bash", "git status*");
    await stage.sessionIn(id, "idle");
    expect((await asked(id))[0]).toMatchObject({ state: "answered", reply: "once", rule: { id: rule.id } });
    expect((await stage.halctl.run("rules", "list")).stdout).toMatch(
      /git push\*.*\n.*git status\*.*\n.*rm -rf \*.*configuration/,
    );
    expect((await stage.halctl.run("rules", "remove", rule.id)).code).toBe(0);
    const again = await begin(`${runs("git status")} [[say: no]]`);
    await stage.asked(again);
    expect((await stage.halctl.run("sessions", "kill", again)).code).toBe(0);
  });

  test("a wrong one is one line with what is wrong, at a terminal and in a configuration", async () => {
    const refused = await stage.halctl.run("rules", "add", "allow", "bsh", "ls");
    expect(refused.code).not.toBe(0);
    expect(refused.stderr.trim().split("\n")).toEqual([expect.stringContaining("did you mean bash?")]);
  });
});
