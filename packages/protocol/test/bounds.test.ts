import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  AGENT_FRAME_TYPES,
  AgentFrame,
  COMMANDS,
  ControlRequest,
  ControlResponse,
  decodeFrame,
  droppedFields,
  EVENT_DATA,
  EventEnvelope,
  flattened,
  isShallow,
  LAST_TIME,
  MicroUsd,
  MOST_COUNT,
  MOST_DEPTH,
  OPERATIONS,
  PlacedEvents,
  SupervisorFrame,
  Timestamp,
  writeDeep,
} from "../src/index.ts";

/** A schema of valibot, as far as this looks into it. */
interface Node {
  readonly type: string;
  readonly pipe?: readonly Node[];
  readonly entries?: Readonly<Record<string, Node>>;
  readonly options?: readonly unknown[];
  readonly wrapped?: Node;
  readonly item?: Node;
  readonly key?: Node;
  readonly value?: Node;
}

/** What bounds each kind of value. */
const BOUNDS: Readonly<Record<string, readonly string[]>> = {
  number: ["min_value", "max_value"],
  string: ["max_length"],
  array: ["max_length"],
  record: ["max_entries"],
  unknown: ["check"],
  any: ["check"],
};

/** The places in a schema at which anything of any size is let in; of an output, which is ours, only numbers and depth count. */
function unbounded(schema: Node, path: string, kinds: ReadonlySet<string>): string[] {
  const actions = actionsOf(schema);
  const lacking = (BOUNDS[schema.type] ?? []).filter((bound) => !actions.includes(bound));
  const own =
    kinds.has(schema.type) && lacking.length > 0 ? [`${path}: ${schema.type} without ${lacking.join(", ")}`] : [];
  const { entries = {}, options = [], wrapped, item, key, value } = schema;
  const inner: [string, Node][] = [
    ...Object.entries(entries),
    // the options of a picklist are values
    ...(schema.type === "picklist"
      ? []
      : options.map((option, index): [string, Node] => [`|${index}`, option as Node])),
    ...Object.entries({ wrapped, item, key, value }).filter((pair): pair is [string, Node] => pair[1] !== undefined),
  ];
  return [...own, ...inner.flatMap(([name, one]) => unbounded(one, `${path}.${name}`, kinds))];
}

/** A pipe may go on behind another one. */
function actionsOf({ pipe = [] }: Node): string[] {
  return pipe.flatMap((part) => (part.pipe === undefined ? [part.type] : actionsOf(part)));
}

const EVERYTHING = new Set(Object.keys(BOUNDS));
const NUMBERS_AND_DEPTH = new Set(["number", "unknown", "any"]);

const DOORS: [string, v.GenericSchema][] = [
  ["AgentFrame", AgentFrame],
  ["PlacedEvents", v.object({ ...PlacedEvents.entries, events: v.pipe(v.array(EventEnvelope), v.maxLength(1)) })],
  ["SupervisorFrame", SupervisorFrame],
  ["ControlRequest", ControlRequest],
  ...Object.entries(EVENT_DATA),
  ...Object.entries(COMMANDS).flatMap(([name, { args, output }]): [string, v.GenericSchema][] => [
    [`${name} args`, args],
    [`${name} output`, output],
  ]),
  ...Object.entries(OPERATIONS).map(([name, { input }]): [string, v.GenericSchema] => [`${name} input`, input]),
];
const ANSWERS: [string, v.GenericSchema][] = [
  ["ControlResponse", ControlResponse],
  ...Object.entries(OPERATIONS).map(([name, { output }]): [string, v.GenericSchema] => [`${name} output`, output]),
];

describe("what comes in by the wire", () => {
  it.each(DOORS)("is bounded in size everywhere: %s", (name, schema) => {
    expect(unbounded(schema as unknown as Node, name, EVERYTHING)).toEqual([]);
  });

  it.each(ANSWERS)("and goes out with bounded numbers and depth: %s", (name, schema) => {
    expect(unbounded(schema as unknown as Node, name, NUMBERS_AND_DEPTH)).toEqual([]);
  });

  it("is found out where it is not", () => {
    const open = v.object({ a: v.number(), b: v.optional(v.array(v.string())), c: v.record(v.string(), v.unknown()) });
    expect(unbounded(open as unknown as Node, "open", EVERYTHING)).toEqual([
      "open.a: number without min_value, max_value",
      "open.b.wrapped: array without max_length",
      "open.b.wrapped.item: string without max_length",
      "open.c: record without max_entries",
      "open.c.key: string without max_length",
      "open.c.value: unknown without check",
    ]);
  });
});

describe("a time and an amount", () => {
  it.each([0, 1, LAST_TIME])("of %d fit, and can be shown", (time) => {
    expect(v.is(Timestamp, time)).toBe(true);
    expect(new Date(time).toISOString()).toMatch(/^\d{4}-/);
  });

  it.each([-1, 0.5, LAST_TIME + 1, 8_640_000_000_000_001, Number.POSITIVE_INFINITY, Number.NaN])(
    "of %d do not",
    (time) => {
      expect(v.is(Timestamp, time)).toBe(false);
    },
  );

  it("add up: nine million of the greatest amount are within SQLite's integers", () => {
    expect(v.is(MicroUsd, MOST_COUNT)).toBe(true);
    expect(v.is(MicroUsd, MOST_COUNT + 1)).toBe(false);
    expect(BigInt(MOST_COUNT) * 9_000_000n).toBeLessThan(2n ** 63n);
  });
});

