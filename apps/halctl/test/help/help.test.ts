import { type Operation, OPERATIONS } from "@hal/protocol";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { parseCommand, runCli } from "../../src/cli.ts";
import { GROUPS, VERBS } from "../../src/command-table.ts";
import { inputOf } from "../../src/grammar/typed-options.ts";
import { EXEMPLIFIED, examplesOf } from "../../src/help/examples.ts";
import { verbOf } from "../../src/help/find-command.ts";
import { OTHERS, SECTIONS } from "../../src/help/sections.ts";
import { terminal } from "../support/run.ts";
import { splitLine } from "../support/split-line.ts";
import { NOW } from "../support/views.ts";

const LEAVES = [
  ...VERBS.map(verbOf),
  ...GROUPS.flatMap(({ noun, verbs }) => verbs.map((spec) => `${noun} ${verbOf(spec)}`)),
];

async function helpOf(words: readonly string[], columns?: number): Promise<string> {
  const { terminal: made, written } = terminal(columns === undefined ? {} : { isTerminal: true, columns });
  expect(await runCli(words, made, "9.9.9")).toBe(0);
  return written.out;
}

describe("examples", () => {
  it.each(LEAVES)("%s has one", (leaf) => expect(examplesOf(leaf).length).toBeGreaterThan(0));

  it("are of commands that there are", () => {
    expect(EXEMPLIFIED.filter((name) => !LEAVES.includes(name))).toEqual([]);
  });

  it.each(LEAVES.flatMap((leaf) => examplesOf(leaf).map(([line]) => ({ leaf, line }))))(
    "halctl $line is a line that can be typed",
    async ({ leaf, line }) => {
      const parsed = await parseCommand(splitLine(line), "9.9.9");
      expect(parsed).toHaveProperty("spec");
      if (parsed === undefined || !("spec" in parsed)) return;
      const { spec, argv } = parsed;
      const meant = [...VERBS, ...GROUPS.flatMap(({ verbs }) => verbs)].filter((one) => one === spec);
      expect(meant.map(verbOf)).toEqual([leaf.split(" ").at(-1)]);
      const [name] = spec.of ?? [];
      if (spec.isAsking !== true || name === undefined) return;
      const operation: Operation = OPERATIONS[name];
      const [word = ""] = Object.keys(spec.positionals ?? {});
      // of several, each is asked for by itself
      const typed = spec.command.includes("..>") ? { ...argv, [word]: (argv[word] as string[])[0] } : argv;
      expect(v.safeParse(operation.input, inputOf(name, typed, NOW)).issues).toBeUndefined();
    },
  );
});

describe("help", () => {
  it("shows every command once, by what it is for", async () => {
    const page = await helpOf(["--help"]);
    const shown = [...VERBS.filter(({ isHidden }) => isHidden !== true).map(verbOf), ...GROUPS.map(({ noun }) => noun)];
    const times = shown.map((name) => [name, page.match(new RegExp(`^  ${name} `, "gm"))?.length]);
    expect(times).toEqual(shown.map((name) => [name, 1]));
    for (const [title] of SECTIONS) expect(page).toContain(`${title}:`);
    expect(page).not.toContain(OTHERS);
    expect(page).not.toContain("inject");
  });

  it.each([60, 80, 120])("fits a terminal of %d columns", async (columns) => {
    for (const words of [["--help"], ["help", "options"], ["sessions", "-h"], ["start", "--help"]]) {
      const long = (await helpOf(words, columns)).split("\n").filter((line) => line.length > columns);
      // an example is one line, so that it can be copied
      expect(long.filter((line) => !/^ {2}(halctl|#)/.test(line))).toEqual([]);
    }
  });

  it.each([
    [
      ["help", "sessions", "start"],
      ["sessions", "start", "--help"],
    ],
    [
      ["help", "tokens"],
      ["tokens", "--help"],
    ],
    [["help"], ["-h"]],
  ])("%j is %j", async (one, other) => expect(await helpOf(one)).toBe(await helpOf(other)));

  it("shows one command with its options and examples, and where the global options are", async () => {
    expect(await helpOf(["tokens", "create", "--help"]))
      .toBe(`Make a token with a name and a role; its secret is shown this once

Usage: halctl tokens create <name> [options]

Arguments:
  name      who or what will use it; the audit shows it

Options:
      --role <choice>       what it may do; agent may only connect an agent (one
                            of: viewer, operator, admin, agent)
      --expires-in <value>  how long it is valid, such as 90d or 12h; without
                            it, until it is revoked
      --idempotency-key <value>
                            a second request with the same key does nothing

Examples:
  # keep the secret in a file
  halctl tokens create ci --role operator --expires-in 90d > ci.token

halctl help options shows what every command takes, such as -o json and
--context.
`);
  });

  it("belongs to the text behind --", async () => {
    const { terminal: made, written } = terminal();
    await runCli(["send", "my-app", "--supervisor-url", "ws://127.0.0.1:1", "--", "--help"], made, "9.9.9");
    expect(written.out).not.toContain("Usage:");
  });

  it("of what there is not says what was meant", async () => {
    const { terminal: made, written } = terminal();
    expect(await runCli(["help", "sesions"], made, "9.9.9")).toBe(2);
    expect(written.err).toBe("halctl: there is no command sesions. Did you mean sessions?\n");
  });
});
