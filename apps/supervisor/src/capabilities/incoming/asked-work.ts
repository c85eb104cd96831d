import type { ArrivalRow, IdempotencyKey, SessionRow } from "@hal/store/supervisor";
import type { Actor } from "../../operations/handler.ts";
import { idempotencyOf } from "../../operations/idempotency.ts";
import { titleText } from "./domain/prompt-text.ts";

/** How long a start waits for its node; behind that another try is made. */
const DEADLINE_MS = 3_600_000;

/** Nobody revokes who a signature says: the configuration is asked each time. */
const VALID = new AbortController().signal;

/** What an operation is asked with, so that the same is asked once. */
export interface AskedWork {
  readonly operation: "sessions.start" | "sessions.prompt";
  readonly input: Readonly<Record<string, unknown>>;
  readonly idempotencyKey: string;
}

/** Who asks for what an arrival is about: whoever did it there, with the role of an operator. */
export function callerOf({ sender, person }: ArrivalRow): Actor {
  const actor = actorOf(sender, person);
  const who = { actor, role: "operator", mayLink: false, credential: actor, expiresAt: null } as const;
  return { ...who, valid: VALID, surface: "webhook", ip: undefined };
}

/** As whom work is asked for, such as `github:octocat`. */
function actorOf(sender: string, person: string): string {
  return sender.startsWith("generic/") ? sender : `${sender}:${person}`;
}

/** By what it is known that it was asked. */
export function keyOf({ sender, person }: ArrivalRow, { operation, input, idempotencyKey }: AskedWork): IdempotencyKey {
  const actor = actorOf(sender, person);
  const key = idempotencyOf({ actor, operation, rawInput: input, idempotencyKey });
  if (key === undefined) throw new Error("whatever is asked here has a key");
  return key;
}

/** Each start that a node was asked for has a key of its own: one that failed is not asked for again under it. */
export function startOf({ id, caseId, starts, repository, thing, work }: ArrivalRow): AskedWork {
  const { project, node, agent, model, prompt } = work;
  return {
    operation: "sessions.start",
    input: {
      project,
      prompt,
      title: titleText({ repository, thing }),
      ...(node === undefined ? {} : { node }),
      ...(agent === undefined ? {} : { agent }),
      ...(model === undefined ? {} : { model }),
      wait_ms: 0,
      deadline_ms: DEADLINE_MS,
    },
    idempotencyKey: `${caseId}/${id}/${starts}`,
  };
}

/** A prompt that waits in the list of a session. */
export function promptOf({ id, caseId, work }: ArrivalRow, session: Pick<SessionRow, "nodeId" | "id">): AskedWork {
  const { agent, model, prompt } = work;
  return {
    operation: "sessions.prompt",
    input: {
      ref: `${session.nodeId}/${session.id}`,
      text: prompt,
      delivery: "queue",
      ...(agent === undefined ? {} : { agent }),
      ...(model === undefined ? {} : { model }),
      wait_ms: 0,
    },
    idempotencyKey: `${caseId}/${id}`,
  };
}
