import type { NodeView, SessionView } from "@hal/protocol";
import { HalError } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ContractServer, startContractServer } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { command, session, token } from "../support/views.ts";

const at = (id: string): SessionView => session({ id, status: "busy", reason: "for 3 min" });

describe("acts", () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer({
      "sessions.get": ({ ref }) => at(ref),
      "sessions.list": () => [at("ses_one"), session({ id: "ses_two", status: "idle" })],
      "sessions.kill": ({ ref }) => {
        if (ref === "ses_gone") throw new HalError("not_found", "no session ses_gone");
        return { command: command({ type: "session.kill" }), session_id: ref, message_id: null };
      },
      "tokens.revoke": ({ ref }) => ({
        ...token({ name: ref, state: "revoked" }),
        also_revoked: [],
        was_revoked: ref === "old",
      }),
      "db.prune": ({ dry_run: isDryRun }) => ({
        dry_run: isDryRun,
        events: 1,
        messages: 0,
        interactions: 0,
        commands: 0,
        prompts: 0,
        occasions: 0,
        notices: 0,
        idempotency_keys: 0,
        spent_messages: 0,
        waits_for: null,
      }),
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const asked = (operation: string): number => server.calls.filter((call) => call.operation === operation).length;
  const answering = (word: string) => ({
    isInputTerminal: true,
    lines: async function* lines() {
      yield word;
    },
  });

  it("on several have a receipt each, and end as the first that failed", async () => {
    const { code, out, err } = await halctl(server.url, ["kill", "ses_one", "ses_gone", "ses_two"]);
    expect({ code, out, err }).toEqual({
      code: 5,
      out: "session ses_one killed; its history stays\nsession ses_two killed; its history stays\n",
      err: "halctl: ses_gone: no session ses_gone\n",
    });
  });

  it("on several are one list as JSON, and on one what they always were", async () => {
    const several = await halctl(server.url, ["kill", "ses_one", "ses_two", "-o", "json"]);
    expect((JSON.parse(several.out) as NodeView[]).length).toBe(2);
    const one = await halctl(server.url, ["kill", "ses_one", "-o", "json"]);
    expect(JSON.parse(one.out)).toMatchObject({ session_id: "ses_one" });
  });

  it("that cannot be taken back ask at a terminal, and do nothing after any other word than yes", async () => {
    const before = asked("tokens.revoke");
    const no = await halctl(server.url, ["tokens", "revoke", "ci", "phone"], answering("y"));
    expect(no).toMatchObject({ code: 1, out: "" });
    expect(no.err).toBe(
      "Revoke ci and phone and close every connection opened with it? Type yes: halctl: nothing was changed\n",
    );
    expect(asked("tokens.revoke")).toBe(before);
    expect((await halctl(server.url, ["tokens", "revoke", "ci"], answering("yes"))).code).toBe(0);
  });

  it("says that a token had been revoked before", async () => {
    const again = await halctl(server.url, ["tokens", "revoke", "old"]);
    expect(again).toMatchObject({ code: 0, err: "halctl: old had been revoked before; nothing was changed\n" });
    expect((await halctl(server.url, ["tokens", "revoke", "ci"])).err).toBe("");
  });

  it.each([
    ["with --yes", ["tokens", "revoke", "ci", "-y"], answering("no")],
    ["in a script", ["tokens", "revoke", "ci"], {}],
    ["where nothing is changed", ["db", "prune", "--dry-run"], answering("no")],
  ])("do not ask %s", async (_name, args, terminal) => {
    const { code, err } = await halctl(server.url, args, terminal);
    expect({ code, err: err.includes("Type yes") }).toEqual({ code: 0, err: false });
  });

  it("that are tried out change nothing", async () => {
    const before = asked("sessions.kill");
    const kill = await halctl(server.url, ["kill", "ses_one", "--dry-run"], answering("no"));
    expect(kill.out).toMatch(/^would be ended with its children: ses_one \(/);
    const stop = await halctl(server.url, ["stop", "--all", "--dry-run"]);
    expect(stop.out).toMatch(/^would be stopped\n[^]*busy/);
    expect(stop.out).not.toContain("idle");
    expect(asked("sessions.kill")).toBe(before);
    expect(asked("sessions.stopAll")).toBe(0);
  });
});
