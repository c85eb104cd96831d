import { bySpecificity, ruleProblem, RulePermission, type StandingRule } from "@hal/protocol";
import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { isMadeOf } from "../../src/capabilities/rules/domain/made-of.ts";
import { judgeRequest } from "../../src/capabilities/rules/domain/judge-request.ts";
import { matchPattern } from "../../src/capabilities/rules/domain/match-pattern.ts";

let made = 0;
function rule(reply: StandingRule["reply"], pattern?: string, more: Partial<StandingRule> = {}): StandingRule {
  made += 1;
  const said = pattern === undefined ? {} : { pattern };
  return { id: `rule_${made}`, source: "operation", by: "ann", permission: "bash", ...said, reply, ...more };
}

/** What is answered to a command that opencode takes apart into these; the whole line where there is one. */
function answer(rules: readonly StandingRule[], command: string, patterns: readonly string[] = [command]) {
  return judgeRequest(rules, { project: "web", permission: "bash", patterns, command })?.reply ?? "ask";
}

describe("the pattern of a rule", () => {
  it.each([
    ["npm test*", "npm test", "clean"],
    ["npm test*", "npm test -- --watch=false src/a.test.ts", "clean"],
    ["npm test *", "npm test", "clean"],
    ["npm test *", "npm testing", "none"],
    ["npm ?est", "npm test", "clean"],
    ["npm test", "npm test ", "none"],
    ["git * --dry-run", "git push origin main --dry-run", "clean"],
    ["*", "anything", "clean"],
    ["ab*ba", "aba", "none"],
    ["a*b*c", "a-b-b-c", "clean"],
    ["npm test*", "npm test > /etc/passwd", "swallowing"],
  ])("%s fits %s: %s", (pattern, text, match) => {
    expect(matchPattern(pattern, text, true)).toBe(match);
  });

  it("fits whatever opencode's own fits, and nothing else, where nothing is smuggled", () => {
    const letters = fc.string({ unit: fc.constantFrom("a", "b", " ", "*", "?"), maxLength: 8 });
    const text = fc.string({ unit: fc.constantFrom("a", "b", " "), maxLength: 8 });
    fc.assert(
      fc.property(letters, text, (pattern, asked) => {
        let source = pattern.replaceAll("*", ".*").replaceAll("?", ".");
        if (source.endsWith(" .*")) source = `${source.slice(0, -3)}( .*)?`;
        expect(matchPattern(pattern, asked, true) !== "none").toBe(new RegExp(`^${source}$`, "s").test(asked));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a command", () => {
  const rules = [rule("allow", "npm test*"), rule("allow", "npm run lint")];

  it.each([
    ["npm test", ["npm test"]],
    ["npm test -- a.test.ts 'b c'", ["npm test -- a.test.ts 'b c'"]],
    ["npm test && npm run lint", ["npm test", "npm run lint"]],
    ["npm test; npm test", ["npm test"]],
    ["npm test |\n npm run lint\n", ["npm test", "npm run lint"]],
    ["npm test ärger.test.ts", ["npm test ärger.test.ts"]],
  ])("that is allowed in all of its parts is allowed: %j", (command, patterns) => {
    expect(answer(rules, command, patterns)).toBe("allow");
  });

  it.each([
    // opencode takes these apart, and one of the parts is not allowed
    ["npm test && rm -rf /", ["npm test", "rm -rf /"]],
    ["npm test $(rm -rf /)", ["npm test $(rm -rf /)", "rm -rf /"]],
    ["npm test | sh", ["npm test", "sh"]],
    // and what if it did not
    ["npm test && rm -rf /", ["npm test && rm -rf /"]],
    ["npm test; rm -rf /", ["npm test; rm -rf /"]],
    ["npm test | sh", ["npm test | sh"]],
    ["npm test & rm x", ["npm test & rm x"]],
    ["npm test\nrm -rf /", ["npm test\nrm -rf /"]],
    ["npm test\r\nrm -rf /", ["npm test\r\nrm -rf /"]],
    ["npm test\trm", ["npm test\trm"]],
    ["npm test `rm -rf /`", ["npm test `rm -rf /`"]],
    ["npm test $(id)", ["npm test $(id)"]],
    ["npm test ${IFS}x", ["npm test ${IFS}x"]],
    ["npm test $'\\x3b'", ["npm test $'\\x3b'"]],
    ["npm test <(id)", ["npm test <(id)"]],
    ["npm test > ~/.bashrc", ["npm test > ~/.bashrc"]],
    ["npm test \\\nrm", ["npm test \\\nrm"]],
    ["npm test\0; rm", ["npm test\0; rm"]],
    ["npm test \u{200b}x", ["npm test \u{200b}x"]],
    ["npm test \u{202e}x", ["npm test \u{202e}x"]],
    ["npm test \u{3164}x", ["npm test \u{3164}x"]],
    ["npm test \u{e000}x", ["npm test \u{e000}x"]],
    ["npm test\u{a0}x", ["npm test\u{a0}x"]],
    ["npm test \u{2028}rm", ["npm test \u{2028}rm"]],
    // lookalikes are other letters
    ["npm t\u{435}st", ["npm t\u{435}st"]],
    ["\u{ff4e}pm test", ["\u{ff4e}pm test"]],
    // what opencode says no part of
    ["export PATH=/tmp/evil; npm test", ["npm test"]],
    ["PATH=/tmp/evil; npm test", ["npm test"]],
    ["cd /tmp/evil && npm test", ["npm test"]],
    ["npm() { :; }; npm test", ["npm test"]],
    ["(npm test)", ["npm test"]],
    ["npm test &", ["npm test"]],
    ["npm test\0", ["npm test"]],
    // nothing, and far too much
    ["", []],
    ["npm test", []],
    [`npm test ${"a".repeat(20_000)}`, [`npm test ${"a".repeat(20_000)}`]],
    [`npm test ${"; npm test".repeat(5_000)}`, ["npm test"]],
  ])("that could do more than its rule says is for a person: %j", (command, patterns) => {
    expect(answer(rules, command, patterns)).toBe("ask");
  });

  it("of which the whole line is not known is for a person", () => {
    expect(judgeRequest(rules, { project: "web", permission: "bash", patterns: ["npm test"] })).toBeUndefined();
  });

  it("is denied where one of its parts is, by whatever the wildcard stands for", () => {
    const both = [...rules, rule("deny", "rm -rf *", { reason: "not here" })];
    expect(answer(both, "npm test && rm -rf /", ["npm test", "rm -rf /"])).toBe("deny");
    expect(answer(both, "rm -rf x > /dev/null")).toBe("deny");
    expect(answer(both, "rm   -rf\t/")).toBe("deny");
    expect(answer(both, "npm test $(rm -rf /)", ["npm test $(rm -rf /)", "rm -rf /"])).toBe("deny");
    const verdict = judgeRequest(both, { project: "web", permission: "bash", patterns: ["npm test", "rm -rf /"] });
    expect(verdict).toMatchObject({ reply: "deny", rule: { pattern: "rm -rf *", reason: "not here" } });
  });

  it("is not let off a denial by a rule that asks and fits only by what it swallows", () => {
    const asks = [rule("deny", "rm *"), rule("ask", "rm -rf ./tmp*")];
    expect(answer(asks, "rm -rf ./tmp/a")).toBe("ask");
    expect(answer(asks, "rm -rf ./tmp; rm -rf /")).toBe("deny");
  });

  it("is allowed as it stands by a rule for whatever is asked, unless a part is denied", () => {
    const any = [rule("allow"), rule("deny", "*rm -rf*")];
    expect(answer(any, "export A=1; npm test > log", ["npm test > log"])).toBe("allow");
    expect(answer(any, "sudo rm -rf /")).toBe("deny");
  });
});

describe("what is no command", () => {
  const asked = (permission: string, patterns: readonly string[], rules: readonly StandingRule[]) =>
    judgeRequest(rules, { project: "web", permission, patterns })?.reply ?? "ask";

  it("is judged by its patterns", () => {
    const reads = [
      rule("allow", "/srv/data/*", { permission: "external_directory" }),
      rule("deny", "*.env", { permission: "read", reason: "secrets" }),
    ];
    expect(asked("external_directory", ["/srv/data/*"], reads)).toBe("allow");
    expect(asked("external_directory", ["/srv/data/*", "/etc/*"], reads)).toBe("ask");
    expect(asked("external_directory", ["/srv/data/../../etc/*"], reads)).toBe("ask");
    expect(asked("external_directory", ["/srv/data/\u{202e}/*"], reads)).toBe("ask");
    expect(asked("external_directory", ["/srv/data/..\\..\\etc/*"], reads)).toBe("ask");
    expect(asked("read", ["config/.env"], reads)).toBe("deny");
    expect(asked("edit", ["config/.env"], reads)).toBe("ask");
  });

  it("is not covered by one character of a rule where it means everything", () => {
    const one = [rule("allow", "/srv/?", { permission: "external_directory" })];
    expect(asked("external_directory", ["/srv/a"], one)).toBe("allow");
    expect(asked("external_directory", ["/srv/*"], one)).toBe("ask");
  });
});

describe("of several rules the most specific one decides", () => {
  it("one of the project before one for all, then more literal characters, then deny, ask, allow", () => {
    const inWeb = { project: "web" };
    expect(answer([rule("deny", "git push --force*"), rule("allow", "git *", inWeb)], "git push --force")).toBe(
      "allow",
    );
    expect(answer([rule("deny", "git *"), rule("allow", "git status*")], "git status")).toBe("allow");
    expect(answer([rule("allow", "git *"), rule("ask", "git push*")], "git push")).toBe("ask");
    expect(answer([rule("allow", "git *"), rule("deny", "git *")], "git push")).toBe("deny");
    expect(answer([rule("allow", "git *"), rule("ask", "git *")], "git push")).toBe("ask");
    expect(answer([rule("ask", "git *"), rule("deny", "git *")], "git push")).toBe("deny");
    expect(answer([rule("allow", "git *", { project: "api" })], "git push")).toBe("ask");
  });

  const texts = fc.constantFrom("git push", "git push -f", "git status", "rm -rf x", "rm x; ls", "npm test");
  const patterns = fc.constantFrom(undefined, "*", "git *", "git push*", "rm *", "rm x*", "npm test", "n?m *");
  const rules = fc.array(
    fc
      .tuple(
        fc.constantFrom("allow" as const, "deny" as const, "ask" as const),
        patterns,
        fc.constantFrom(undefined, "web", "api"),
      )
      .map(([reply, pattern, project]) => rule(reply, pattern, project === undefined ? {} : { project })),
    { maxLength: 6 },
  );

  it("whatever their order in the list", () => {
    fc.assert(
      fc.property(
        rules.chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
        fc.uniqueArray(texts, { minLength: 1, maxLength: 3 }),
        ([list, shuffled], asked) => {
          const request = { project: "web", permission: "bash", patterns: asked, command: asked.join(" && ") };
          expect(judgeRequest(shuffled, request)).toEqual(judgeRequest(list, request));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("and another rule that denies or asks never lets more through at equal weight", () => {
    fc.assert(
      fc.property(rules, texts, (list, text) => {
        const stricter = list.map((one) => (one.reply === "allow" ? { ...one, reply: "ask" as const } : one));
        expect(answer(stricter, text)).not.toBe("allow");
        const denying = [...list, ...list.map((one) => ({ ...one, id: `${one.id}-`, reply: "deny" as const }))];
        expect(answer(denying, text)).not.toBe("allow");
      }),
    );
  });

  it("sorts strictly, so that the one that is named is always the same", () => {
    fc.assert(
      fc.property(rules, (list) => {
        for (const a of list) for (const b of list) expect(bySpecificity(a, b) === 0).toBe(a === b);
      }),
    );
  });
});

describe("a line", () => {
  it("is made of commands only where nothing else is in it", () => {
    const command = fc.constantFrom("a", "a b", "c --d");
    const between = fc.constantFrom(" && ", "; ", " | ", "\n", " || ", " ;\n\n ");
    fc.assert(
      fc.property(fc.array(fc.tuple(command, between), { minLength: 1, maxLength: 5 }), (parts) => {
        const last = parts.length - 1;
        const line = parts.map(([one, after], index) => (index === last ? one : one + after)).join("");
        const commands = parts.map(([one]) => one);
        expect(isMadeOf(line, commands)).toBe(true);
        for (const extra of ["export X=1; ", "(", "! ", "X=1 ", "e", "&", ";"])
          expect(isMadeOf(`${extra}${line}`, commands)).toBe(false);
        for (const extra of [" &", ";;", " > f", ")", " # x"])
          expect(isMadeOf(`${line}${extra}`, commands)).toBe(false);
      }),
    );
  });
});

describe("what is wrong with a rule", () => {
  it("is said of a permission that nothing asks for, and of a pattern that would allow any command", () => {
    const problem = (name: string) => v.safeParse(RulePermission, name).issues?.[0].message;
    expect(problem("bsh")).toMatch(/did you mean bash\?/);
    expect(problem("github_create_issue")).toBeUndefined();
    expect(problem("bash")).toBeUndefined();
    expect(ruleProblem({ permission: "bash", pattern: "*test", reply: "allow" })).toMatch(/begins with a wildcard/);
    expect(ruleProblem({ permission: "bash", pattern: "*test", reply: "deny" })).toBeUndefined();
    expect(ruleProblem({ permission: "bash", pattern: "*", reply: "allow" })).toBeUndefined();
  });
});
