import { EVENT_TYPES } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  explain,
  isTaken,
  measuresOf,
  type RouteFacts,
  typesOf,
} from "../../src/capabilities/notices/domain/evaluate.ts";
import { matchesType } from "../../src/capabilities/notices/domain/event-pattern.ts";
import {
  type Expression,
  FIELDS,
  MEASURES,
  type Name,
  parseExpression,
} from "../../src/capabilities/notices/domain/route-expression.ts";
import { parseLimit } from "../../src/capabilities/notices/domain/route-limit.ts";
import { DEFAULT_ROUTES } from "../../src/capabilities/notices/domain/default-routes.ts";

const NOTHING: RouteFacts = { type: undefined, fields: {}, data: {}, measures: {} };
const FAILED: RouteFacts = {
  type: "session.error",
  fields: { node: ["01a", "box"], project: "web", session: "ses_1", title: "mend it" },
  data: { name: "APIError", attempt: 3, cut: false, error: { code: "busy" } },
  measures: { "cost.daily": 21.5 },
};

function read(text: string): Expression {
  const parsed = parseExpression(text);
  if (parsed.kind === "problem") throw new Error(`${text}: ${parsed.message}`);
  return parsed.expression;
}

describe("an expression", () => {
  it.each<[string, boolean]>([
    ["session.error", true],
    ["session.*", true],
    ["*", true],
    ["*.error", true],
    ["node.offline", false],
    ["session.error && node.offline", false],
    ["session.error || node.offline", true],
    ["node.offline || session.error && project == 'web'", true],
    ["(node.offline || session.error) && project == 'api'", false],
    ["!node.offline && project != 'api'", true],
    ["!(session.error && project == 'web')", false],
    ['* && node == "box"', true],
    ['* && node == "01a"', true],
    ['* && node != "box"', false],
    ['* && title == "mend it" && session == "ses_1"', true],
    ['* && data.name == "APIError"', true],
    ['* && data.error.code == "busy"', true],
    ["* && data.attempt >= 3 && 3 <= data.attempt && data.attempt < 4 && data.attempt > 2", true],
    ["* && data.cut == false", true],
    ["* && data.nothing == 1", false],
    ["* && data.nothing != 1", true],
    ["* && data.nothing > 1", false],
    ["* && data.nothing < 1", false],
    ["* && data.nothing <= 1", false],
    ["* && data.name < 1", false],
    ["session.error || node.offline && node.offline", true],
    ["!node.offline && node.offline", false],
    ['* && project == "w*"', false],
    ["* && data.name > 1", false],
    ["session.error && cost.daily > 20", true],
    ["session.error && cost.daily > 21.5", false],
    ["session.error && stuck > 5m", false],
    ['type == "session.error"', true],
    ['type != "session.error"', false],
  ])("%s", (text, isTrue) => {
    expect(isTaken(read(text), FAILED)).toBe(isTrue);
  });

  it.each<[string, number, boolean]>([
    ["stuck > 5m", 300_001, true],
    ["stuck > 5m", 300_000, false],
    ["stuck >= 90s", 90_000, true],
    ["1h < stuck", 3_600_001, true],
    ["stuck > 1d", 86_400_001, true],
    ["stuck > 5m && !session.idle", 300_001, true],
    ["stuck > 5m || session.idle", 1, false],
  ])("%s of a moment in which nothing moved for %i ms", (text, stuck, isTrue) => {
    expect(isTaken(read(text), { ...NOTHING, measures: { stuck } })).toBe(isTrue);
  });

  it.each<[string, string]>([
    ["", "at 1: it is empty; write which events, such as session.error"],
    ["  ", "at 1: it is empty; write which events, such as session.error"],
    ["session.err", "at 1: there is no such event; did you mean session.error?"],
    ["session.error && nod.offline", "at 18: there is no such event; did you mean node.offline?"],
    ["session.error && project = 'web'", "at 26: = compares nothing; write =="],
    ["session.error & project == 'web'", "at 15: & means nothing; write &&"],
    ["session.error | node.offline", "at 15: | means nothing; write ||"],
    ["session.error && && node.offline", "at 18: nothing is in front of &&"],
    ["&& node.offline", "at 1: nothing is in front of &&"],
    ["session.error && == 'a'", "at 18: nothing is in front of =="],
    ["session.error && != 'a'", "at 18: nothing is in front of !="],
    ["session.error &&", "at 16: nothing is behind &&"],
    ["session.error && ) node.offline", "at 18: nothing is behind &&"],
    ["session.error node.offline", "at 15: there is no && or || in front of this"],
    ["(session.error", "at 14: a ) is missing at the end"],
    ["session.error)", "at 14: there is no ( for this )"],
    ["session.error && !", "at 18: nothing is behind !"],
    ["()", "at 1: nothing is in these parentheses"],
    ["session.error && ( )", "at 18: nothing is in these parentheses"],
    ["(session.error node.offline)", "at 16: there is no && or || in front of this"],
    ["(session.error)(node.offline)", "at 16: there is no && or || in front of this"],
    ["session.error !node.offline", "at 15: there is no && or || in front of this"],
    ["session.error && (node.offline).foo", "at 32: a name begins with a letter or with *, and a number with a digit"],
    ["stuck > .5", "at 9: a name begins with a letter or with *, and a number with a digit, such as 0.5"],
    ["session.error and node.offline", "at 15: and is no event; write &&"],
    ["session.error OR node.offline", "at 15: OR is no event; write ||"],
    ["not session.error", "at 1: not is no event; write !"],
    ["session.error === 'a'", "at 15: === means nothing; write =="],
    ["session.error && project !== 'a'", "at 26: !== means nothing; write !="],
    ["stuck => 5m", "at 7: => means nothing; write >="],
    ["session.error && project <> 'a'", "at 26: <> means nothing; write !="],
    ["session.error &&& node.offline", "at 15: &&& means nothing; write &&"],
    ["session.error &|=<>&|=<>& node.offline", "at 15: &|=< means nothing"],
    [
      "session.error && !project == 'a'",
      'at 19: ! is in front of a name; write != instead of ==, or !(project == "web")',
    ],
    [
      "session.error && project == 'a' == 'b'",
      "at 18: == compares a name with a value; put && or || between conditions",
    ],
    ["type == 'session.eror'", "at 9: there is no such event; did you mean session.error?"],
    ["'wish' != type", "at 1: there is no such event"],
    ["type == 'session.*'", "at 9: text is compared as it is; write the pattern alone, as in session.*"],
    ["session.error < 5", "at 1: an event is not compared with anything; write it alone"],
    ["session.error && project == web", 'at 29: this is no value; text is in quotes, as in project == "web"'],
    ["session.error && project == 'web", "at 29: the text that begins here has no ' at its end"],
    ["session.error && projekt == 'web'", "at 18: there is nothing of this name to compare; did you mean project?"],
    [
      "session.error && wish == 'web'",
      "at 18: there is nothing of this name to compare; there are: type, node, project, session, title, build, stuck, cost.daily, and data.… of the event",
    ],
    ["session.error && project", 'at 18: a field is no event; compare it, as in project == "web"'],
    ["session.error && project == 5", 'at 29: project is text; write it in quotes, as in project == "web"'],
    ["session.error && project > 'a'", "at 28: > compares numbers; for text write == or !="],
    ["stuck", "at 1: stuck is measured; compare it, as in stuck > 5m"],
    ["stuck > 5", "at 9: stuck is a length of time; write it with a unit, such as 5m"],
    ["stuck > 5x", "at 9: this is no number and no length of time; write 5, 90s, 5m, 2h or 1d"],
    ["cost.daily > 5m", "at 14: cost.daily is a sum in dollars; write a number, such as 20"],
    ["session.error && 'web'", 'at 18: a value alone says nothing; compare it with something, as in project == "web"'],
    ["session.error && 1 == 1", "at 18: two values are compared; one of them has to be a name, such as project"],
    ["session.error == project == 'a'", "at 1: == compares a name with a value; put && or || between conditions"],
    ["project == 'web'", "at 1: it names no event; where every event is meant, write * && in front of it"],
    [
      "project == 'a' || project == 'b'",
      "at 1: it names no event; where every event is meant, write * && in front of it",
    ],
    ["session.error ? a : b", 'at 15: ? means nothing here; text is in quotes, as in project == "web-1"'],
    ["[session.error]", 'at 1: [ means nothing here; text is in quotes, as in project == "web-1"'],
    ["session.error(1)", "at 14: there is no && or || in front of this"],
  ])("%s is refused with its place", (text, message) => {
    const parsed = parseExpression(text);
    expect(parsed).toMatchObject({ kind: "problem", message: expect.stringContaining(message) });
  });

  it.each([
    ["a blank that is none", "session.error\u00a0&& node.offline", "at 14: \\u{a0} means nothing here"],
    ["what turns a line round", "session.error \u202e", "at 15: \\u{202e} means nothing here"],
    ["what steers a terminal", "\u001b[31m", "at 1: \\u{1b} means nothing here"],
    [
      "101 pairs of parentheses",
      `${"(".repeat(101)}*${")".repeat(101)}`,
      "at 101: it is nested too deeply; 100 levels are most",
    ],
    ["101 times !", `!(${"! ".repeat(100)}*)`, "at 199: it is nested too deeply; 100 levels are most"],
    ["1000 parentheses", "(".repeat(1_000), "at 101: it is nested too deeply; 100 levels are most"],
    ["1001 characters", "x".repeat(1_001), "at 1000: it has 1001 characters, and 1000 is most"],
  ])("of %s is refused with its place", (_, text, message) => {
    expect(parseExpression(text)).toMatchObject({ kind: "problem", message: expect.stringContaining(message) });
  });

  it.each([
    ["as deep as it may be", `${"(".repeat(100)}*${")".repeat(100)}`],
    ["of as many conditions as fit", `*${"||*".repeat(333)}`],
  ])("%s is read and explained", (_, text) => {
    expect(explain(read(text), FAILED)).toBe("it is session.error");
  });
});

