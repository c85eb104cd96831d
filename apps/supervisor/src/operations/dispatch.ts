import {
  describeIssue,
  HalError,
  isOperationName,
  type Role,
  isShallow,
  MOST_DEPTH,
  OPERATIONS,
  roleAllows,
} from "@hal/protocol";
import { describeStorageProblem, StoreError } from "@hal/store/supervisor";
import * as v from "valibot";
import type { AuditAction } from "../capabilities/audit/domain/audit-actions.ts";
import type { Context as AccessContext } from "../capabilities/access/context.ts";
import { type ObservedOperation, observeOperation } from "./observe-operation.ts";
import type { Quota } from "./domain/quota.ts";
import type { Actor, Answer, Caller, Piece, Request } from "./handler.ts";
import { Page } from "./page.ts";
import type { OperationTable } from "./table.ts";

/** Where requests are judged: it knows who may ask, who is noted, and what runs each operation. */
export interface Desk extends AccessContext {
  readonly operations: OperationTable;
  /** streams that are open, by the token that follows them */
  readonly streams: Quota;
}

/** Answers a request from any door: judges role and input, then runs it. Throws HalError. */
export function dispatch(desk: Desk, actor: Actor, request: Request): Promise<Answer> {
  return observeOperation(desk, aboutOf(actor, request), () => answer(desk, actor, request));
}

function aboutOf({ surface }: Actor, { operation, traceparent }: Request): ObservedOperation {
  return { operation, traceparent, door: surface };
}

async function answer(desk: Desk, actor: Actor, request: Request): Promise<Answer> {
  const { caller, input } = admit(desk, actor, request);
  const run = desk.operations.handler(caller.operation);
  const finish = desk.audit.begin(actor, OPERATIONS[caller.operation], request.input);
  const output = await sayingWhatFails(() => run(input, caller)).catch((error: unknown) => {
    finish({ error });
    throw error;
  });
  finish({ output });
  return withNotice(desk, actor, answerOf(output, input));
}

function answerOf(output: unknown, input: unknown): Answer {
  if (output instanceof Page) return { output: output.rows, meta: listMeta(output.rows, input, output.next) };
  return Array.isArray(output) ? { output, meta: listMeta(output, input) } : { output };
}

/** Whoever still comes with the previous token is told so. Protocol §11. */
function withNotice({ tokens }: Desk, { credential }: Actor, { output, meta }: Answer): Answer {
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

/** Opens a streaming operation; whoever does aborts the request's signal when they are done with it. Rejects with a HalError for a bad request. */
export function openStream(desk: Desk, actor: Actor, request: Request): Promise<AsyncIterable<Piece>> {
  return observeOperation(desk, aboutOf(actor, request), async () => {
    const { caller, input } = admit(desk, actor, request);
    const open = desk.operations.stream(caller.operation);
    const most = desk.limits.streamsPerToken;
    const lease = desk.streams.take(caller.credential, most);
    if (lease === undefined)
      throw new HalError("rate_limited", `${most} streams are followed with this token already; end one of them`);
    const end = (): void => lease[Symbol.dispose]();
    caller.signal.addEventListener("abort", end, { once: true });
    try {
      const stream = await open(input, caller);
      if (caller.signal.aborted) end();
      return stream;
    } catch (error) {
      end();
      throw error;
    }
  });
}

function admit(desk: Desk, actor: Actor, request: Request): { readonly caller: Caller; readonly input: unknown } {
  const { operation } = request;
  if (!isOperationName(operation)) throw new HalError("not_found", `no operation ${shownName(operation)}`);
  const declared = OPERATIONS[operation];
  authorise(desk, actor, { name: operation, role: declared.role });
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
  desk: Desk,
  actor: Actor,
  { name, role, traceparent }: Needed & Pick<Request, "traceparent">,
): Promise<void> {
  if (roleAllows(actor.role, role)) return;
  await observeOperation(desk, { operation: name, traceparent, door: actor.surface }, async () =>
    authorise(desk, actor, { name, role }),
  );
}

/** Judges the role alone; throws a HalError, and the audit has it. */
function authorise(desk: Desk, actor: Actor, { name, role }: Needed): void {
  if (roleAllows(actor.role, role)) return;
  const reason = `${name} needs the role ${role}; this token is ${actor.role}`;
  desk.audit.refused({ ...actor, action: name, reason });
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
