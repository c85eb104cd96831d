import type { Context } from "../../context.ts";
import type { SourceFact, SourceRow } from "../../domain/source-fact.ts";
import { askedData } from "./domain/interaction.ts";
import type { SessionTeller } from "./domain/session-teller.ts";

/** Whether rows are missing before this fact: then history must be asked. */
export type Applied = "applied" | "hole";

/** Hands what a back end says of a session to the session's teller. */
export function applyFact(context: Context, fact: SourceFact): Applied {
  const now = context.clock.now();
  switch (fact.kind) {
    case "row":
      return applyRow(context, fact.row);
    case "status":
      managed(context, fact.sessionId)?.doing(fact.status, now, context.durable.problem === undefined);
      break;
    case "failed":
      managed(context, fact.sessionId)?.failed(fact.error, now);
      break;
    case "deleted":
      managed(context, fact.sessionId)?.ended("deleted", now);
      break;
    case "todos":
      managed(context, fact.sessionId)?.todo(fact.todos, now);
      break;
    case "asked": {
      const { request } = fact;
      managed(context, request.sessionId)?.asked(askedData(request, now), now, request.askedBy);
      context.answering.judgeSoon(request);
      break;
    }
    case "answered":
      applyAnswer(context, fact, now);
      break;
    // it says nothing of a session, or what a row says, too
    case "opened":
    case "forgot":
    case "beat":
    case "message":
    case "part":
    case "delta":
      break;
    default:
      fact satisfies never;
  }
  return "applied";
}

function applyRow(context: Context, row: SourceRow): Applied {
  const teller = context.book.open(row.sessionId);
  if (teller.lacksBefore(row)) return "hole";
  teller.row(row, context.clock.now());
  return "applied";
}

function applyAnswer(
  context: Context,
  { sessionId, requestId, reply, answers }: Extract<SourceFact, { kind: "answered" }>,
  at: number,
): void {
  managed(context, sessionId)?.answered(
    { interactionId: requestId, reply, answers, ...context.answering.by(requestId) },
    at,
  );
}

function managed(context: Context, sessionId: string): SessionTeller | undefined {
  return context.book.get(sessionId)?.managed === true ? context.book.open(sessionId) : undefined;
}