describe("why an expression holds, or does not", () => {
  it.each<[string, RouteFacts, string]>([
    ["session.error", FAILED, "it is session.error"],
    ["node.offline", FAILED, "it is session.error, not node.offline"],
    ['session.error && project == "api"', FAILED, 'project is "web", not "api"'],
    [
      "node.offline || session.idle",
      FAILED,
      "it is session.error, not node.offline, and it is session.error, not session.idle",
    ],
    ["session.error && data.nothing == 1", FAILED, "data.nothing is not in it"],
    ["session.error && cost.daily > 30", FAILED, "cost.daily is $21.5"],
    ["session.error && stuck > 5m", FAILED, "stuck is not known of it"],
    ["stuck > 5m", { ...NOTHING, measures: { stuck: 600_000 } }, "stuck is 10 min"],
    ["session.error", NOTHING, "nothing happened; only time has passed"],
    ['* && node == "box"', FAILED, 'it is session.error, and node is "01a" or "box"'],
    ['session.error && project != "web"', FAILED, 'project is "web"'],
    ['session.error && !(project == "web")', FAILED, 'project is "web"'],
    ["session.error && data.error == 1", FAILED, "data.error is an object, not 1"],
    [
      "session.error && data.name == 1",
      { ...FAILED, data: { name: "\u001b[31m\r\nred" } },
      'data.name is "\ufffd[31m red", not 1',
    ],
    ["session.error && data.cut == true", FAILED, "data.cut is false, not true"],
    ["* && data.x == 9", { ...FAILED, data: { x: [5, 6, 7, 8, 9] } }, "it is session.error, and data.x is 9 or …"],
    ["* && data.x == 1", { ...FAILED, data: { x: [[2], null, 3] } }, "data.x is a list or null or 3, not 1"],
    [
      "session.idle || data.x == 1",
      { ...FAILED, data: { x: ["a", "b", "c", "d", "e"] } },
      'it is session.error, not session.idle, and data.x is "a" or "b" or "c" or …, not 1',
    ],
  ])("%s", (text, facts, why) => {
    expect(explain(read(text), facts)).toBe(why);
  });
});

