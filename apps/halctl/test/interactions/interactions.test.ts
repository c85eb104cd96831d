import { afterEach, describe, expect, it } from "vitest";
import { interactionCard, interactionTable } from "../../src/capabilities/interactions/pages.ts";
import { rulesPage } from "../../src/capabilities/rules/pages.ts";
import { type ContractServer, startContractServer } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { command, interaction, NOW } from "../support/views.ts";

const look = { now: NOW, wide: false, columns: undefined };
const unpainted = (text: string): string => text.replaceAll(/[\u{10ff00}-\u{10ffff}]/gu, "");

const asked = interaction({
  permission: "bash",
  patterns: ["git push origin main"],
  command: "git push origin main",
  always: ["git push *"],
  always_covers: "allows bash git push * in every session of the directory of engine",
  owner: "ann",
  risk: { level: "medium", reason: "it pushes to others" },
});
const ofChild = { ...asked, session_id: "ses_child", root_session_id: "ses_root", owner: null };

let server: ContractServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

describe("what waits for a person", () => {
  it("is listed by its root session, with the child that asks beside it where there is one", () => {
    expect(unpainted(interactionTable([asked], look))).not.toContain("ASKER");
    const table = unpainted(interactionTable([ofChild], { ...look, wide: true }));
    expect(table).toMatch(/SESSION +ASKER.*OWNER +RISK/);
    expect(table).toMatch(/ses_root +ses_child .*unknown +medium/);
  });

  it("has a page with all that is needed to decide", () => {
    const page = unpainted(interactionCard(ofChild, look));
    for (const text of [
      /session +ses_root/,
      /asker +its child ses_child/,
      /owner +unknown/,
      /command +git push origin main/,
      /risk +medium: it pushes to others/,
      /always +allows bash git push \* in every session/,
    ])
      expect(page).toMatch(text);
  });
});

describe("an always", () => {
  async function allow(typed: string | undefined) {
    server = await startContractServer({
      "interactions.list": () => [asked],
      "interactions.answer": () => ({ command: command(), interaction: asked }),
    });
    const lines = async function* () {
      yield typed ?? "";
    };
    return halctl(server.url, ["interactions", "allow", asked.id, "--always"], {
      isInputTerminal: typed !== undefined,
      lines,
    });
  }
  const answered = (): boolean => server?.calls.some(({ operation }) => operation === "interactions.answer") ?? false;

  it("says what it covers before it is given, and asks whoever is there", async () => {
    const covers =
      /always allows bash git push \* in every session of the directory of engine, until its opencode restarts/;
    const ran = await allow("no");
    expect([ran.code === 0, answered()]).toEqual([false, false]);
    expect(ran.out + ran.err).toMatch(covers);
    await server?.[Symbol.asyncDispose]();
    expect((await allow("yes")).code).toBe(0);
    expect(answered()).toBe(true);
    await server?.[Symbol.asyncDispose]();
    const alone = await allow(undefined);
    expect([alone.code, alone.out + alone.err]).toEqual([0, expect.stringMatching(covers)]);
  });
});

describe("standing rules", () => {
  const rule = {
    id: "rule_1",
    project: null,
    permission: "bash",
    pattern: "npm test*",
    reply: "allow" as const,
    reason: null,
    source: "operation" as const,
    by: "ann",
    since: new Date(NOW - 300_000).toISOString(),
    problem: null,
    lacking: [{ node: "old", reason: "its agent is too old" }],
  };

  it("are listed with where they are from, and with nodes that do not go by them", () => {
    const file = { ...rule, id: "interaction_rules.0", source: "file" as const, by: null, since: null };
    const page = unpainted(rulesPage([rule, { ...file, problem: "no node has a project x" }], look));
    expect(page).toMatch(/rule_1 +allow +bash +npm test\* +\(all\) +ann, 5 min ago/);
    expect(page).toMatch(/interaction_rules\.0 .* configuration/);
    expect(page).toContain("NOWHERE  interaction_rules.0: no node has a project x");
    expect(page.match(/NOT YET {2}old: its agent is too old/g)).toHaveLength(1);
  });

  it("are set from words as they are typed", async () => {
    server = await startContractServer({ "rules.add": () => rule });
    const ran = await halctl(server.url, ["rules", "add", "deny", "bash", "git", "push*", "--reason", "no"]);
    expect(ran.code === 0 ? server.calls.at(-1)?.input : ran.err).toEqual({
      reply: "deny",
      permission: "bash",
      pattern: "git push*",
      reason: "no",
    });
  });
});
