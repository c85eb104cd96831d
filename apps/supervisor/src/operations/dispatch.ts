import {
  describeIssue,
  HalError,
  isOperationName,
  type Role,
  isShallow,
  MOST_DEPTH,
  OPERATIONS,
  type OperationName,
  type OperationOutput,
  type ParsedInput,
  roleAllows,
} from "@hal/protocol";
import { describeStorageProblem, StoreError } from "@hal/store/supervisor";
import * as v from "valibot";
import type { Context } from "../context.ts";
import type { AuditAction } from "../capabilities/audit/domain/audit-actions.ts";
import type { Identity } from "../capabilities/access/token-book.ts";
import { type ObservedOperation, observeOperation } from "./observe-operation.ts";
import { HANDLERS, STREAMS } from "../capabilities/index.ts";
import { Page } from "./page.ts";

/** Who asks, as the doors found out. */
export interface Actor extends Identity {
  readonly surface: "http" | "control" | "agent";
  readonly ip: string | undefined;
}

/** One request of an actor. */
export interface Caller extends Actor {
  readonly operation: OperationName;
  /** as it came, for comparing repeated requests */
  readonly rawInput: unknown;
  readonly idempotencyKey: string | undefined;
  /** aborts when the caller is gone */
  readonly signal: AbortSignal;
}

export interface Request {
  readonly operation: string;
  readonly input: unknown;
  readonly idempotencyKey?: string | undefined;
  /** the trace that the request belongs to, as W3C writes it */
  readonly traceparent?: string | undefined;
  readonly signal: AbortSignal;
}

export interface Answer {
  readonly output: unknown;
  readonly meta?: Readonly<Record<string, unknown>>;
}

/** Answers a request from any door: judges role and input, then runs it. Throws HalError. */
export function dispatch(context: Context, actor: Actor, request: Request): Promise<Answer> {
  return observeOperation(context, aboutOf(actor, request), () => answer(context, actor, request));
}

function aboutOf({ surface }: Actor, { operation, traceparent }: Request): ObservedOperation {
  return { operation, traceparent, door: surface };
}

async function answer(context: Context, actor: Actor, request: Request): Promise<Answer> {
  const { caller, input } = admit(context, actor, request);
  if (caller.operation in STREAMS)
    throw new HalError("bad_request", `${caller.operation} is a stream; follow it instead`);
  const handler = HANDLERS[caller.operation as keyof typeof HANDLERS] as Handler<OperationName>;
  const finish = context.audit.begin(actor, OPERATIONS[caller.operation], request.input);
  const output = await sayingWhatFails(() => handler(context, input as never, caller)).catch((error: unknown) => {
    finish({ error });
    throw error;
  });
  finish({ output });
  return withNotice(context, actor, answerOf(output, input));
}

function answerOf(output: unknown, input: unknown): Answer {
  if (output instanceof Page) return { output: output.rows, meta: listMeta(output.rows, input, output.next) };
  return Array.isArray(output) ? { output, meta: listMeta(output, input) } : { output };
}

/** Whoever still comes with the previous token is told so. Protocol §11. */
function withNotice({ tokens }: Context, { credential }: Actor, { output, meta }: Answer): Answer {
  if (tokens.shared.standing(credential) !== "previous") return { output, ...(meta === undefined ? {} : { meta }) };
  const notice = `this is the previous token (fingerprint ${credential}); it was replaced and ends soon, take the new one`;
  return { output, meta: { ...meta, notice } };
}

/** A database in trouble is nobody's bug: the caller hears what it is, and that nothing was done. */
async function sayingWhatFails<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const problem = error.code === undefined ? error.message : describeStorageProblem(error.code);
    throw new HalError("unavailable", `nothing was done: ${problem}`, { cause: error });
  }
}

/** One value of a stream, and the cursor behind it where it is kept. */
export interface StreamItem {
  readonly item: unknown;
  readonly cursor?: string;
}