describe("the types that an expression may hold for", () => {
  const SOME = ["node.offline", "node.online", "session.error", "gap"];

  it.each<[string, readonly string[]]>([
    ["*", SOME],
    ["node.*", ["node.offline", "node.online"]],
    ["!node.*", ["session.error", "gap"]],
    ["gap || session.*", ["session.error", "gap"]],
    ["node.* && !node.online", ["node.offline"]],
    ["gap && project == 'web'", ["gap"]],
    ["gap || * && project == 'web'", SOME],
    ["gap && !(project == 'web')", ["gap"]],
    ["!(gap && project == 'web')", SOME],
    ["!(gap || project == 'web')", ["node.offline", "node.online", "session.error"]],
    ["stuck > 5m", SOME],
    ["stuck > 5m && !gap", ["node.offline", "node.online", "session.error"]],
    ["type == 'gap'", ["gap"]],
    ["type != 'gap'", ["node.offline", "node.online", "session.error"]],
  ])("%s", (written, types) => {
    expect(typesOf(read(written), SOME)).toEqual(types);
  });
});

describe("what an expression measures", () => {
  it.each<[string, readonly string[]]>([
    ["session.error", []],
    ["stuck > 5m", ["stuck"]],
    ["!(20 < cost.daily) && (stuck > 5m || stuck > 1h)", ["cost.daily", "stuck"]],
  ])("%s", (written, measures) => {
    expect(measuresOf(read(written))).toEqual(measures);
  });
});

