import { type Operation, OPERATIONS, type OperationName } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { GROUPS, VERBS } from "../../src/command-table.ts";
import { type ContractServer, startContractServer } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { event, node, session, STATUS } from "../support/views.ts";

/** Lists of what belongs to one thing that is named: it is there, or the answer is an error. */
const OF_ONE_THING: readonly OperationName[] = ["sessions.messages", "routes.test"];

/** Every verb that answers with a list of what comes and goes, as it is typed. */
const LISTS = [
  ...VERBS.map((verb) => ({ words: [nameOf(verb.command)], verb })),
  ...GROUPS.flatMap(({ noun, verbs }) => verbs.map((verb) => ({ words: [noun, nameOf(verb.command)], verb }))),
].flatMap(({ words, verb }) => {
  const [operation] = verb.of ?? [];
  return operation !== undefined && isList(operation) && !OF_ONE_THING.includes(operation)
    ? [{ words, operation }]
    : [];
});

function nameOf(command: string): string {
  return command.split(" ")[0] ?? command;
}

function isList(name: OperationName): boolean {
  const { kind, output }: Operation = OPERATIONS[name];
  return kind === "query" && output.type === "array";
}

let server: ContractServer | undefined;
afterEach(() => server?.[Symbol.asyncDispose]());

/** A supervisor of which every list is empty, but for those that are given. */
async function open(answers: Readonly<Partial<Record<string, (input: never) => unknown>>> = {}): Promise<string> {
  const names = Object.keys(OPERATIONS).filter((name) => isList(name as OperationName));
  server = await startContractServer({
    ...Object.fromEntries(names.map((name) => [name, () => []])),
    "status.get": () => STATUS,
    ...answers,
  });
  return server.url;
}

describe("an empty list", () => {
  it("is one of many, and all of them are tried", () => {
    expect(LISTS.map(({ words }) => words.join(" "))).toEqual(
      expect.arrayContaining(["events", "audit", "sessions list", "schedules history", "holds list", "tokens list"]),
    );
    expect(LISTS.length).toBeGreaterThan(12);
  });

  it.each(LISTS)("says that there is nothing at all: $words", async ({ words }) => {
    const url = await open();
    const { code, out } = await halctl(url, words);
    expect(code).toBe(0);
    const lines = out.trim().split("\n");
    // a sentence, below the guide's columns where it has some
    expect(lines.at(-1)).toMatch(/^[a-z].*[a-z]/);
    expect(lines.length).toBe(/^(ls|(sessions|nodes) list)$/.test(words.join(" ")) ? 2 : 1);
    expect(out).not.toContain("there are others");
    const json = await halctl(url, [...words, "-o", "json"]);
    expect(JSON.parse(json.out)).toEqual([]);
  });

  it("says that none fits what was asked for, where there are others, and how all of them are seen", async () => {
    const url = await open({
      "sessions.list": ({ project }: { project?: string }) => (project === undefined ? [session()] : []),
      "nodes.list": () => [node()],
    });
    const { out } = await halctl(url, ["sessions", "list", "--project", "notes", "--status", "busy"]);
    expect(out.trim().split("\n")[1]).toBe(
      "no sessions with --project notes --status busy; there are others: halctl sessions list",
    );
  });

  it("says that there is nothing at all where nothing fits and there are no others", async () => {
    const { out } = await halctl(await open(), ["schedules", "history", "nightly"]);
    expect(out).toBe("no schedule has come to anything yet\n");
  });

  it("says since when there is nothing", async () => {
    const url = await open({
      "events.list": ({ since }: { since?: string }) => (since === undefined ? [event(1, "node.online").item] : []),
    });
    const events = await halctl(url, ["events", "--since", "2026-02-03T04:05:06Z"]);
    expect(events.out).toBe("no events since 2026-02-03T04:05:06.000Z; there are others: halctl events\n");
  });
});