/** Opens a streaming operation; it ends when the request's signal aborts. Rejects with a HalError for a bad request. */
export function openStream(context: Context, actor: Actor, request: Request): Promise<AsyncIterable<StreamItem>> {
  return observeOperation(context, aboutOf(actor, request), async () => {
    const { caller, input } = admit(context, actor, request);
    const stream = (STREAMS as Readonly<Record<string, Stream | undefined>>)[caller.operation];
    if (stream === undefined) throw new HalError("bad_request", `${caller.operation} is not a stream`);
    const most = context.limits.streamsPerToken;
    const lease = context.streams.take(caller.credential, most);
    if (lease === undefined)
      throw new HalError("rate_limited", `${most} streams are followed with this token already; end one of them`);
    // one that nobody begins to read ends with its request
    caller.signal.addEventListener("abort", () => lease[Symbol.dispose](), { once: true });
    try {
      return leased(await stream(context, input, caller), lease);
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  });
}

async function* leased(stream: AsyncIterable<StreamItem>, lease: Disposable): AsyncGenerator<StreamItem> {
  using _ = lease;
  yield* stream;
}

export type Handler<N extends OperationName> = (
  context: Context,
  input: ParsedInput<N>,
  caller: Caller,
) => Promise<OperationOutput<N> | PageOf<OperationOutput<N>>>;

/** A list may be answered a page at a time. */
type PageOf<Output> = Output extends readonly (infer Row)[] ? Page<Row> : never;

export type Stream = (context: Context, input: unknown, caller: Caller) => Promise<AsyncIterable<StreamItem>>;

function admit(context: Context, actor: Actor, request: Request): { readonly caller: Caller; readonly input: unknown } {
  const { operation } = request;
  if (!isOperationName(operation)) throw new HalError("not_found", `no operation ${shownName(operation)}`);
  const declared = OPERATIONS[operation];
  authorise(context, actor, { name: operation, role: declared.role });
  if (!isShallow(request.input))
    throw new HalError("bad_request", `the input is nested too deeply; ${MOST_DEPTH} levels is the most`);
  const input = parseInput(declared.input, request.input ?? {});
  return {
    caller: {
      ...actor,
      operation,
      rawInput: request.input,
      idempotencyKey: request.idempotencyKey,
      signal: request.signal,
    },
    input,
  };
}

/** What somebody asks for, and which role it needs. */
export interface Needed {
  readonly name: AuditAction;
  readonly role: Role;
}

/** For a door that has a body to read: judges the role alone before that; a refusal is observed as one of the operation. */
export async function authoriseFirst(
  context: Context,
  actor: Actor,
  { name, role, traceparent }: Needed & Pick<Request, "traceparent">,
): Promise<void> {
  if (roleAllows(actor.role, role)) return;
  await observeOperation(context, { operation: name, traceparent, door: actor.surface }, async () =>
    authorise(context, actor, { name, role }),
  );
}

/** Judges the role alone; throws a HalError, and the audit has it. */
function authorise(context: Context, actor: Actor, { name, role }: Needed): void {
  if (roleAllows(actor.role, role)) return;
  const reason = `${name} needs the role ${role}; this token is ${actor.role}`;
  context.audit.refused({ ...actor, action: name, reason });
  throw new HalError("forbidden", reason);
}

/** A name is a short word; what is not may be anything, and is not quoted. */
function shownName(operation: string): string {
  return /^[a-z]{1,20}(?:\.[a-z_]{1,20})?$/i.test(operation) ? operation : `of ${operation.length} characters`;
}

/** What was asked, when it fits; else a HalError that says all that does not. */
export function parseInput<S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> {
  const parsed = v.safeParse(schema, input);
  if (parsed.success) return parsed.output;
  const issues = parsed.issues.map(describeIssue);
  throw new HalError("bad_request", issues.join("; "), { details: { issues } });
}

function listMeta(rows: readonly unknown[], input: unknown, next?: string): Readonly<Record<string, unknown>> {
  const { limit } = input as { readonly limit?: number };
  return {
    total: rows.length,
    ...(limit === undefined ? {} : { limit }),
    ...(next === undefined ? {} : { next }),
  };
}