const name: fc.Arbitrary<Name> = fc.oneof(
  fc.constantFrom(...FIELDS).map((one) => ({ kind: "field" as const, name: one })),
  fc
    .array(fc.oneof(fc.constantFrom("a", "b", "0"), fc.stringMatching(/^[a-z]\w{0,5}$/)), {
      minLength: 1,
      maxLength: 3,
    })
    .map((path) => ({ kind: "data" as const, path })),
  fc
    .constantFrom(...(Object.keys(MEASURES) as (keyof typeof MEASURES)[]))
    .map((one) => ({ kind: "measure" as const, name: one })),
);
const order = fc.constantFrom("<" as const, "<=" as const, ">" as const, ">=" as const);
const equality = fc.constantFrom("==" as const, "!=" as const);
/** Colours a terminal, turns the line round, ends it, and is half a letter. */
const STEERING = "\u001b[31m\u202eweb\u2028\r\n\ud83d";
/** Few words, so that what is written and what is found meet, and whatever there is. */
const words = fc.oneof(fc.constantFrom("web", "api", STEERING), fc.string({ unit: "binary", maxLength: 100 }));
const text = fc
  .oneof(fc.constantFrom("web", "api"), fc.string({ unit: "binary", maxLength: 6 }))
  .filter((one) => !/["']/.test(one));
const seconds = fc.nat(9_999).map((count) => count * 1_000);

const comparison: fc.Arbitrary<Expression> = name.chain((one): fc.Arbitrary<Expression> => {
  if (one.kind === "field")
    return fc.record({
      kind: fc.constant("compare" as const),
      name: fc.constant(one),
      operator: equality,
      value: one.name === "type" ? fc.constantFrom(...EVENT_TYPES) : text,
    });
  if (one.kind === "data")
    return fc.record({
      kind: fc.constant("compare" as const),
      name: fc.constant(one),
      operator: equality,
      value: fc.oneof(text, fc.boolean(), fc.nat(3)),
    });
  const value: fc.Arbitrary<number> = one.name === "stuck" ? seconds : fc.nat(1_000);
  return fc.record({
    kind: fc.constant("compare" as const),
    name: fc.constant(one),
    operator: fc.oneof(order, equality),
    value,
  });
});
const expression: fc.Arbitrary<Expression> = fc.letrec<{ any: Expression }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom("*", "session.*", ...EVENT_TYPES).map((pattern) => ({ kind: "event" as const, pattern })),
    comparison,
    tie("any").map((of) => ({ kind: "not" as const, of })),
    fc.record({ kind: fc.constantFrom("and" as const, "or" as const), left: tie("any"), right: tie("any") }),
  ),
})).any;

function print(one: Expression): string {
  switch (one.kind) {
    case "and":
    case "or":
      return `(${print(one.left)} ${one.kind === "and" ? "&&" : "||"} ${print(one.right)})`;
    case "not":
      return `!(${print(one.of)})`;
    case "event":
      return one.pattern;
    case "compare": {
      const { name: said, operator, value } = one;
      const written =
        said.kind === "measure" && said.name === "stuck" ? `${Number(value) / 1_000}s` : JSON.stringify(value);
      return `${said.kind === "data" ? `data.${said.path.join(".")}` : said.name} ${operator} ${
        typeof value === "string" ? `"${value}"` : written
      }`;
    }
    default:
      return one satisfies never;
  }
}

const inData: fc.Arbitrary<unknown> = fc.letrec<{ any: unknown }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    words,
    fc.anything(),
    fc.nat(3),
    fc.boolean(),
    fc.array(tie("any"), { maxLength: 5 }),
    fc.dictionary(fc.constantFrom("a", "b"), tie("any")),
  ),
})).any;

const facts: fc.Arbitrary<RouteFacts> = fc.record({
  type: fc.option(fc.constantFrom(...EVENT_TYPES), { nil: undefined }),
  fields: fc.record(
    {
      node: fc.array(words),
      project: fc.option(words),
      session: fc.option(words),
      title: fc.option(words),
    },
    { requiredKeys: [] },
  ),
  data: fc.dictionary(fc.constantFrom("a", "b"), inData),
  measures: fc.record({ stuck: fc.nat(), "cost.daily": fc.double() }, { requiredKeys: [] }),
});

