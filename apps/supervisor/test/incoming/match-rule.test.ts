import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fieldAt } from "../../src/capabilities/incoming/domain/field-at.ts";
import type { Happening } from "../../src/capabilities/incoming/domain/happening.ts";
import { matchRule } from "../../src/capabilities/incoming/domain/match-rule.ts";
import type { IncomingRule } from "../../src/capabilities/incoming/domain/rule.ts";

const labeled: Happening = {
  event: "issues.labeled",
  repository: "octo/web",
  thing: "issue/7",
  person: "octocat",
  isBot: false,
  standing: "member",
  at: undefined,
  labels: ["agent"],
  isAutomatic: false,
  words: [],
  answerAt: undefined,
  body: { data: { branch: "main", id: 7, list: ["x"] } },
};
const commented: Happening = { ...labeled, event: "issue_comment.created", comment: "/agent go on" };
const failed: Happening = { ...labeled, event: "workflow_run.completed", branch: "main", isAutomatic: true };
const generic: Happening = { ...labeled, event: "deploy.failed" };

const label: IncomingRule = { event: "issues.labeled", label: "agent", project: "web", most_per_day: 3 };
const comment: IncomingRule = { event: "issue_comment.created", prefix: "/agent", project: "web", most_per_day: 3 };
const ci: IncomingRule = { event: "workflow_run.completed", project: "web", most_per_day: 3 };
const deploy: IncomingRule = { event: "deploy.failed", project: "web", most_per_day: 3 };

describe("a rule", () => {
  it.each<[string, IncomingRule, Happening, boolean]>([
    ["its label", label, labeled, true],
    ["its label in other letters", label, { ...labeled, labels: ["Agent"] }, true],
    ["one of several labels", label, { ...labeled, labels: ["bug", "agent"] }, true],
    ["another label", label, { ...labeled, labels: ["agents"] }, false],
    ["no label", label, { ...labeled, labels: [] }, false],
    ["another event", label, commented, false],
    ["its repository", { ...label, repository: "Octo/Web" }, labeled, true],
    ["another repository", { ...label, repository: "octo/api" }, labeled, false],
    ["its prefix", comment, commented, true],
    ["its prefix behind blanks", comment, { ...commented, comment: "\n  /agent" }, true],
    ["its prefix at the end of a line", comment, { ...commented, comment: "/agent\ngo on" }, true],
    ["a longer word", comment, { ...commented, comment: "/agents go" }, false],
    ["its prefix in the middle", comment, { ...commented, comment: "please /agent" }, false],
    ["an empty comment", comment, { ...commented, comment: "" }, false],
    ["a comment of a stranger", comment, { ...commented, standing: "stranger" }, false],
    ["a comment of nobody knows whom", comment, { ...commented, standing: "unknown" }, false],
    ["a stranger whom it names", { ...comment, users: ["OctoCat"] }, { ...commented, standing: "stranger" }, true],
    ["a member whom it does not name", { ...comment, users: ["hubot"] }, commented, false],
    ["a program, though it names it", { ...comment, users: ["octocat"] }, { ...commented, isBot: true }, false],
    ["any branch", ci, failed, true],
    ["its branch", { ...ci, branches: ["main"] }, failed, true],
    ["another branch", { ...ci, branches: ["main"] }, { ...failed, branch: "next" }, false],
    ["a field that fits", { ...deploy, where: { "data.branch": "main", "data.id": 7 } }, generic, true],
    ["a field that does not", { ...deploy, where: { "data.branch": "next" } }, generic, false],
    ["a field that is not there", { ...deploy, where: { "data.toString": "main" } }, generic, false],
    ["a list in the place of text", { ...deploy, where: { "data.list": "x" } }, generic, false],
  ])("is asked about %s", (_, rule, happening, isTaken) => {
    expect(matchRule([rule], happening).kind).toBe(isTaken ? "taken" : "ignored");
  });

  it("names by a field what it is about, and takes nothing where that is no name", () => {
    expect(matchRule([{ ...deploy, thing: "data.id" }], generic)).toMatchObject({ kind: "taken", thing: "7" });
    for (const thing of ["data.list", "data.none", "data"])
      expect(matchRule([{ ...deploy, thing }], generic)).toMatchObject({
        kind: "ignored",
        reason: `it has nothing at ${thing} that can name what it is about`,
      });
  });

  it("counts before those behind it", () => {
    const rules = [{ ...label, label: "other" }, { ...label, project: "first" }, label];
    expect(matchRule(rules, labeled)).toMatchObject({ kind: "taken", index: 1, rule: { project: "first" } });
  });
});

it("nobody begins anything who is a program, or a stranger whom no rule names", () => {
  const happenings = fc.record({
    event: fc.constantFrom(label.event, comment.event, ci.event, deploy.event),
    person: fc.constantFrom("octocat", "eve", "ci[bot]"),
    isBot: fc.boolean(),
    standing: fc.constantFrom("member" as const, "stranger" as const, "unknown" as const),
    comment: fc.constantFrom("/agent", "/agent go", "no"),
  });
  const users = fc.option(fc.subarray(["octocat", "eve"], { minLength: 1 }), { nil: undefined });
  fc.assert(
    fc.property(happenings, users, (changes, named) => {
      const rules = [label, comment, ci, deploy].map((rule) => ({ ...rule, users: named }));
      const matched = matchRule(rules, { ...labeled, ...changes });
      const may = !changes.isBot && (named?.includes(changes.person) ?? changes.standing === "member");
      expect(matched.kind === "taken" && !may).toBe(false);
    }),
  );
});

it("a field is found by its path alone, and never in what objects inherit", () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.constantFrom("constructor", "__proto__", "a.constructor.name", "length"),
      (body, path) => {
        const found = fieldAt(body, path);
        expect(found === undefined || JSON.stringify(body).includes(path.split(".")[0] ?? "")).toBe(true);
      },
    ),
  );
  expect(fieldAt({ a: { b: false } }, "a.b")).toBe("false");
  expect(fieldAt({ a: { b: null } }, "a.b")).toBeUndefined();
  expect(fieldAt("text", "length")).toBeUndefined();
});
