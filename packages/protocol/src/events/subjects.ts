import * as v from "valibot";
import {
  Count,
  Figure,
  lenient,
  list,
  LongText,
  MicroUsd,
  Opaque,
  Path,
  Size,
  Text,
  Timestamp,
  Word,
} from "../bounds.ts";
import { CommandId, InteractionId, NodeId, SessionId } from "../ids.ts";
import { ErrorBody } from "../errors.ts";
import { ProjectGit, ProjectProblem } from "../frames/node-reports.ts";
import { MOST_RULES, StandingRule } from "../rules.ts";
import { TokenUsage } from "../tokens.ts";
import { always, type Declared, droppable, type Keep, reserved } from "./keep.ts";
import { BUDGET_EVENTS, COST_EVENTS } from "./budgets.ts";
import { CHANNEL_EVENTS } from "./channels.ts";
import { POLICY_EVENTS } from "./policies.ts";
import { SCHEDULE_EVENTS } from "./schedules.ts";
import { SessionWorktree } from "./worktrees.ts";

/** `provider/model`, as opencode names it. */
const Model = v.nullable(Word);

/** Somebody undid the conversation from here on, and may bring it back: this message, or from a part of it, and all that follows. */
const UndoneFrom = v.object({ messageId: Word, partId: v.optional(Word) });

/** What a session is, whenever opencode tells: totals are opencode's own running sums. */
const SessionFacts = v.object({
  title: Text,
  /** absent where nothing was chosen yet */
  model: v.optional(Model),
  agent: v.optional(Word),
  parentId: v.optional(SessionId),
  costMicroUsd: v.optional(MicroUsd, 0),
  tokens: v.optional(TokenUsage),
  createdAt: Timestamp,
  updatedAt: Timestamp,
  /** true where somebody started it in opencode directly, not through HAL */
  external: v.optional(v.boolean(), false),
  undoneFrom: v.optional(UndoneFrom),
  /** the session that it goes on from, after a restart: that one has ended (protocol §5.15) */
  continues: v.optional(SessionId),
  /** the git worktree that was made for it, or for the one that it goes on from */
  worktree: lenient(Path),
});

/** What was told last, that its turn failed or was interrupted, or that the session had ended, is not so. */
const Corrects = v.optional(v.boolean());

const Question = v.object({
  question: Text,
  header: v.optional(Text, ""),
  options: v.optional(list(v.object({ label: Text, description: v.optional(Text, "") })), []),
  multiple: v.optional(v.boolean(), false),
});

/** How a session gets on, beside its status: all that is known of it each time, so that the latest takes the place of the others. */
const SessionHealth = v.object({
  /** nothing moved in it, nor in what it started, since then; absent while something moves, it rests or waits for a person */
  quietSince: v.optional(Timestamp),
  /** the tool that it called last, where nothing moves */
  last: v.optional(v.object({ tool: Word, about: v.optional(Text, ""), status: Word })),
  /** one tool was called again and again with the same arguments; or a tool, or where none is named whole turns, failed in a row */
  loop: v.optional(
    v.object({
      since: Timestamp,
      kind: v.picklist(["same_call", "errors"]),
      tool: v.optional(Word),
      count: Count,
    }),
  ),
  /** how much the model was given with its newest answer, that included; `limit` where it is known */
  context: v.optional(v.object({ tokens: Count, limit: v.optional(Count) })),
  /** the first lines of `.context/CURRENT_TASK.md` in its directory, and when that was written */
  task: v.optional(Text),
  taskAt: v.optional(Timestamp),
});

