import { ruleText } from "@hal/protocol";
import type { BackEnd } from "../../back-end.ts";
import type { Context } from "../../context.ts";
import type { PermissionRequest } from "../../domain/source-fact.ts";
import type { Verdict } from "../rules/domain/judge-request.ts";

/**
 * Answers what standing rules answer of the requests that were seen to wait, and leaves the rest to people. Returns at
 * once; a request that could not be answered is judged again when it is seen the next time.
 */
export function answerByRules(context: Context, api: BackEnd): void {
  for (const requests of Map.groupBy(context.answering.takeToJudge(), ({ sessionId }) => sessionId).values())
    context.answering.owe(
      answerAll(context, api, requests).catch((error: unknown) => {
        context.log.warn({ error }, "requests could not be answered by standing rules; they are judged again");
      }),
    );
}

/** Those of one session, what is allowed first: opencode rejects whatever else a session asks when one is rejected. */
async function answerAll(context: Context, api: BackEnd, requests: readonly PermissionRequest[]): Promise<void> {
  const isDenied = (request: PermissionRequest): boolean => judge(context, request)?.reply === "deny";
  for (const request of requests.filter((one) => !isDenied(one))) await answer(context, api, request);
  for (const request of requests) await answer(context, api, request);
}

/** Answers one that waits and that nobody else is answering just now. */
async function answer(context: Context, api: BackEnd, request: PermissionRequest): Promise<void> {
  const { id, sessionId } = request;
  const { answering, book, clock, log } = context;
  if (answering.has(id)) return;
  const verdict = judge(context, request);
  if (verdict === undefined) return;
  const { rule, also } = verdict;
  const by = { ...rule, ...(also.length === 0 ? {} : { also: [...also] }) };
  using _ = await answering.begin(id, { rule: by });
  const reply = verdict.reply === "allow" ? "once" : "reject";
  const directory = book.get(sessionId)?.directory;
  const message = reply === "reject" ? denial(verdict) : undefined;
  const isTaken = await api.answerPermission({ id, directory, reply, message });
  const teller = book.open(sessionId);
  if (isTaken) teller.answered({ interactionId: id, reply, answers: [], rule: by }, clock.now());
  else teller.gone(id, { reason: "it was answered elsewhere, or its asker is gone", at: clock.now(), isMissed: true });
  await book.write();
  log.info(
    { interaction: id, session: sessionId, rule: rule.id, reply, taken: isTaken },
    "answered by a standing rule",
  );
}

function judge({ book, rules }: Context, request: PermissionRequest): Verdict | undefined {
  const { project, open = {} } = book.get(request.sessionId)?.saved ?? {};
  if (project === undefined || !Object.hasOwn(open, request.id)) return undefined;
  return rules.judge({ ...request, project });
}

/** What the model reads, which goes on with it. */
function denial({ rule }: Verdict): string {
  const { reason = "nobody said why; do without it" } = rule;
  return `Denied by a standing rule (${ruleText(rule)}): ${reason}`;
}