function nested(depth: number): unknown {
  return JSON.parse("[".repeat(depth) + "]".repeat(depth));
}

describe("a value that is nested deeply", () => {
  it("fits down to the limit, and no further", () => {
    expect(isShallow(nested(MOST_DEPTH))).toBe(true);
    expect(isShallow(nested(MOST_DEPTH + 1))).toBe(false);
    expect(isShallow(nested(200_000))).toBe(false);
  });

  it("has words in the place of what is too deep when it is flattened, and nothing else is changed", () => {
    const flat = flattened({ kept: [1, "two", null], deep: nested(200_000) });
    expect(isShallow(flat)).toBe(true);
    expect(flat).toMatchObject({ kept: [1, "two", null] });
    expect(JSON.stringify(flat)).toContain("(nested too deeply)");
    fc.assert(
      fc.property(fc.json({ maxDepth: 20 }), (text) => {
        expect(flattened(JSON.parse(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("is written as JSON, however deep it is, and else as everybody writes it", () => {
    expect(writeDeep(nested(200_000))).toBe("[".repeat(200_000) + "]".repeat(200_000));
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(writeDeep(JSON.parse(text))).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });
});

describe("a node whose words do not fit", () => {
  const NODE = { id: "01900000-0000-7000-8000-00000000000a", hostname: "box", version: "1", os: "linux", arch: "x64" };
  const HELLO = {
    type: "hello",
    protocol: { min: 1, max: 1 },
    node: NODE,
    instance: "run-1",
    connection: 1,
    outbox: { epoch: "e1", firstSeq: 0, lastSeq: 0, acked: 0 },
    projects: [{ name: "p", directory: "/p", state: "ready" }],
    opencode: { state: "up", since: 1 },
  };
  const HEARTBEAT = { type: "heartbeat", at: 1, opencode: { state: "up", since: 1 }, outbox: { depth: 0 } };
  const read = (frame: object) => decodeFrame(AgentFrame, AGENT_FRAME_TYPES, JSON.stringify(frame));

  it.each<[string, object, object]>([
    ["a time that is none", { opencode: { state: "up", since: 8_640_000_000_000_001 } }, { opencode: { since: 0 } }],
    ["a state from the future", { opencode: { state: "dreaming", since: 1 } }, { opencode: { state: "down" } }],
    [
      "no report at all",
      { opencode: 7 },
      { opencode: { state: "down", reason: expect.stringContaining("cannot be read") } },
    ],
  ])("is not turned away for its report of opencode: %s", (_name, changes, outcome) => {
    for (const frame of [HELLO, HEARTBEAT])
      expect(read({ ...frame, ...changes })).toMatchObject({ ok: true, frame: outcome });
  });

  it("is not turned away for a name that is too long, or a project in a state from the future", () => {
    const node = { ...NODE, hostname: "x".repeat(5_000), name: "y".repeat(5_000) };
    const projects = [{ name: "p", directory: "/p", state: "haunted", reason: 5 }];
    expect(read({ ...HELLO, node, projects })).toMatchObject({
      ok: true,
      frame: { node: { hostname: "(not readable)" }, projects: [{ name: "p", state: "inaccessible" }] },
    });
  });

  it("can be told what was dropped, and never a field that this build does not know", () => {
    const dropped = (frame: object): string[] => {
      const decoded = read(frame);
      return decoded.ok ? droppedFields(JSON.parse(JSON.stringify(frame)), decoded.frame) : ["refused"];
    };
    for (const frame of [HELLO, HEARTBEAT, { ...HELLO, future: 1, node: { ...NODE, future: {} } }])
      expect(dropped(frame)).toEqual([]);
    const node = { ...NODE, name: "y".repeat(5_000), labels: { rack: 7 } };
    const projects = [HELLO.projects[0], { name: "p", directory: "/p", state: "haunted", reason: 5 }];
    expect(dropped({ ...HELLO, node, projects, opencode: 7 })).toEqual([
      "node.name",
      "node.labels.rack",
      "projects.1.state",
      "projects.1.reason",
      "opencode",
    ]);
    expect(dropped({ ...HEARTBEAT, at: -1, sessions: { busy: -1 } })).toEqual(["at", "sessions"]);
  });

  it("is not turned away for what a heartbeat measures", () => {
    const wrong = { at: -1, resources: { cpuPercent: "hot" }, outbox: { depth: 1e300 }, sessions: { busy: -1 } };
    const text = JSON.stringify({ ...HEARTBEAT, ...wrong }).replace("1e+300", "1e999");
    expect(decodeFrame(AgentFrame, AGENT_FRAME_TYPES, text)).toEqual({
      ok: true,
      frame: { ...HEARTBEAT, at: undefined, resources: undefined, outbox: undefined, sessions: undefined },
    });
  });
});
