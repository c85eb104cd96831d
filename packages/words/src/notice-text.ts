import { eventDetail, type ToldEvent } from "./event-text.ts";
import { COST_SENTENCES } from "./cost-events.ts";

/** Of whom an event tells, as people call them; null where it is of none. */
export interface NoticedAbout {
  readonly project: string | null;
  readonly node: string | null;
}

/** What happened, as a sentence that stands by itself: who, what, and why as far as it is known. */
export function noticeText(event: ToldEvent, about: NoticedAbout): string {
  const detail = event.type === "session.message" ? said(event) : eventDetail(event);
  const [subject, does] = SENTENCES.get(event.type) ?? [whereOf, event.type];
  // a reason may begin with the status that the sentence ends with
  const reason = detail.startsWith(`${does.split(" ").at(-1)}: `) ? detail.slice(detail.indexOf(": ") + 2) : detail;
  const why = reason === "" ? "" : `: ${reason}`;
  return `${subject(about)} ${does}${why}`.trim();
}

/** What a message says; who does is in the sentence. */
function said({ data }: ToldEvent): string {
  const { text } = (typeof data === "object" && data !== null ? data : {}) as { readonly text?: unknown };
  return eventDetail({ type: "session.message", data: { state: "complete", text } });
}

type Subject = (about: NoticedAbout) => string;

function whereOf({ project, node }: NoticedAbout): string {
  if (project === null) return nodeOf({ project, node });
  return node === null ? project : `${project} on ${node}`;
}

function nodeOf({ node }: NoticedAbout): string {
  return node ?? "the fleet";
}

function itself(): string {
  return "";
}

/** Who does what; a type that is not here is said as it is called. */
const SENTENCES: ReadonlyMap<string, readonly [Subject, string]> = new Map<string, readonly [Subject, string]>([
  ...COST_SENTENCES.map(([type, does]) => [type, [itself, does]] as const),
  ["session.started", [whereOf, "has a new session"]],
  ["session.idle", [whereOf, "rests"]],
  ["session.error", [whereOf, "failed"]],
  ["session.retrying", [whereOf, "tries again"]],
  ["session.compacted", [whereOf, "has compacted its context"]],
  ["session.message", [whereOf, "is told"]],
  ["session.ended", [whereOf, "has ended a session"]],
  ["tool.execute.after", [whereOf, "has used a tool"]],
  ["interaction.asked", [whereOf, "waits for a person"]],
  ["interaction.answered", [whereOf, "has an answer"]],
  ["interaction.expired", [whereOf, "has a question that nobody answered in time"]],
  ["task.completed", [whereOf, "has completed its task"]],
  ["task.reopened", [whereOf, "goes on with its task"]],
  ["project.not_started", [whereOf, "was not started"]],
  ["schedule.started", [itself, "a schedule started a session"]],
  ["schedule.not_started", [itself, "a schedule started no session"]],
  ["policy.alerted", [whereOf, "needs a look"]],
  ["policy.gave_up", [whereOf, "was helped in vain, and needs a person"]],
  ["policy.acted", [whereOf, "was helped by a policy"]],
  ["node.online", [nodeOf, "is online"]],
  ["node.offline", [nodeOf, "is offline"]],
  ["opencode.down", [nodeOf, "has no opencode at work"]],
  ["opencode.up", [nodeOf, "has opencode at work again"]],
  ["budget.warned", [itself, "a budget is spent in part"]],
  ["budget.reached", [itself, "a budget is spent"]],
  ["budget.reopened", [itself, "a budget is open again"]],
  ["budget.stopped", [whereOf, "was stopped by a budget"]],
  ["budget.changed", [itself, "a budget was changed"]],
  ["channel.stopped", [itself, "notices do not arrive any more"]],
  ["channel.resumed", [itself, "notices arrive again"]],
  ["gap", [nodeOf, "told of something that could not be kept, or cannot be known"]],
]);
