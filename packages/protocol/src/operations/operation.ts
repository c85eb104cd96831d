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
  Input extends v.GenericSchema = v.GenericSchema,
  Output extends v.GenericSchema = v.GenericSchema,
  Kind extends OperationKind = OperationKind,
> {
  readonly name: string;
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
  /** what the audit shows of its input; of a field that is not named it shows kind and size only */
  readonly audited?: Audited | undefined;
}

/** Fields of an operation's input that may stand in the audit as they are. */
export interface Audited {
  /** the field that names what it is done to, where there is one */
  readonly target?: string;
  readonly plain?: readonly string[];
}

/** Keeps the types of schemas and kind. */
export function operation<I extends v.GenericSchema, O extends v.GenericSchema, K extends OperationKind>(
  declared: Operation<I, O, K>,
): Operation<I, O, K> {
  return declared;
}

/** The names in `{braces}` of a path. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
}
