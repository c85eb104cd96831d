import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { AuditView, TokenView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const OLD = "the-old-shared-token-that-is-long-enough";
const NEW = "the-new-shared-token-that-is-long-enough";

describe("the shared token is replaced while one agent is connected and another one is away", () => {
  let stage: Stage;
  let home: Agent;
  let away: Agent;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    stage.token = OLD;
    edit(stage.supervisorConfig, ({ server }) => ({ server: { ...server, auth_token: OLD } }));
    await stage.startSupervisor();
    home = stage.agent("home");
    away = stage.agent("away");
    for (const agent of [home, away]) agent.start();
    await Promise.all([stage.nodeUp(home), stage.nodeUp(away)]);
    await away.stop();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  const halctl = (token: string) => stage.halctl.with({ token });
  const keptToken = (agent: Agent): string => path.join(agent.dataDir, "token.json");

  /** Which nodes have which shared token. */
  async function holders(): Promise<Record<string, readonly string[]>> {
    const tokens = await halctl(NEW).json<TokenView[]>("tokens", "list");
    return Object.fromEntries(tokens.map(({ name, nodes }) => [name, nodes.toSorted()]));
  }

  test("an edited configuration and SIGHUP hand it to the connected one, and everybody sees who lacks it", async () => {
    edit(stage.supervisorConfig, ({ server }) => ({
      server: { ...server, auth_token: NEW, previous_auth_token: OLD },
    }));
    process.kill(stage.supervisor.pid, "SIGHUP");
    await eventually(async () => expect(await holders()).toEqual({ shared: ["home"], previous: ["away"] }));
    expect(home.program.log).toContain("the supervisor handed out a new token");
    expect(statSync(keptToken(home)).mode & 0o777).toBe(0o600);
    const table = await halctl(NEW).run("tokens", "list", "-o", "wide");
    expect(table.stdout).toMatch(/^previous:\w{8} +previous +admin +valid .* away /m);
    expect((await halctl(NEW).run("why", "away")).stdout).toContain("is given the new one when it is back");
  });

  test("a person with the old one is let in, and told so", async () => {
    const old = await halctl(OLD).run("status");
    expect(old.code).toBe(0);
    expect(old.stderr).toContain("this is the previous token");
    expect((await halctl(NEW).run("status")).stderr).toBe("");
  });

  test("the connected one comes back with it, though its configuration has the old one; the other one gets it when it is back", async () => {
    stage.token = NEW;
    await home.stop();
    home.start();
    await stage.nodeUp(home);
    expect(readFileSync(home.config, "utf8")).toContain(OLD);
    expect(home.program.log).not.toMatch(/token rejected|has ended/);
    away.start();
    await stage.nodeUp(away);
    await eventually(async () => expect(await holders()).toEqual({ shared: ["away", "home"], previous: [] }));
  });

  test("from a node that has it the old one is not taken any more, and a corrected configuration is read at SIGHUP", async () => {
    await home.stop();
    rmSync(keptToken(home));
    home.start();
    await eventually(() => expect(home.program.log).toContain("the previous one has ended for it"));
    expect(home.program.isRunning).toBe(true);
    edit(home.config, () => ({ auth_token: NEW }));
    process.kill(home.program.pid, "SIGHUP");
    // without it, it would wait for ten seconds at least
    await stage.nodeUp(home);
    expect(home.program.log).toContain("the configuration was read again");
  });

  test("after a revoke nobody is let in with the old one, who comes with it hears what to do, also after a restart", async () => {
    const revoked = await halctl(NEW).run("tokens", "revoke", "previous");
    expect([revoked.code, revoked.stderr]).toEqual([0, ""]);
    const late = stage.agent("late", { token: OLD });
    late.start();
    const said = /auth token rejected by the supervisor .*: this token was replaced and is not accepted any more/;
    await eventually(() => expect(late.program.log).toMatch(said));
    await stage.supervisor.stop();
    await stage.startSupervisor();
    const refused = await halctl(OLD).run("status");
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("this token was replaced")]);
    expect(late.program.isRunning).toBe(true);
    await Promise.all([stage.nodeUp(home), stage.nodeUp(away)]);
  });

  test("all of it is in the audit, and neither token is in a log or in the database", async () => {
    const rows = await halctl(NEW).json<AuditView[]>("audit", "--limit", "1000");
    const told = rows.map(({ actor, action, target, result, args }) =>
      [actor, action, target, result, args["changed"]].join(" "),
    );
    expect(told).toContain("SIGHUP config.reload  ok server.auth_token server.previous_auth_token");
    expect(told).toContain("shared-token tokens.revoke previous ok ");
    await stage.supervisor.stop();
    const kept = readFileSync(path.join(stage.folder, "supervisor", "supervisor.db"));
    for (const secret of [OLD, NEW]) {
      expect(kept.includes(secret)).toBe(false);
      expect(stage.logs.join("\n")).not.toContain(secret);
    }
  });
});

type Config = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

function edit(file: string, change: (config: Config) => object): void {
  const config = JSON.parse(readFileSync(file, "utf8")) as Config;
  writeFileSync(file, JSON.stringify({ ...config, ...change(config) }));
}
