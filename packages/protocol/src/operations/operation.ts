import type * as v from "valibot";
import type { Role } from "../roles.ts";

export type OperationKind = "query" | "change" | "stream";
export type HttpMethod = "GET" | "POST" | "PUT" | "DELETE";

/**
 * Something that can be asked of the supervisor, declared once: HTTP route, control channel, typed client
 * and command line are derived from it. `kind` says how the answer comes: a `query` reads, a `change` is
 * audited and takes an idempotency key, a `stream` yields items until it is cancelled.
 */
export interface Operation<
  Name extends string = string,
  Input extends v.GenericSchema = v.GenericSchema,
  Output extends v.GenericSchema = v.GenericSchema,
  Kind extends OperationKind = OperationKind,
> {
  /** `nouns.verb` */
  readonly name: Name;
  readonly summary: string;
  readonly role: Role;
  readonly kind: Kind;
  readonly method: HttpMethod;
  /** below `/api/v1`; `{name}` takes the input field of that name */
  readonly path: string;
  /** further paths that lead to it; what they do not name is in the query */
  readonly aliases?: readonly string[] | undefined;
  readonly input: Input;
  readonly output: Output;
  /** the fields that people type without a name, in that order; the last may take all that follows: `text…` */
  readonly words?: readonly string[] | undefined;
  /** the field of the answer whose rows a spreadsheet takes, too: over HTTP where `text/csv` is accepted */
  readonly table?: string | undefined;
  /** what the audit shows of its input; of a field that is not named it shows kind and size only */
  readonly audited?: Audited | undefined;
}

/** Fields of an operation's input that may stand in the audit as they are. */
export interface Audited {
  /** the field that names what it is done to, where there is one */
  readonly target?: string;
  readonly plain?: readonly string[];
}

/** The fields of an input, by name. */
export type FieldName<Input extends v.GenericSchema> = keyof v.InferInput<Input> & string;

/** A declaration that names fields, in the words of their schema. */
type Declared<N extends string, I extends v.GenericSchema, O extends v.GenericSchema, K extends OperationKind> = Omit<
  Operation<N, I, O, K>,
  "words"
> & { readonly words?: readonly (FieldName<NoInfer<I>> | `${FieldName<NoInfer<I>>}…`)[] };

/** Keeps the types of name, schemas and kind. */
export function operation<
  const N extends string,
  I extends v.GenericSchema,
  O extends v.GenericSchema,
  K extends OperationKind,
>(declared: Declared<N, I, O, K>): Operation<N, I, O, K> {
  return declared;
}

/** The names in `{braces}` of a path. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
}