/** What stands in a log or on a terminal as it is: one line, without anything that nobody sees, and no half of a letter. */
const SHOWN = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{1,1000}$/u;

describe("any expression", () => {
  it("that is written and read again is the same", () => {
    fc.assert(
      fc.property(expression, (one) => {
        const written = `* && ${print(one)}`;
        fc.pre(written.length <= 1_000);
        expect(read(written)).toEqual({ kind: "and", left: { kind: "event", pattern: "*" }, right: one });
      }),
    );
  });

  it("holds for no event of a type that it is said not to hold for", () => {
    fc.assert(
      fc.property(expression, facts, (one, known) => {
        const isPossible = known.type === undefined || typesOf(one, EVENT_TYPES).includes(known.type);
        expect(isTaken(one, known) && !isPossible).toBe(false);
      }),
    );
  });

  it("is explained in one line of characters that can be shown", () => {
    fc.assert(
      fc.property(expression, facts, (one, known) => {
        expect(explain(one, known)).toMatch(SHOWN);
      }),
    );
  });

  it("is explained whatever its event says, however deep and long that is", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`);
    const long = Array.from({ length: 50_000 }, () => "\u{1f600}".repeat(100));
    for (const a of [deep, [{ deep }], { deep }, long, "\u{1f600}".repeat(50_000), " ".repeat(50_000)])
      expect(explain(read("* && data.a == 1"), { ...FAILED, data: { a } })).toMatch(SHOWN);
  });

  it("of any text is read, or refused in one line at a place in it", () => {
    const pieces = fc.constantFrom(
      "session.error",
      "*",
      "stuck",
      "project",
      "&&",
      "||",
      "!",
      "(",
      ")",
      "==",
      ">",
      "5m",
      "'a'",
      '"',
      "=",
      " ",
      "§",
      "\u001b[1m",
      "\u2028",
      ".",
      "type",
      "and",
      "true",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.array(pieces, { maxLength: 12 }).map((list) => list.join(" ")),
          fc.array(pieces, { maxLength: 12 }).map((list) => list.join("")),
        ),
        (one) => {
          const parsed = parseExpression(one);
          const { position, message } = parsed.kind === "problem" ? parsed : { position: 1, message: "read" };
          expect(position >= 1 && position <= Math.max(1, one.length)).toBe(true);
          expect(message).toMatch(SHOWN);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

describe("a pattern of types", () => {
  it.each([
    ["session.*error", "session.error", true],
    ["session.e*error", "session.error", false],
    ["*", "gap", true],
    ["*.*", "gap", false],
    ["node.*", "node.", true],
  ])("%s and %s", (pattern, type, isMatch) => {
    expect(matchesType(pattern, type)).toBe(isMatch);
  });

  it("is the same as a regular expression of it", () => {
    const letters = fc.stringMatching(/^[ab.*]{0,8}$/);
    fc.assert(
      fc.property(letters, fc.stringMatching(/^[ab.]{0,8}$/), (pattern, type) => {
        const twin = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`);
        expect(matchesType(pattern, type)).toBe(twin.test(type));
      }),
    );
  });
});

describe("a limit", () => {
  it.each([
    ["3/h", { most: 3, perMs: 3_600_000 }],
    ["10/m", { most: 10, perMs: 60_000 }],
    [" 20/d ", { most: 20, perMs: 86_400_000 }],
    ["0/h", undefined],
    ["10001/h", undefined],
    ["3", undefined],
    ["3/w", undefined],
    ["-3/h", undefined],
  ])("%s", (written, limit) => {
    const parsed = parseLimit(written);
    expect(parsed.kind === "limit" ? parsed.limit : undefined).toEqual(limit);
  });
});

describe("what is told without any route", () => {
  it("can be read, and floods nobody: no turn and no message is told by itself, and of tools only builds that failed", () => {
    const [tools, others] = [true, false].map((isBuild) =>
      DEFAULT_ROUTES.filter(({ channel }) => (channel === "build-log") === isBuild).map(({ match }) => match),
    );
    expect(tools).toEqual(['tool.execute.after && build == "failed"']);
    const types = (others ?? []).flatMap((match) => typesOf(read(match), EVENT_TYPES));
    expect(types).toEqual(
      expect.arrayContaining(["node.offline", "session.error", "interaction.asked", "policy.gave_up"]),
    );
    for (const loud of ["session.busy", "session.idle", "session.message", "session.updated", "tool.execute.after"])
      expect(types).not.toContain(loud);
  });
});
