import fc from "fast-check";
import * as v from "valibot";
import { expect, it } from "vitest";
import {
  AGENT_FRAME_TYPES,
  AgentFrame,
  COMMANDS,
  CONTROL_REQUEST_TYPES,
  ControlRequest,
  decodeFrame,
  describeIssue,
  OPERATIONS,
  SUPERVISOR_FRAME_TYPES,
  SupervisorFrame,
} from "../src/index.ts";

const secret = fc.oneof(
  fc.stringMatching(/^[0-9a-f]{16,40}$/),
  fc.stringMatching(/^[A-Za-z0-9+/]{14,30}==$/),
  fc.stringMatching(/^s[a-z0-9]{4}["\\\n][a-zé]{6}'[0-9]{2}$/),
);

/** Values that fit nowhere, each with the secret somewhere in it. */
const misfits = (hidden: string): unknown[] => [
  hidden,
  [hidden],
  { hidden },
  { type: hidden },
  [{ hidden }, hidden],
  0.5,
];

function problemsIn(schema: v.GenericSchema, input: unknown): string {
  return (v.safeParse(schema, input).issues ?? []).map(describeIssue).join("; ");
}

function holds(text: string, hidden: string): boolean {
  return text.includes(hidden) || text.includes(JSON.stringify(hidden).slice(1, -1));
}

const INPUTS = [
  ...Object.values(OPERATIONS).map(({ input }) => input),
  ...Object.values(COMMANDS).map(({ args }) => args),
] as unknown as readonly v.ObjectSchema<v.ObjectEntries, undefined>[];

it("says what does not fit in an input without what was given", () => {
  fc.assert(
    fc.property(secret, (hidden) => {
      for (const schema of INPUTS)
        for (const misfit of misfits(hidden)) {
          expect(holds(problemsIn(schema, misfit), hidden)).toBe(false);
          for (const field of Object.keys(schema.entries ?? {}))
            expect(holds(problemsIn(schema, { [field]: misfit }), hidden)).toBe(false);
        }
    }),
    { numRuns: 10 },
  );
  expect(problemsIn(OPERATIONS["sessions.prompt"].input, { ref: 5, text: "x" })).toBe("ref: expected string");
});

const DOORS = [
  [AgentFrame, AGENT_FRAME_TYPES],
  [SupervisorFrame, SUPERVISOR_FRAME_TYPES],
  [ControlRequest, CONTROL_REQUEST_TYPES],
] as const;
const FIELDS = ["secret", "node", "outbox", "events", "command", "args", "operation", "id", "at", "epoch", "protocol"];

it("says what is wrong with a frame without what it holds", () => {
  fc.assert(
    fc.property(secret, (hidden) => {
      for (const [schema, types] of DOORS) {
        const texts = [hidden, `"${hidden}`, JSON.stringify({ type: hidden }), JSON.stringify({ type: { hidden } })];
        for (const type of types)
          for (const field of FIELDS)
            for (const misfit of misfits(hidden)) texts.push(JSON.stringify({ type, [field]: misfit }));
        const problems = texts.map((text) => {
          const decoded = decodeFrame(schema as typeof AgentFrame, types, text);
          return decoded.ok ? "" : decoded.problem;
        });
        expect(problems.some((problem) => problem !== "")).toBe(true);
        expect(problems.filter((problem) => holds(problem, hidden))).toEqual([]);
      }
    }),
    { numRuns: 10 },
  );
});
