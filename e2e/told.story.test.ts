import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { WhyView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const GHOST = "ses_ghost";

describe("a database that somebody else has written to", () => {
  let stage: Stage;
  let gil: Agent;
  let session: string;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    gil = stage.agent("gil");
    await stage.startSupervisor();
    gil.start();
    await stage.nodeUp(gil);
    const args = ["sessions", "start", "gil", "[[say: one]]", "--wait"];
    ({ id: session } = (await stage.halctl.json<{ session: { id: string } }>(...args)).session);
    await stage.sessionIn(session, "idle");
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** A turn that nobody began, and a session that nobody has. */
  function meddle(): void {
    const database = new DatabaseSync(path.join(stage.folder, "supervisor", "supervisor.db"), { timeout: 10_000 });
    database.exec("begin immediate");
    database.prepare("create temp table ghost as select * from sessions where id = ?").run(session);
    database.exec(`update ghost set id = '${GHOST}'; insert into sessions select * from ghost`);
    const older = "status = 'busy', title = 'an older one', cost_micro_usd = 0, tokens_total = 0";
    database.prepare(`update sessions set ${older} where id = ?`).run(session);
    database.exec("commit");
    database.close();
  }

  test("says what its agents did not tell, and comes right by itself where they know better", async () => {
    const { title, cost, tokens } = await stage.session(session);
    expect(cost).toBeGreaterThan(0);
    meddle();
    const before = stage.supervisor;
    await before.stop();
    // the agent shows what it told soon after each welcome
    const after = await stage.startSupervisor();
    await stage.nodeUp(gil);
    await stage.sessionIn(session, "idle", 60_000);
    await eventually(() => {
      const log = before.log + after.log;
      expect(log).toContain("its agent told idle, the log says busy");
      expect(log).toContain("the log says again what its agent told");
    });
    const told = await stage.events({ session_id: session, type: "session.idle" });
    expect(told.some(({ data }) => (data as { corrects?: boolean }).corrects === true)).toBe(true);
    expect(await stage.session(session)).toMatchObject({ title, cost, tokens });
    expect((await stage.messages(session)).map(({ role }) => role)).toEqual(["user", "assistant"]);
  });

  test("keeps saying what nobody can mend, by name, in doctor and in why", async () => {
    const { stdout, code } = await stage.halctl.run("doctor");
    expect(stdout).toContain(`what is shown of session ${GHOST} may be false`);
    expect(stdout).not.toContain(`what is shown of session ${session}`);
    expect(code).not.toBe(0);
    for (const args of [[GHOST], ["gil", "--kind", "node"]]) {
      const { answer } = await stage.halctl.json<WhyView>("why", ...args);
      expect(answer).toContain("its agent told that it ended, or knows nothing of it");
    }
  });
});
