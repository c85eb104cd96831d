import type { Audited } from "@hal/protocol";

/**
 * What the audit keeps of an input: named fields, numbers and truth values as they are, of everything else how much it
 * was. So no prompt, no answer and no secret gets into it, whatever it is called.
 */
export function auditArgs(input: unknown, audited: Audited): Record<string, unknown> {
  const plain = new Set(audited.plain);
  const fields = Object.entries(asRecord(input)).filter(([name]) => name !== audited.target);
  return Object.fromEntries(fields.map(([name, value]) => [name, plain.has(name) ? scalar(value) : sizeOf(value)]));
}

/** What an input names as that which something is done to. */
export function auditTarget(input: unknown, audited: Audited): string | null {
  const target = audited.target === undefined ? undefined : asRecord(input)[audited.target];
  return typeof target === "string" ? target.slice(0, MOST) : null;
}

/** Names are short; what is longer is none. */
const MOST = 200;

function asRecord(input: unknown): Record<string, unknown> {
  return typeof input === "object" && input !== null ? (input as Record<string, unknown>) : {};
}

function scalar(value: unknown): unknown {
  return typeof value === "string" && value.length <= MOST ? value : sizeOf(value);
}

function sizeOf(value: unknown): unknown {
  if (typeof value === "string") return `(${value.length} characters)`;
  if (Array.isArray(value)) return `(${value.length} items)`;
  if (typeof value === "object" && value !== null) return `(${Object.keys(value).length} keys)`;
  return value;
}
