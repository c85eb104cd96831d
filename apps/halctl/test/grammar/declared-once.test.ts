import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Operation,
  OPERATION_NAMES,
  type OperationName,
  OPERATIONS,
  type TypedField,
  typedFields,
} from "@hal/protocol";
import * as v from "valibot";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli.ts";
import { GROUPS, VERBS } from "../../src/command-table.ts";
import type { CommandSpec, Fields } from "../../src/grammar/spec.ts";
import { optionOf } from "../../src/grammar/typed-options.ts";
import { type ContractServer, startContractServer } from "../support/contract-server.ts";
import { halctl, terminal } from "../support/run.ts";

interface Typed {
  readonly path: string;
  readonly spec: CommandSpec;
}

const ALL: readonly Typed[] = [
  ...VERBS.map((spec) => ({ path: "", spec })),
  ...GROUPS.flatMap(({ noun, verbs }) => verbs.map((spec) => ({ path: noun, spec }))),
].map(({ path, spec }) => ({ path: `${path} ${spec.command.split(" ")[0]}`.trim(), spec }));

/** Operations that no verb asks, and why. */
const ASKED_ELSEWHERE: { readonly [N in OperationName]?: string } = {
  "nodes.refused": "nodes list and doctor tell of them beside what they show",
};

/** Where a verb says another sentence of a field than its operation does, and why. */
const SAID_OTHERWISE: Readonly<Record<string, string>> = {
  "events session": "it is looked up first, so that a prefix or a project will do",
  "events node": "it is looked up first, so that a prefix or a name will do",
  "routes test event": "it is a file here, and the event itself elsewhere",
  "interactions answer answers": "allow and deny have verbs of their own, so that there is no reply to speak of",
};

const operationsOf = ({ of = [] }: CommandSpec): readonly Operation[] => of.map((name) => OPERATIONS[name]);
const fieldsOf = ({ positionals, options }: CommandSpec): Fields => ({ ...positionals, ...options });

describe("what can be asked of a supervisor can be typed", () => {
  it("every operation by a verb, or there is a reason", () => {
    const typed = new Set(ALL.flatMap(({ spec }) => spec.of ?? []));
    const missing = OPERATION_NAMES.filter((name) => !typed.has(name) && ASKED_ELSEWHERE[name] === undefined);
    expect(missing).toEqual([]);
    expect(Object.keys(ASKED_ELSEWHERE).filter((name) => typed.has(name as OperationName))).toEqual([]);
  });

  it.each(ALL)("$path has a help of its own, with all its words and options", async ({ path, spec }) => {
    const { terminal: made, written } = terminal();
    expect(await runCli([...path.split(" "), "--help"], made, "9.9.9")).toBe(0);
    const help = written.out;
    expect(help).toContain(spec.command);
    for (const name of Object.keys(spec.options ?? {})) expect(help).toContain(`--${name}`);
    for (const [name, { describe: said }] of Object.entries(fieldsOf(spec))) {
      expect(help).toContain(name);
      expect(said).toMatch(/\w/);
    }
  });
});

describe("what a schema says is said nowhere else", () => {
  const declared: readonly Operation[] = Object.values(OPERATIONS);
  const sentences = new Set(
    declared.flatMap((one) => [one.summary, ...typedFields(one).map(({ description }) => description)]).map(plain),
  );
  // what is a part of many a sentence is no sentence of its own
  const long = [...sentences].filter((sentence) => sentence.split(" ").length > 2);

  it("not in the sources of halctl", () => {
    expect(long.length).toBeGreaterThan(50);
    const folder = join(import.meta.dirname, "../../src");
    const again = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => {
        const text = plain(readFileSync(join(folder, file), "utf8"));
        return long.filter((sentence) => text.includes(`"${sentence}"`)).map((sentence) => `${file}: ${sentence}`);
      });
    expect(again).toEqual([]);
  });

  it("and an option that is called as a field is that field", () => {
    const differing = ALL.flatMap(({ path, spec }) => {
      const own = operationsOf(spec).flatMap(typedFields);
      return Object.entries(fieldsOf(spec))
        .filter(([name, { describe: said }]) => {
          const fields = own.filter((field) => field.name === name);
          return fields.length > 0 && !fields.some((field) => optionOf(field).describe === said);
        })
        .map(([name]) => `${path} ${name}`);
    });
    expect(differing.toSorted()).toEqual(Object.keys(SAID_OTHERWISE).toSorted());
  });
});

describe("a verb that only asks", () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer({});
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const asking = ALL.filter(({ spec }) => spec.isAsking === true);

  it("is most of those that are derived", () => expect(asking.length).toBeGreaterThan(10));

  it.each(asking)("$path sends all that was typed, as its operation takes it", async ({ path, spec }) => {
    const [operation] = operationsOf(spec) as [Operation];
    const fields = typedFields(operation);
    const words = fields.flatMap((field) => (field.place === undefined ? [] : [sampleOf(field)]));
    const flags = fields.flatMap((field) => (field.place === undefined ? flagOf(field) : []));
    const { code, err } = await halctl(server.url, [...path.split(" "), ...words, ...flags]);
    // the stage has no answer to it
    expect([code, err]).toEqual([5, expect.stringContaining(`${operation.name} has no answer here`)]);
    const call = server.calls.at(-1);
    expect(call?.operation).toBe(operation.name);
    expect(Object.keys(call?.input as object).toSorted()).toEqual(fields.map(({ field }) => field).toSorted());
    expect(v.safeParse(operation.input, call?.input).issues).toBeUndefined();
  });
});

function flagOf(field: TypedField): string[] {
  return field.kind === "switch" ? [`--${field.name}`] : [`--${field.name}`, sampleOf(field)];
}

function sampleOf({ name, kind, choices = [], range }: TypedField): string {
  if (name === "scope") return "project:x";
  if (name.endsWith("-usd")) return "0.25";
  if (name === "warn-at") return "0.8";
  switch (kind) {
    case "choice":
      return choices[0] ?? "";
    case "number":
      return String(range.least);
    case "span":
      return "12h";
    case "time":
      return "10m";
    default:
      return "x";
  }
}

function plain(text: string): string {
  return text.replaceAll("`", "").toLowerCase();
}
