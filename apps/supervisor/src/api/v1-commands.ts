import {
  type CommandReply,
  type PromptReply,
  type CommandView,
  HalError,
  isFinal,
  LIMITS,
  Opaque,
  type OperationName,
  operation,
  type SessionView,
  table,
  Word,
} from "@hal/protocol";
import * as v from "valibot";
import type { Context } from "../context.ts";
import { dispatch } from "../operations/dispatch.ts";
import type { Actor, Request } from "../operations/handler.ts";
import { time } from "../domain/time.ts";

type Args = Readonly<Record<string, unknown>>;

/** Which operation a type of command is, and what its target is called there. */
interface Meaning {
  readonly operation: OperationName;
  input(target: string | undefined, args: Args): Args;
}

const START: Meaning = {
  operation: "sessions.start",
  input: (project, { prompt, message, ...rest }) => ({ project, prompt: prompt ?? message, ...rest }),
};
const PROMPT: Meaning = {
  operation: "sessions.prompt",
  input: (ref, { session_id, text, prompt, message, ...rest }) => ({
    ref: session_id ?? ref,
    text: text ?? prompt ?? message,
    ...rest,
  }),
};
const ABORT: Meaning = { operation: "sessions.abort", input: ofSession };
const KILL: Meaning = { operation: "sessions.kill", input: ofSession };
const RESTART: Meaning = { operation: "sessions.restart", input: ofSession };
const STATUS: Meaning = { operation: "sessions.get", input: ofSession };

/** Types of commands, by the names of the v1 API, their short forms there, and those that commands have here. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  create_session: START,
  start: START,
  prompt_session: PROMPT,
  inject: PROMPT,
  kill_session: KILL,
  kill: KILL,
  restart_session: RESTART,
  restart: RESTART,
  session_status: STATUS,
  status: STATUS,
  "session.start": START,
  "session.prompt": PROMPT,
  "session.abort": ABORT,
  "session.restart": RESTART,
  "session.kill": KILL,
};

function ofSession(ref: string | undefined, { session_id, ...rest }: Args): Args {
  return { ref: session_id ?? ref, ...rest };
}

const MOST_WAIT_MS = 600_000;
/** Commands expire a moment after their deadline; whoever waited so long hears that rather than "no outcome yet". */
const GRACE_MS = 1_500;
const MOST_DEADLINE_S = 7 * 86_400;
const DEFAULT_S = 30;

/** How a command came out, as the v1 API told it. */
const V1Result = v.object({
  command_id: v.pipe(v.nullable(v.string()), v.description("null where nothing was asked of a node")),
  status: v.picklist(["success", "failure", "timeout"]),
  output: v.pipe(
    v.string(),
    v.description(
      "of a type without a dot what the v1 API told: the id of a new session, the status of one, else nothing; of others JSON text",
    ),
  ),
  error: v.optional(v.string()),
  timestamp: v.pipe(v.string(), v.isoTimestamp()),
});
type V1Result = v.InferOutput<typeof V1Result>;

/**
 * `POST /commands` of the v1 API: no operation of its own, but another way to say one, with that one's role, audit and
 * idempotency. What failed has the status of its failure, with the v1 fields in `details`.
 */
export const v1Commands = operation({
  name: "v1.commands",
  summary: "Ask for a session operation as the v1 API did; prefer the operations of sessions",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/commands",
  input: v.object({
    type: v.pipe(v.picklist(Object.keys(MEANINGS)), v.examples(["create_session"])),
    target: v.optional(v.pipe(Word, v.description("the name of a project"), v.examples(["my-project"]))),
    args: v.optional(
      v.pipe(
        table(Opaque),
        v.description("`prompt`, `session_id`, or other fields of the operation that it stands for"),
      ),
      {},
    ),
    idempotency_key: v.optional(
      v.pipe(
        v.string(),
        v.minLength(1),
        v.maxLength(LIMITS.idempotencyKeyChars),
        v.description("the same as the header Idempotency-Key"),
      ),
    ),
    timeout: v.optional(
      v.pipe(
        v.number(),
        v.safeInteger(),
        v.minValue(0),
        v.maxValue(MOST_DEADLINE_S),
        v.description(
          "seconds, for the node to be there and to answer; 0 means 30, and nobody waits for more than 600",
        ),
      ),
      DEFAULT_S,
    ),
  }),
  output: V1Result,
});

/** What a v1 body asks for, in today's words. Throws where it names no type. */
export function requestOfV1(
  body: v.InferOutput<typeof v1Commands.input>,
  request: Omit<Request, "operation">,
): { readonly request: Request; readonly isOwnName: boolean } {
  const { type, target, args, idempotency_key: key, timeout } = body;
  const meaning = MEANINGS[type] as Meaning;
  const seconds = timeout === 0 ? DEFAULT_S : timeout;
  const waiting =
    meaning === STATUS
      ? {}
      : { wait_ms: Math.min(seconds * 1000 + GRACE_MS, MOST_WAIT_MS), deadline_ms: seconds * 1000 };
  const asked = {
    ...request,
    operation: meaning.operation,
    input: { ...meaning.input(target, args), ...waiting },
    idempotencyKey: request.idempotencyKey ?? key,
  };
  return { request: asked, isOwnName: !type.includes(".") };
}

/** Runs it through the one dispatcher; rejects with a HalError where it did not come to a good end. */
export async function answerV1(
  context: Context,
  actor: Actor,
  { request, isOwnName }: { readonly request: Request; readonly isOwnName: boolean },
): Promise<V1Result> {
  const { output } = await dispatch(context, actor, request);
  const now = context.clock.now();
  if (!isReply(output)) {
    const told = isOwnName ? (output as SessionView).status : JSON.stringify(output);
    return { command_id: null, status: "success", output: told, timestamp: time(now) };
  }
  const { command, session_id: session } = output;
  if (command === null) return { command_id: null, status: "success", output: "", timestamp: time(now) };
  const told = isOwnName ? ((MAKING.has(command.type) ? session : null) ?? "") : jsonOf(command.output);
  const result = { ...resultOf(command, now), output: command.state === "succeeded" ? told : "" };
  if (command.state === "succeeded") return result;
  const { code, message } = command.error ?? {
    code: command.state === "cancelled" ? ("cancelled" as const) : ("timeout" as const),
    message: isFinal(command.state)
      ? command.reason
      : `no outcome yet: ${command.reason}; look again: GET /api/v1/commands/${command.id}`,
  };
  throw new HalError(code, message, { details: { ...result, error: message } });
}

/** What a new session comes of. */
const MAKING: ReadonlySet<string> = new Set(["session.start", "session.restart"]);

function jsonOf(output: unknown): string {
  return output === null ? "" : JSON.stringify(output);
}

function resultOf(command: CommandView, now: number): Omit<V1Result, "output"> {
  const isOver = command.state === "failed" || command.state === "cancelled";
  return {
    command_id: command.id,
    status: command.state === "succeeded" ? "success" : isOver ? "failure" : "timeout",
    timestamp: command.finished_at ?? time(now),
  };
}

function isReply(output: unknown): output is CommandReply | PromptReply {
  return typeof output === "object" && output !== null && "command" in output;
}
