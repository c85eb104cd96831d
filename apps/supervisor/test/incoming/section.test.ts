import { ConfigProblems, parseConfig } from "@hal/daemon";
import { describe, expect, it } from "vitest";
import { adviceOn, SupervisorConfig } from "../../src/config.ts";

const KEY = `whsec_${Buffer.from("thirty-two bytes of a secret key").toString("base64")}`;
const server = { auth_token: "a-token-of-thirty-two-characters-or-so" };

function read(incoming: object, env: Record<string, string> = {}) {
  return parseConfig(SupervisorConfig, { server, incoming }, { env }).config;
}

function problems(incoming: object): readonly string[] {
  try {
    read(incoming);
  } catch (error) {
    if (error instanceof ConfigProblems) return error.problems;
    throw error;
  }
  return [];
}

describe("the section of webhooks in", () => {
  it("takes its secrets from the environment", () => {
    const { incoming } = read({ github: { secret: "${HOOK}" } }, { HOOK: "from the environment" });
    expect(incoming.github).toEqual({ secret: "from the environment", enabled: true, rules: [] });
  });

  it("names all that is wrong at once, each with its path and what is meant", () => {
    expect(
      problems({
        github: {
          secrett: "x",
          api_url: "https://forge.example/",
          rules: [
            { event: "issues.labeled", project: "web" },
            { event: "issues.labeled", label: "a", prefix: "/a", project: "web" },
            { event: "workflow_run.completed", project: "web", labl: "x" },
            { event: "push", project: "web" },
            { event: "issues.opened" },
          ],
        },
      }),
    ).toEqual([
      "incoming.github.secrett: is no setting, and nothing would honour it; did you mean secret?",
      "incoming.github.rules.2.labl: is no setting, and nothing would honour it; did you mean label?",
      "incoming.github.api_url: ends with a slash; write it without",
      expect.stringMatching(/^incoming\.github\.rules\.3\.event: must be one of issues\.labeled, /),
      "incoming.github.rules.4.project: is missing",
    ]);
  });

  it.each([
    [{ event: "issues.labeled", project: "web" }, "label: is missing: issues.labeled needs it"],
    [{ event: "issues.opened", label: "a", project: "web" }, "label: says nothing about issues.opened; take it away"],
    [{ event: "issue_comment.created", project: "web" }, "prefix: is missing: issue_comment.created needs it"],
    [
      { event: "issue_comment.created", prefix: "/a", branches: ["x"], project: "web" },
      "branches: says nothing about issue_comment.created; take it away",
    ],
  ])("knows which fields an event has: %o", (rule, problem) => {
    expect(problems({ github: { rules: [rule] } })).toEqual([`incoming.github.rules.0.${problem}`]);
  });

  it("has somebody named whose comments count where the service does not say who belongs there", () => {
    const rule = { event: "note.created", prefix: "/agent", project: "web" };
    expect(problems({ gitlab: { rules: [rule] } })).toEqual([
      "incoming.gitlab.rules.0.users: is missing: note.created needs it",
    ]);
  });

  it("refuses a secret that Standard Webhooks have not, and a name that is none", () => {
    expect(problems({ generic: { "a b": { secret: KEY }, ci: { secret: "short" } } })).toEqual([
      expect.stringMatching(/^incoming\.generic\..*is no name/),
      expect.stringMatching(/^incoming\.generic\.ci\.secret: must be whsec_/),
    ]);
  });

  it("says at the start what nothing is taken from, and what is not safe", () => {
    const advice = adviceOn(
      read({
        github: {},
        gitlab: { secret: "x", rules: [{ event: "pipeline.failed", project: "web" }] },
        generic: { ci: { rules: [] }, off: { enabled: false }, n8n: { secret: KEY } },
      }),
    );
    expect(advice).toEqual([
      "incoming.github has no secret, and nothing is taken without one; make one with: openssl rand -hex 32",
      expect.stringMatching(/^incoming\.gitlab has no signing_token: /),
      "incoming.generic.ci has no secret, and nothing is taken without one; make one with: echo whsec_$(openssl rand -base64 32)",
      "incoming.generic.n8n has no rules: whatever comes is taken for nothing",
    ]);
  });
});
