import type { BackEnd } from "../../../back-end.ts";
import type { Context } from "../../../context.ts";

/** A request of opencode's that nobody is to answer any more. */
export interface OpenRequest {
  readonly id: string;
  readonly kind: "permission" | "question";
  readonly sessionId: string;
  readonly directory: string | undefined;
}

/** Tells of requests that nobody waits for them any more, and rejects them: opencode keeps those of an aborted turn until a reply. */
export async function rejectRequests(
  { book, clock }: Context,
  api: BackEnd,
  { requests, reason }: { readonly requests: readonly OpenRequest[]; readonly reason: string },
): Promise<void> {
  for (const { id, kind, sessionId, directory } of requests) {
    if (book.get(sessionId)?.toJudge.has(id) === true) book.open(sessionId).gone(id, { reason, at: clock.now() });
    if (kind === "permission") await api.answerPermission({ id, directory, reply: "reject" });
    else await api.answerQuestion({ id, directory, answers: undefined });
  }
}
