import * as v from "valibot";
import { fit } from "./fit.ts";
import { meantText } from "./text/closest.ts";

/** What a text frame turned out to be. */
export type Decoded<T> =
  | { readonly ok: true; readonly frame: T }
  | { readonly ok: false; readonly kind: "malformed" | "unknown" | "invalid"; readonly problem: string };

type FrameSchema = v.GenericSchema<unknown, { readonly type: string }>;

/**
 * Reads one JSON text frame. `malformed`: not a JSON object with a `type`; `unknown`: a type that this
 * build does not know, to be ignored and counted (protocol §1.4); `invalid`: a known type that does not fit.
 */
export function decodeFrame<S extends FrameSchema>(
  schema: S,
  types: ReadonlySet<string>,
  text: string,
): Decoded<v.InferOutput<S>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, kind: "malformed", problem: "not JSON" };
  }
  return judgeFrame(schema, types, value);
}

/** The same of a frame that is parsed already. */
export function judgeFrame<S extends FrameSchema>(
  schema: S,
  types: ReadonlySet<string>,
  value: unknown,
): Decoded<v.InferOutput<S>> {
  if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string")
    return { ok: false, kind: "malformed", problem: "not an object with a type" };
  if (!types.has(value.type))
    return { ok: false, kind: "unknown", problem: `unknown frame type ${shownType(value.type)}` };
  const fitted = fit(schema, value);
  if (fitted.ok) return { ok: true, frame: fitted.output };
  return { ok: false, kind: "invalid", problem: `${value.type}: ${describeIssue(fitted.issues[0])}` };
}

/**
 * Where what was read is not what was said: the paths of fields that did not fit and were dropped, or have a word in their place. A
 * field that this build does not know is none of them.
 */
export function droppedFields(said: unknown, read: unknown, path = ""): string[] {
  if (Object.is(said, read)) return [];
  if (!isTree(said) || !isTree(read) || Array.isArray(said) !== Array.isArray(read)) return [path];
  return Object.entries(read).flatMap(([key, value]) =>
    Object.hasOwn(said, key) ? droppedFields(said[key], value, path === "" ? key : `${path}.${key}`) : [],
  );
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/**
 * The type of a frame by its first hundred characters, where the sender wrote `type` first; undefined where it did
 * not. So a big frame is parsed once, by whoever it is for.
 */
export function peekFrameType(beginning: string): string | undefined {
  return /^\s*\{\s*"type"\s*:\s*"([a-z_.]{1,64})"/.exec(beginning)?.[1];
}

/** A type is a short word; what is not is anything at all. */
function shownType(type: string): string {
  return /^[a-z_.]{1,40}$/.test(type) ? type : `of ${type.length} characters`;
}

export function encodeFrame(frame: Readonly<{ type: string; [field: string]: unknown }>): string {
  return JSON.stringify(frame);
}

/** `path: problem`, in words for a person. */
export function describeIssue(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  return path === null ? problemOf(issue) : `${path}: ${problemOf(issue)}`;
}

/** Whether one of some words was expected, however the schema puts them together. */
function isWordList(type: string, expected: string): boolean {
  return type === "picklist" || (type === "union" && expected.replaceAll(/"[^"]*"|[()| ]/g, "") === "");
}

/** valibot's own words end with what was given, which may be a prompt or a secret. */
function problemOf({ message, received, expected, type, input }: v.BaseIssue<unknown>): string {
  if (!message.endsWith(`eceived ${received}`)) return message;
  if (expected === null) return "is not allowed here";
  if (!isWordList(type, expected) || typeof input !== "string") return `expected ${expected}`;
  // a word of ours is named, and never what was given
  const words = [...expected.matchAll(/"([^"]+)"/g)].map(([, word]) => word as string);
  return `expected ${expected}${meantText(input, words)}`;
}

export const AGENT_FRAME_TYPES: ReadonlySet<string> = new Set([
  "hello",
  "heartbeat",
  "events",
  "told",
  "spent",
  "live",
  "bye",
]);
export const SUPERVISOR_FRAME_TYPES: ReadonlySet<string> = new Set([
  "welcome",
  "update",
  "ack",
  "command",
  "cancel",
  "watch",
  "unwatch",
  "retell",
  "tick",
]);
export const CONTROL_REQUEST_TYPES: ReadonlySet<string> = new Set(["call", "cancel"]);
export const CONTROL_RESPONSE_TYPES: ReadonlySet<string> = new Set(["reply", "item", "end"]);
