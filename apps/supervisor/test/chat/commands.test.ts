import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chatRole } from "../../src/capabilities/channels/domain/chat-role.ts";
import { COMMANDS, readCommand } from "../../src/chat/commands.ts";
import { filledIn } from "../../src/chat/filled-in.ts";

describe("what somebody types on a platform", () => {
  it.each<[string, string, object]>([
    ["status", "status.get", {}],
    ["status web", "sessions.list", { project: "web" }],
    ["STATUS", "status.get", {}],
    ["nodes", "nodes.list", {}],
    ["why web", "why.get", { ref: "web" }],
    ["logs web 5", "sessions.messages", { ref: "web", limit: 5 }],
    ["cost week", "cost.get", { period: "week" }],
    ["start web fix the tests", "sessions.start", { project: "web", prompt: "fix the tests" }],
    ["inject web go on", "sessions.prompt", { ref: "web", text: "go on" }],
    ["kill web", "sessions.kill", { ref: "web" }],
    ["stop-all", "sessions.stopAll", {}],
    ["resume web", "sessions.resume", { ref: "web" }],
    ["approve per_1", "interactions.answer", { id: "per_1", reply: "once" }],
    ["deny per_1", "interactions.answer", { id: "per_1", reply: "reject" }],
    ["deny per_1 not on main", "interactions.answer", { id: "per_1", reply: "reject", message: "not on main" }],
  ])("%s asks %s", (typed, operation, input) => {
    expect(readCommand(typed.split(" "))).toMatchObject({ kind: "command", command: { operation }, input });
  });

  it("may be given by names, as a platform with options does", () => {
    expect(readCommand(["start"], { project: "web", prompt: "fix it" })).toMatchObject({
      input: { project: "web", prompt: "fix it" },
    });
  });

  it.each<[string, string]>([
    ["kill", "type: kill <ref>"],
    ["inject web", "type: inject <ref> <text…>"],
    ["nodes now", "type: nodes"],
    ["approve", "type: approve <id>"],
    ["approve per_1 always", "type: approve <id>"],
    ["deny", "type: deny <id> [message…]"],
    ["kil web", "there is no command kil; did you mean kill?"],
    ["dance", "there is no command dance; help lists all"],
    ["help", "What can be asked here"],
  ])("%s is answered with how it is meant", (typed, title) => {
    expect(readCommand(typed.split(" "))).toMatchObject({ kind: "message", message: { title } });
  });

  it("nothing at all lists what there is, each with what it is for", () => {
    const read = readCommand([]);
    const code = read.kind === "message" ? (read.message.code ?? "") : "";
    expect(code.split("\n")).toHaveLength(COMMANDS.length);
    expect(code).toMatch(/^start <project> \[prompt…\] +Start a session in a project/m);
  });

  it("of any words is read or answered, and never throws", () => {
    const word = fc.oneof(fc.constantFrom(...COMMANDS.map(({ name }) => name)), fc.string());
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        expect(["command", "message"]).toContain(readCommand(words).kind);
      }),
    );
  });
});

describe("what somebody may do on a platform", () => {
  const access = { viewers: ["everyone"], operators: ["U1", "role:R1"], admins: ["user:U2"] };

  it.each<[string, readonly string[], string]>([
    ["U1", [], "operator"],
    ["U2", [], "admin"],
    ["U3", ["R1"], "operator"],
    ["U3", ["R2"], "viewer"],
    ["R1", [], "viewer"],
  ])("%s with the roles %j is %s", (id, roles, role) => {
    expect(chatRole(access, { id, roles })).toBe(role);
  });

  it("is nothing where nobody named them", () => {
    expect(chatRole({ viewers: ["U9"], operators: [], admins: [] }, { id: "U1", roles: [] })).toBeUndefined();
  });
});

describe("what somebody filled in", () => {
  const text = (id: string) => ({ kind: "text", id, label: "l" }) as const;
  const choice = (id: string, isSeveral = false) =>
    ({
      kind: "choice",
      id,
      label: "l",
      isSeveral,
      options: [
        { id: "0", label: "a" },
        { id: "1", label: "b" },
      ],
    }) as const;

  it.each<[string, Parameters<typeof filledIn>, object]>([
    ["a reason", [[text("message")], { message: [" no "] }], { message: "no" }],
    ["nothing", [[text("message")], { message: [""] }], {}],
    ["a choice", [[choice("answers.0")], { "answers.0": ["1"] }], { answers: [["b"]] }],
    ["one that there is not", [[choice("answers.0")], { "answers.0": ["7"] }], { answers: [[]] }],
    [
      "own words beside the one choice",
      [[choice("answers.0"), text("answers.0.own")], { "answers.0": ["0"], "answers.0.own": ["c"] }],
      { answers: [["a; c"]] },
    ],
    [
      "own words beside several choices",
      [[choice("answers.0", true), text("answers.0.own")], { "answers.0": ["0", "1"], "answers.0.own": ["c"] }],
      { answers: [["a", "b", "c"]] },
    ],
    [
      "own words alone",
      [[choice("answers.0"), text("answers.0.own")], { "answers.0.own": ["c"] }],
      { answers: [["c"]] },
    ],
    ["the second question alone", [[text("answers.1.own")], { "answers.1.own": ["c"] }], { answers: [[], ["c"]] }],
    ["what nobody asked for", [[text("message")], { other: ["x"] }], {}],
  ])("%s fills fields of the operation", (_, given, fields) => {
    expect(filledIn(...given)).toEqual(fields);
  });
});
