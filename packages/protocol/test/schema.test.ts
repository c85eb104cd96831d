import { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  AgentFrame,
  COMMAND_TYPES,
  ControlRequest,
  EVENT_TYPES,
  EventEnvelope,
  SupervisorFrame,
} from "../src/index.ts";
import { protocolSchema } from "../tools/protocol-schema.ts";

const ajv = new Ajv2020({ strictSchema: true, strictTypes: false, allErrors: true });
formats.default(ajv);
const schema = protocolSchema("1.2.3");
ajv.addSchema(schema as Record<string, unknown>, "protocol");

function fits(definition: string, value: unknown): boolean {
  const validate = ajv.getSchema(`protocol#/$defs/${definition}`);
  if (validate === undefined) throw new Error(`the schema has no ${definition}`);
  return validate(value) as boolean;
}

const NODE = {
  id: "01900000-0000-7000-8000-00000000000a",
  hostname: "box",
  version: "0.1.0",
  os: "linux",
  arch: "x64",
};
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
const EVENT = { seq: 1, at: 1, type: "session.idle", project: "p", session: "ses_1", data: {} };

describe("the JSON Schema that is published", () => {
  it.each([
    ["AgentFrame", AgentFrame, HELLO],
    ["AgentFrame", AgentFrame, { ...HELLO, from: "the future" }],
    ["AgentFrame", AgentFrame, { ...HELLO, connection: "one" }],
    ["AgentFrame", AgentFrame, { ...HELLO, node: { ...NODE, id: "not a uuid" } }],
    ["AgentFrame", AgentFrame, { type: "events", epoch: "e1", events: [EVENT] }],
    ["AgentFrame", AgentFrame, { type: "events", epoch: "e1", events: [] }],
    ["AgentFrame", AgentFrame, { type: "events", epoch: "e1", events: [{ ...EVENT, seq: 0 }] }],
    ["AgentFrame", AgentFrame, { type: "telepathy" }],
    ["SupervisorFrame", SupervisorFrame, { type: "ack", epoch: "e1", seq: 7 }],
    ["SupervisorFrame", SupervisorFrame, { type: "ack", epoch: "e1", seq: -1 }],
    ["SupervisorFrame", SupervisorFrame, { type: "cancel", id: "cmd_1" }],
    ["SupervisorFrame", SupervisorFrame, { type: "cancel", id: "1" }],
    ["ControlRequest", ControlRequest, { type: "call", id: "1", operation: "nodes.list" }],
    ["ControlRequest", ControlRequest, { type: "call", id: "", operation: "nodes.list" }],
    ["Event", EventEnvelope, EVENT],
    ["Event", EventEnvelope, { ...EVENT, type: "from.the.future", data: 42 }],
    ["Event", EventEnvelope, { ...EVENT, type: "" }],
  ] as const)("judges %s as the programs do", (definition, parsed, value) => {
    expect(fits(definition, value)).toBe(v.safeParse(parsed, value).success);
  });

  it("judges the data of an event by its type, and the arguments of a command by its", () => {
    const retrying = { ...EVENT, type: "session.retrying", data: { attempt: 2, message: "busy" } };
    expect(fits("Event", retrying)).toBe(true);
    expect(fits("Event", { ...retrying, data: { attempt: "two" } })).toBe(false);
    expect(fits("AgentFrame", { type: "events", epoch: "e1", events: [{ ...retrying, data: {} }] })).toBe(false);
    const command = { type: "command", id: "cmd_1", command: "session.prompt", remainingMs: 1 };
    expect(fits("SupervisorFrame", { ...command, args: { sessionId: "ses_1", text: "hi" } })).toBe(true);
    expect(fits("SupervisorFrame", { ...command, args: { sessionId: "ses_1" } })).toBe(false);
  });

  it("has every event and every command", () => {
    const names = Object.keys(schema.$defs ?? {});
    for (const type of EVENT_TYPES) expect(names).toContain(`EventData.${type}`);
    for (const type of COMMAND_TYPES)
      expect(names).toEqual(expect.arrayContaining([`CommandArgs.${type}`, `CommandOutput.${type}`]));
  });
});
