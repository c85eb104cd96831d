import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILD_COMMANDS, buildOf, commandsIn, shownCommand } from "../../src/capabilities/notices/domain/build-of.ts";

const TYPE = "tool.execute.after";
const ran = (command: string, exit: unknown = 1) => ({ tool: "bash", status: "completed", input: { command }, exit });

describe("a command that builds or tests", () => {
  it.each([
    ["npm test", "npm test"],
    ["npm run test:unit -- --run", "npm run test:unit -- --run"],
    ["cd web && CI=1 TOKEN='a b' npm test", "npm test"],
    ["git pull; make -j4 all 2>&1 | tail -5", "make -j4 all 2>&1"],
    ["(cargo build)", "cargo build"],
    ["./gradlew check", "./gradlew check"],
    ["echo one\npytest -q tests", "pytest -q tests"],
  ])("is known among what its line does: %s", (line, command) => {
    expect(buildOf(TYPE, ran(line), BUILD_COMMANDS)).toEqual({ outcome: "failed", command, exit: 1 });
  });

  it.each([
    ["what builds nothing", TYPE, ran("git push origin main")],
    ["what is called like it", TYPE, ran("npm testing")],
    ["another tool", TYPE, { ...ran("npm test"), tool: "read" }],
    ["another event", "session.idle", ran("npm test")],
    ["one of which the end is not known", TYPE, ran("npm test", null)],
    ["one whose input was cut", TYPE, { ...ran(""), input: '{"command":"npm test' }],
    ["a line that is too long", TYPE, ran(`npm test ${"x".repeat(20_000)}`)],
  ])("is not %s", (_, type, data) => {
    expect(buildOf(type, data, BUILD_COMMANDS)).toBeUndefined();
  });

  it("passed where it ended with 0, and is what the configuration says", () => {
    expect(buildOf(TYPE, ran("npm test", 0), BUILD_COMMANDS)?.outcome).toBe("passed");
    expect(buildOf(TYPE, ran("npm test"), ["just *"])).toBeUndefined();
    expect(buildOf(TYPE, ran("just build"), ["just *"])?.command).toBe("just build");
  });

  it("is told without what is assigned, its options and what comes behind them", () => {
    const told = commandsIn("A=1 NPM_TOKEN=s3cret docker build --build-arg KEY=s3cret .").map(shownCommand);
    expect(told).toEqual(["docker build …"]);
    expect(shownCommand("npm run test:unit")).toBe("npm run test:unit");
    expect(shownCommand(`make ${"x".repeat(200)}`)).toHaveLength(80);
  });

  it("is judged whatever an event has, and never by a secret that is assigned in front of it", () => {
    const word = fc.stringMatching(/^[a-z0-9]{6,12}$/);
    fc.assert(
      fc.property(word, fc.constantFrom("", "'", '"'), (secret, quote) => {
        const line = `KEY=${quote}${secret}${quote} npm test`;
        expect(shownCommand(buildOf(TYPE, ran(line), BUILD_COMMANDS)?.command ?? secret)).toBe("npm test");
      }),
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 3_000 }), fc.jsonValue(), (line, input) => {
        expect(commandsIn(line).length).toBeLessThanOrEqual(100);
        expect(buildOf(TYPE, { tool: "bash", exit: 1, input }, ["*"])?.outcome ?? "failed").toBe("failed");
      }),
    );
  });
});
