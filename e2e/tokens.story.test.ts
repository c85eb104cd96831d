import { readFileSync } from "node:fs";
import path from "node:path";
import type { AuditView, NodeView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

describe("tokens, roles and the audit", () => {
  let stage: Stage;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    await stage.startSupervisor();
  });
  afterAll(() => stage[Symbol.asyncDispose]());

  /** Makes a token and returns what a person would put into a file. */
  const create = async (name: string, role: string, ...more: string[]): Promise<string> => {
    const made = await stage.halctl.run("tokens", "create", name, "--role", role, ...more);
    expect(made.code).toBe(0);
    expect(made.stderr).toContain(`${name} is ${role}`);
    return made.stdout.trim();
  };

  test("a viewer sees and changes nothing, an operator works, and neither may know the tokens", async () => {
    const viewer = stage.halctl.with({ token: await create("visitor", "viewer") });
    const operator = stage.halctl.with({ token: await create("worker", "operator") });
    expect((await viewer.run("status")).code).toBe(0);
    const refused = await viewer.run("sessions", "start", "hal", "hello");
    expect(refused.code).toBe(4);
    expect(refused.stderr).toMatch(/sessions\.start needs the role operator; this token is viewer/);
    expect((await operator.run("sessions", "start", "nowhere", "hello")).code).toBe(5);
    for (const halctl of [viewer, operator]) {
      expect((await halctl.run("tokens", "list")).code).toBe(4);
      expect((await halctl.run("audit")).code).toBe(4);
    }
  });

  test("an agent connects with a token of its own, and is away when that is revoked", async () => {
    const token = await create("box", "agent");
    const hal = stage.agent("hal", { token });
    hal.start();
    await stage.nodeUp(hal);
    expect((await stage.halctl.with({ token }).run("status")).code).toBe(4);
    const done = await stage.halctl.json<{ messages: { text: string }[] }>(
      "sessions",
      "start",
      "hal",
      "[[say: hi]]",
      "--wait",
    );
    expect(done.messages.at(-1)?.text).toBe("hi");

    expect((await stage.halctl.run("tokens", "revoke", "box")).code).toBe(0);
    await eventually(async () => {
      const node = await stage.api<NodeView>(`/nodes/${hal.nodeId}`);
      expect(node.status).toBe("offline");
      expect(node.reason).toContain("the token is not valid any more");
    });
    await eventually(() => expect(hal.program.log).toMatch(/the token is not valid any more|auth token rejected/));
    expect(hal.program.isRunning).toBe(true);
  });

  test("everything of it is in the audit, with who and how it ended, and no secret is anywhere", async () => {
    const token = await create("soon-gone", "viewer", "--expires", "1h");
    await stage.halctl.with({ token: "a-wrong-token-of-somebody" }).run("status");
    const rows = await eventually(async () => {
      const all = await stage.halctl.json<AuditView[]>("audit", "--limit", "1000");
      const told = all.map(({ actor, action, target, result }) => [actor, action, target, result].join(" "));
      expect(told).toEqual(
        expect.arrayContaining([
          "shared-token tokens.create visitor ok",
          "token:visitor sessions.start  refused",
          "token:worker sessions.start nowhere failed",
          "shared-token sessions.start hal ok",
          "shared-token tokens.revoke box ok",
          "- authenticate  refused",
        ]),
      );
      return all;
    });
    expect(JSON.stringify(rows)).not.toContain("[[say");
    const table = await stage.halctl.run("audit", "--action", "tokens.revoke");
    expect(
      table.stdout
        .split("\n")[0]
        ?.split(/\s{2,}/)
        .slice(0, 5),
    ).toEqual(["TIMESTAMP", "ACTOR", "ACTION", "TARGET", "RESULT"]);

    await stage.supervisor.stop();
    const kept = readFileSync(path.join(stage.folder, "supervisor", "supervisor.db"));
    for (const secret of [token, "a-wrong-token-of-somebody", stage.token]) {
      expect(kept.includes(secret)).toBe(false);
      expect(stage.logs.join("\n")).not.toContain(secret);
    }
    await stage.startSupervisor();
    expect((await stage.halctl.with({ token }).run("status")).code).toBe(0);
    const list = await stage.halctl.run("tokens", "list");
    expect(list.stdout).toMatch(/^box +agent +revoked/m);
  });
});