/** Every event, by its type: how it is kept, and its payload. Types that are not here travel opaque (protocol §4.7). */
const EVENTS = {
  "session.started": always(SessionFacts),
  "session.updated": always(SessionFacts),
  "session.busy": always(v.object({})),
  "session.idle": always(
    v.object({
      /** the turn did not finish: somebody stopped it */
      aborted: v.optional(v.boolean()),
      /** how its newest turn stands: none, finished, aborted, denied, unanswered or unknown; absent from an agent that does not say */
      turn: v.optional(Word),
      corrects: Corrects,
    }),
  ),
  "session.waiting": always(v.object({ interactionId: InteractionId, corrects: Corrects })),
  "session.retrying": always(
    v.object({ attempt: Count, message: Text, nextAt: v.optional(Timestamp), corrects: Corrects }),
  ),
  "session.error": always(v.object({ name: Word, message: Text, corrects: Corrects })),
  "session.compacted": always(v.object({})),
  "session.health": always(SessionHealth),
  "session.ended": always(
    v.object({
      reason: v.picklist(["killed", "archived", "deleted"]),
      /** the session that goes on from it, after a restart */
      continuedBy: v.optional(SessionId),
    }),
  ),
  /** What became of its worktree once it had ended: `kept` for a reason, or `removed`; `branch` has commits of its own, and stays. */
  "session.worktree": always(SessionWorktree),
  /** One message of the conversation; a later event with the same `messageId` replaces it. */
  "session.message": always(
    v.object({
      messageId: Word,
      parentId: v.optional(Word),
      role: v.picklist(["user", "assistant"]),
      state: v.picklist(["complete", "error", "aborted", "interrupted"]),
      model: v.optional(Model),
      text: Text,
      /** the text was longer than an event may be and is cut */
      cut: v.optional(v.boolean(), false),
      tools: v.optional(list(v.object({ tool: Word, title: v.optional(Text, ""), status: Word })), []),
      error: v.optional(v.object({ name: Word, message: Text })),
      /** the answer, where one of a shape was asked for */
      structured: v.optional(Opaque),
      costMicroUsd: v.optional(MicroUsd, 0),
      /** the same to a thousandth of a micro-dollar, so that sums are opencode's; absent from an agent that does not say */
      costNanoUsd: lenient(Figure),
      tokens: v.optional(TokenUsage),
      /** opencode's finish reason, such as `stop` or `tool-calls` */
      finish: v.optional(Word),
      createdAt: Timestamp,
      completedAt: v.optional(Timestamp),
      /** a fork's copy: counted by the session it came from, not again */
      copied: v.optional(v.boolean(), false),
    }),
  ),
  /** opencode took it, or a part of it, out of the conversation for good; what was told of it, and paid for it, stays. */
  "message.removed": always(v.object({ messageId: Word, partId: v.optional(Word) })),
  "session.todo": droppable(
    v.object({
      todos: list(v.object({ content: Text, status: Word, priority: v.optional(Word, "") })),
    }),
  ),
  "tool.execute.after": droppable(
    v.object({
      messageId: Word,
      callId: Word,
      tool: Word,
      status: v.picklist(["completed", "error"]),
      title: v.optional(Text, ""),
      input: v.optional(Opaque),
      output: v.optional(Text, ""),
      cut: v.optional(v.boolean(), false),
      /** with what the command ended that it ran; absent where it ran none, or where that is not known */
      exit: lenient(Count),
      durationMs: v.optional(Size),
    }),
  ),
  "interaction.asked": reserved(
    v.object({
      interactionId: InteractionId,
      kind: v.picklist(["permission", "question"]),
      /** one line that a person can decide on */
      summary: Text,
      permission: v.optional(Word),
      patterns: v.optional(list(Text), []),
      /** the whole command that it is for, of which the patterns are parts; absent where it is for none */
      command: v.optional(Text),
      /** what "always" would allow from then on */
      always: v.optional(list(Text), []),
      questions: v.optional(list(Question, 1_000), []),
      askedAt: Timestamp,
    }),
  ),
  "interaction.answered": reserved(
    v.object({
      interactionId: InteractionId,
      reply: v.picklist(["once", "always", "reject", "answer"]),
      answers: v.optional(list(list(Text), 1_000), []),
      /** the command that carried the answer; absent where a rule gave it, and where it was given in opencode itself */
      commandId: v.optional(CommandId),
      /** the standing rule by which its node answered; `also` names others that it took for other parts of the request */
      rule: lenient(v.object({ ...StandingRule.entries, also: lenient(list(Word, MOST_RULES)) })),
    }),
  ),
  "interaction.expired": reserved(v.object({ interactionId: InteractionId, reason: Text })),
  "command.running": reserved(v.object({ commandId: CommandId })),
  "command.succeeded": reserved(v.object({ commandId: CommandId, output: v.optional(Opaque) })),
  "command.failed": reserved(v.object({ commandId: CommandId, error: ErrorBody })),
  "command.cancelled": reserved(v.object({ commandId: CommandId })),
  /** A start that was told to have failed has a session after all; `message` takes the place of what was told. Its outcome stays. */
  "command.corrected": reserved(v.object({ commandId: CommandId, sessionId: SessionId, message: Text })),
  "command.queued": reserved(v.object({ commandId: CommandId, type: Word })),
  "command.expired": reserved(v.object({ commandId: CommandId })),
  /** Somebody gave a session a prompt that waits: until the session rests, or, where it steers, for its node. */
  "prompt.queued": always(v.object({ promptId: Word, delivery: v.picklist(["queue", "steer"]), actor: Word })),
  /**
   * `returned`: its agent found the session at work, did nothing, and it waits again; `carried`: its session was restarted, and it
   * waits for the one that goes on
   */
  "prompt.changed": always(
    v.object({ promptId: Word, what: v.picklist(["edited", "moved", "switched", "returned", "carried"]), actor: Word }),
  ),
  "prompt.sent": always(v.object({ promptId: Word, commandId: CommandId })),
  "prompt.cancelled": always(v.object({ promptId: Word, actor: Word })),
  "prompt.refused": always(v.object({ promptId: Word, reason: Text })),
  /** No turn was seen to begin with it for as long as the supervisor waits, queued or not. */
  "prompt.stalled": always(v.object({ commandId: CommandId, promptId: v.optional(Word), reason: Text })),
  /** One that was said to be stalled began after all. */
  "prompt.begun": always(v.object({ commandId: CommandId, promptId: v.optional(Word) })),
  "node.online": always(v.object({ hostname: Word })),
  "node.offline": always(v.object({ reason: Text })),
  /** an operator took it away, or let another one take its place */
  "node.removed": always(v.object({ hostname: Word, replacedBy: v.optional(NodeId) })),
  /** An operator holds a node, or the fleet where the event is of none: nothing begins there until it is released. */
  "hold.began": always(v.object({ holdId: Word, by: Word })),
  "hold.released": always(v.object({ holdId: Word, by: Word })),
  ...POLICY_EVENTS,
  /**
   * The task of a project is completed: its `.context/PROGRESS.md` says so from now on (`by` is `file`, and the event is of its node),
   * or a person said so, who is named.
   */
  "task.completed": always(v.object({ by: Word, title: v.optional(Text) })),
  /** It is not completed any more: the file says something else from now on, or a person said so. */
  "task.reopened": always(v.object({ by: Word })),
  ...SCHEDULE_EVENTS,
  ...CHANNEL_EVENTS,
  ...BUDGET_EVENTS,
  ...COST_EVENTS,
  /**
   * It was the turn of a project because one that it depends on was completed (`after`), and it was not started: `code` is one word for
   * why, and `commandId` what was asked of a node and began nothing.
   */
  "project.not_started": always(v.object({ reason: Text, code: Word, after: Word, commandId: v.optional(CommandId) })),
  "opencode.up": always(v.object({ version: Word, pid: v.optional(Count) })),
  "opencode.down": always(v.object({ reason: Text })),
  /** While it was idle it was replaced by a new one: for its `reason`, or else because it had grown beyond its limit. */
  "opencode.recycled": always(v.object({ rssBytes: Size, limitBytes: Size, reason: v.optional(Text) })),
  "projects.changed": always(
    v.object({
      projects: list(
        v.object({
          name: Word,
          directory: Path,
          state: Word,
          reason: v.optional(Text),
          problem: v.optional(ProjectProblem),
          git: lenient(ProjectGit),
        }),
      ),
    }),
  ),
  /** A run of events that could not be kept or cannot be known. */
  gap: reserved(
    v.object({
      from: v.optional(Count),
      to: v.optional(Count),
      count: v.optional(Figure),
      reason: Word,
    }),
  ),
  "event.invalid": always(v.object({ raw: LongText, problem: Text })),
} as const satisfies Readonly<Record<string, Declared>>;

export type EventType = keyof typeof EVENTS;
export const EVENT_TYPES = Object.keys(EVENTS) as readonly EventType[];

/** The payload of each event, by its type. */
export const EVENT_DATA = Object.fromEntries(EVENT_TYPES.map((type) => [type, EVENTS[type].data])) as {
  readonly [T in EventType]: (typeof EVENTS)[T]["data"];
};
export type EventData<T extends EventType> = v.InferOutput<(typeof EVENTS)[T]["data"]>;

/** How an agent keeps an event of this type while its outbox is full (protocol §4.1). */
export function keepOf(type: EventType): Keep {
  return EVENTS[type].keep;
}

/** The types of which an outbox that is full gives up the oldest. */
export const DROPPABLE_TYPES: readonly EventType[] = EVENT_TYPES.filter((type) => keepOf(type) === "droppable");
