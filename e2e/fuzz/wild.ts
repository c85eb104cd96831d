import { readFileSync } from "node:fs";
import path from "node:path";
import { Random } from "../chaos/random.ts";
import { ROOT } from "../harness/program.ts";

/** What @hal/protocol/schema.json says of a value, as far as it is looked at here. */
export interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

const { $defs } = JSON.parse(readFileSync(path.join(ROOT, "packages", "protocol", "dist", "schema.json"), "utf8")) as {
  readonly $defs: Readonly<Record<string, JsonSchema>>;
};

/** The schema of that name in what is published of the wire. */
export function schemaOf(name: string): JsonSchema {
  const schema = $defs[name];
  if (schema === undefined) throw new Error(`the protocol's schema has no ${name}`);
  return schema;
}

/** Words that steer a terminal, forge a line, hide something, or mean something to a program. */
const WORDS: readonly string[] = [
  "",
  " ",
  "constructor",
  "__proto__",
  "toString",
  "../../../etc/passwd",
  "..",
  "ses_a/../../config",
  "%2e%2e%2f",
  "\u001B[2J\u001B[31mred",
  "\u001B]0;title\u0007",
  "\u009B31m",
  "\r\nX-Forged: 1",
  "a\nb\nc",
  "\t\v\f\b\0\u007F",
  "\u202Eevil\u202C",
  "\u2066\u2067\u2068\u2069",
  "zero\u200Bwidth\u200D\uFEFF",
  "line\u2028para\u2029",
  "\uE000\uE001\uF8FF\u{F0000}\u{10FFFD}",
  "\uD800",
  "\u{E0041}\u{E0042}",
  "e\u0301\u0301\u0301",
  "日本語 العربية 👩‍👩‍👧‍👦",
  "'; drop table events; --",
  '"},{"type":"session.idle"}',
  "data: x\n\nid: 1\n\n",
  "-n",
  "--yes",
  "null",
  "NaN",
];

const NUMBERS: readonly number[] = [
  0,
  1,
  -1,
  0.5,
  -0,
  2 ** 31,
  2 ** 32,
  8_640_000_000_000_000,
  8_640_000_000_000_001,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_SAFE_INTEGER + 1,
  Number.MIN_SAFE_INTEGER,
  1e308,
  -1e308,
  5e-324,
  253_402_300_799_999,
  253_402_300_800_000,
];

/** Values that somebody hostile would send; the same ones for one seed. */
export class Wild extends Random {
  /** ids that are in use elsewhere, so that references go astray on purpose */
  readonly known: string[] = [];

  text(most = 4_096): string {
    const dice = this.next();
    if (dice < 0.02)
      return this.pick(WORDS.slice(9))
        .repeat(Math.floor(most / 12))
        .slice(0, most);
    if (dice < 0.6) return this.pick(WORDS).slice(0, most);
    return `${this.pick(WORDS)}${this.next().toString(36).slice(2)}${this.pick(WORDS)}`.slice(0, most);
  }

  number(): number {
    return this.chance(0.5) ? this.pick(NUMBERS) : Math.floor(this.next() * 10 ** this.between(0, 16));
  }

  id(prefix: string): string {
    if (this.known.length > 0 && this.chance(0.3)) return this.pick(this.known);
    return `${prefix}${this.chance(0.2) ? "x".repeat(120) : this.between(1, 40)}`;
  }

  /** Anything that JSON can say. */
  json(depth = 4): unknown {
    const dice = this.next();
    if (dice < 0.01) return nested(this.pick([10, 100, 2_000]));
    if (dice < 0.3) return this.text();
    if (dice < 0.5) return this.number();
    if (dice < 0.6) return this.pick([null, true, false]);
    const size = depth === 0 ? 0 : this.between(0, 4);
    if (dice < 0.8) return Array.from({ length: size }, () => this.json(depth - 1));
    return Object.fromEntries(Array.from({ length: size }, () => [this.text(40), this.json(depth - 1)]));
  }

  /** A value that fits the schema, mostly at its edges. */
  fitting(schema: JsonSchema): unknown {
    if ("const" in schema) return schema.const;
    if (schema.enum !== undefined) return this.pick(schema.enum);
    const choices = schema.oneOf ?? schema.anyOf;
    if (choices !== undefined) return this.fitting(this.pick(choices));
    switch (schema.type) {
      case "object":
        return this.#object(schema);
      case "array":
        return Array.from({ length: this.chance(0.05) ? 50 : this.between(0, 3) }, () =>
          this.fitting(schema.items ?? {}),
        );
      case "string":
        return this.#string(schema);
      case "integer":
      case "number":
        return this.#number(schema);
      case "boolean":
        return this.chance(0.5);
      case "null":
        return null;
      default:
        return this.json();
    }
  }

  /** Something changed somewhere in a value, so that it may not fit any more. */
  broken(value: unknown): unknown {
    if (typeof value !== "object" || value === null || this.chance(0.15)) return this.json();
    if (Array.isArray(value)) return this.chance(0.5) ? [...(value as unknown[]), this.json()] : this.json();
    const fields = Object.entries(value);
    if (fields.length === 0) return this.json();
    const [name, field] = this.pick(fields);
    const rest = fields.filter(([other]) => other !== name);
    const changed = this.chance(0.2) ? [] : [[name, this.broken(field)] as const];
    const added = this.chance(0.1) ? [[this.pick(["__proto__x", "constructor", "type2"]), this.json()] as const] : [];
    return Object.fromEntries([...rest, ...changed, ...added]);
  }

  #object({ properties = {}, required = [], additionalProperties }: JsonSchema): Record<string, unknown> {
    const fields = Object.entries(properties)
      .filter(([name]) => required.includes(name) || this.chance(0.6))
      .map(([name, schema]) => [name, this.fitting(schema)] as const);
    const free = typeof additionalProperties === "object" ? additionalProperties : undefined;
    const more = Array.from({ length: free === undefined ? 0 : this.between(0, 3) }, () => {
      return [this.text(60), this.fitting(free as JsonSchema)] as const;
    });
    return Object.fromEntries([...fields, ...more]);
  }

  #string({ pattern, format, minLength = 0, maxLength = 4_096 }: JsonSchema): string {
    if (format === "uuid") return uuidOf(this.between(1, 12));
    const prefix = /^\^(cmd_|ses|per|que|msg)/.exec(pattern ?? "")?.[1];
    if (prefix !== undefined) return this.id(prefix).slice(0, maxLength);
    const text = this.chance(0.2) && this.known.length > 0 ? this.pick(this.known) : this.text(maxLength);
    return text.length < minLength ? text.padEnd(minLength, "x") : text.slice(0, maxLength);
  }

  #number({ type, minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER }: JsonSchema): number {
    const value = this.chance(0.3) ? this.pick([minimum, maximum]) : this.number();
    const bounded = Math.min(maximum, Math.max(minimum, value));
    return type === "integer" ? Math.floor(bounded) : bounded;
  }
}

function uuidOf(number: number): string {
  return `00000000-0000-4000-8000-${number.toString(16).padStart(12, "0")}`;
}

function nested(depth: number): unknown {
  return JSON.parse("[".repeat(depth) + "]".repeat(depth));
}
