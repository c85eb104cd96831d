import type { WhyView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { width } from "../../src/output/table.ts";
import { withoutPaint } from "../../src/output/paint.ts";
import { type ContractServer, startContractServer, TOKEN } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";

const ANSWER: WhyView = {
  subject: { kind: "session", id: "ses_1", name: "engine on ada" },
  status: "waiting",
  answer: "session ses_1 (engine on ada) is waiting 5 min for a person: bash: git push origin main --force-with-lease",
  findings: [
    { topic: "interaction", level: "problem", text: "per_1 waits\n5 min \u001b[31mfor a person", since: null },
    { topic: "node", level: "fine", text: "ada is connected; ".repeat(9), since: null },
    { topic: "event", level: "fine", text: "session.busy", since: "2026-11-24T11:55:00.000Z" },
  ],
  next: [{ command: "halctl interactions allow per_1", purpose: "allow it this once" }],
};

let server: ContractServer;
beforeAll(async () => {
  server = await startContractServer({ "why.get": () => ANSWER });
});
afterAll(() => server[Symbol.asyncDispose]());

describe("halctl why", () => {
  it("prints the answer, the facts and what to type, within the terminal's width", async () => {
    const { code, out } = await halctl(server.url, ["why", "ses_1"], {
      isTerminal: true,
      columns: 60,
      env: colourless(),
    });
    expect(code).toBe(0);
    const lines = out.split("\n");
    expect(lines[0]).toBe("session ses_1 (engine on ada) is waiting 5 min for a person:");
    for (const line of lines) expect(width(line)).toBeLessThanOrEqual(60);
    expect(out).toContain("✗ interaction per_1 waits↵5 min \\u{1b}[31m");
    expect(out.indexOf("session.busy")).toBeLessThan(out.indexOf("halctl interactions allow per_1"));
    expect(out).not.toContain("\u001b");
  });

  it("uses colour on a terminal only, never what a model wrote, and none where NO_COLOR is set", async () => {
    const onTerminal = await halctl(server.url, ["why", "ses_1"], { isTerminal: true, columns: 80 });
    expect(onTerminal.out).toContain("\u001b[31m✗\u001b[0m");
    expect(onTerminal.out).not.toContain("\u001b[31mfor a person");
    const piped = await halctl(server.url, ["why", "ses_1"]);
    expect(piped.out).not.toContain("\u001b");
    expect(withoutPaint(piped.out)).toBe(piped.out);
  });

  it("is the operation's data as JSON", async () => {
    const { out } = await halctl(server.url, ["why", "ses_1", "--kind", "session", "-o", "json"]);
    expect(JSON.parse(out)).toEqual(ANSWER);
    expect(server.calls.at(-1)?.input).toEqual({ ref: "ses_1", kind: "session" });
  });
});

function colourless() {
  return { HALCTL_SUPERVISOR_URL: server.url, HALCTL_AUTH_TOKEN: TOKEN, NO_COLOR: "1" };
}
