import * as v from "valibot";
import type { FieldKind } from "./typed-fields.ts";
import { type Reference, REFERENCES } from "./references.ts";

/** What of a valibot schema is read here: a schema, or a step of its pipe. */
interface Part {
  readonly kind?: string;
  readonly type?: string;
  readonly pipe?: readonly Part[];
  readonly wrapped?: Part;
  readonly options?: readonly Part[] | readonly string[];
  readonly requirement?: unknown;
  readonly description?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

const WRAPPERS: ReadonlySet<string> = new Set(["optional", "nullable", "nullish", "exact_optional"]);

/** What a field's schema says to people: what it is, how it is called, what may be said. */
export class FieldReader {
  readonly #outer: Part;
  readonly #inner: Part;
  readonly #steps: readonly Part[];

  constructor(schema: object) {
    this.#outer = schema;
    const layers = layersOf(this.#outer);
    this.#inner = layers.at(-1) ?? this.#outer;
    this.#steps = layers.toReversed().flatMap(stepsOf);
  }

  get isRequired(): boolean {
    return !WRAPPERS.has(this.#outer.type ?? "");
  }

  get isForPrograms(): boolean {
    return this.#metadata["x-for"] === "programs";
  }

  get refers(): readonly Reference[] {
    const said = this.#metadata["x-refers"];
    return Array.isArray(said) ? said.filter((one: Reference) => REFERENCES.includes(one)) : [];
  }

  /** The outermost sentence counts. */
  get description(): string {
    return this.#steps.findLast(({ type }) => type === "description")?.description ?? "";
  }

  get kind(): FieldKind {
    if (this.choices !== undefined) return "choice";
    if (this.#metadata["format"] === "date-time") return "time";
    if (this.#isOneOf("boolean")) return "switch";
    if (this.#isOneOf("number")) return "number";
    return this.#inner.type === "array" ? "list" : "text";
  }

  get choices(): readonly string[] | undefined {
    const picked = this.#alternatives.find(({ type, pipe }) => type === "picklist" && !isOlderForm(pipe));
    return picked === undefined || this.#isOneOf("boolean") ? undefined : (picked.options as readonly string[]);
  }

  get range(): { readonly least: number; readonly most: number } {
    const bound = (type: string): number[] =>
      this.#steps.flatMap((step) => (step.type === type ? [Number(step.requirement)] : []));
    const { maximum } = this.#metadata;
    const most = [...bound("max_value"), ...(typeof maximum === "number" ? [maximum] : [])];
    return {
      least: Math.max(Number.MIN_SAFE_INTEGER, ...bound("min_value")),
      most: Math.min(Number.MAX_SAFE_INTEGER, ...most),
    };
  }

  /** Whether a number of it may have a fraction. */
  get isFractional(): boolean {
    return !this.#steps.some(({ type }) => type === "integer" || type === "safe_integer");
  }

  get standard(): unknown {
    return v.getDefault(this.#outer as unknown as v.GenericSchema);
  }

  get #metadata(): Readonly<Record<string, unknown>> {
    return Object.assign({}, ...this.#steps.map(({ metadata }) => metadata ?? {})) as Record<string, unknown>;
  }

  get #alternatives(): readonly Part[] {
    return this.#inner.type === "union" ? (this.#inner.options as readonly Part[]) : [this.#inner];
  }

  #isOneOf(type: string): boolean {
    return this.#alternatives.some((one) => one.type === type);
  }
}

/** A schema and all that it wraps, the outermost first. */
function layersOf(schema: Part): readonly Part[] {
  const { wrapped, type = "" } = schema;
  return WRAPPERS.has(type) && wrapped !== undefined ? [schema, ...layersOf(wrapped)] : [schema];
}

/** The steps of a schema's pipe, and of the pipes in it, in the order in which they are taken. */
function stepsOf({ pipe = [] }: Part): readonly Part[] {
  return pipe.flatMap((part, index) => (part.kind === "schema" ? (index === 0 ? stepsOf(part) : []) : [part]));
}

/** What is only taken, and made something else, is not offered. */
function isOlderForm(pipe: readonly Part[] = []): boolean {
  return pipe.some(({ type }) => type === "transform");
}
