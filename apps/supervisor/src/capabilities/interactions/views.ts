import { type CommandArgs, type EventData, type InteractionView, isFinal, type StandingRule } from "@hal/protocol";
import type { CommandRow, InteractionRow } from "@hal/store/supervisor";
import { alwaysText } from "@hal/words";
import { riskOf } from "./domain/risk.ts";
import { time, timeOrNull } from "../../domain/time.ts";
import { problemOf, withProblem } from "../../operations/row-problem.ts";

/** What is known of an interaction beside its row. */
export interface Beside {
  /** an answer that was given and has not reached it, or that did not come to reach it */
  readonly answer?: CommandRow | undefined;
  /** for whom its root session works */
  readonly owner?: string | undefined;
  /** when it is denied, and that as a clause */
  readonly expiry?: { readonly at: number; readonly text: string } | undefined;
}

/** An interaction as people see it. */
export function interactionView(row: InteractionRow, { answer, owner, expiry }: Beside = {}): InteractionView {
  const data = row.data as EventData<"interaction.asked">;
  const given = row.state === "open" ? answer : undefined;
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    reason: withProblem(
      row,
      [row.stateReason, ...(given === undefined ? [] : [answerText(given)]), ...(expiry ? [expiry.text] : [])].join(
        "; ",
      ),
    ),
    ...problemOf(row),
    node_id: row.nodeId,
    session_id: row.sessionId,
    root_session_id: row.rootSessionId,
    project: row.project,
    summary: data.summary,
    permission: data.permission ?? null,
    patterns: data.patterns,
    command: data.command ?? null,
    always: data.always,
    always_covers:
      row.kind === "permission"
        ? alwaysText({ ...data, permission: data.permission ?? null, project: row.project })
        : null,
    questions: data.questions,
    reply: row.reply,
    answered_by: row.answeredBy,
    owner: owner ?? null,
    risk: row.kind === "permission" ? riskOf({ ...data, permission: data.permission ?? "" }) : null,
    asked_at: time(row.askedAt),
    closed_at: timeOrNull(row.closedAt),
    rule: ruleOf(row),
    expires_at: timeOrNull(expiry?.at ?? null),
    under_way: given === undefined || isFinal(given.state) ? null : answerView(given),
  };
}

function ruleOf({ rule }: InteractionRow): InteractionView["rule"] {
  if (rule === null || rule === undefined) return null;
  const {
    id,
    source,
    by = null,
    project = null,
    permission,
    pattern = null,
    reply,
    reason = null,
  } = rule as StandingRule;
  return { id, source, by, project, permission, pattern, reply, reason };
}

function answerView(command: CommandRow): InteractionView["under_way"] {
  const { reply } = command.args as CommandArgs<"interaction.answer">;
  return { command_id: command.id, actor: command.actor, reply, until: timeOrNull(command.deadlineAt) };
}

/** What became of an answer so far, as a clause. */
export function answerText({ args, actor, state, deadlineAt }: CommandRow): string {
  const said = `${actor} answered ${(args as CommandArgs<"interaction.answer">).reply}`;
  if (state === "expired") return `${said}, and that expired because its node was not connected in time`;
  const until = deadlineAt === null ? "" : ` until ${time(deadlineAt)}`;
  return state === "queued" ? `${said}, which waits for its node${until}` : `${said}, which is on its way`;
}
