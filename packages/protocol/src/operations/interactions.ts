import * as v from "valibot";
import { LongText, Word, list } from "../bounds.ts";
import { CommandView } from "./commands.ts";
import { AnswerDeadlineMs, Limit, PageCursor, SessionRef, Problem, Time, WaitMs } from "./fields.ts";
import { operation } from "./operation.ts";
import { forPrograms, refers } from "./references.ts";

export const InteractionView = v.object({
  id: v.string(),
  kind: v.picklist(["permission", "question"]),
  state: v.picklist(["open", "answered", "expired"]),
  reason: v.pipe(v.string(), v.description("why it is in that state, in one line")),
  problem: Problem,
  node_id: v.string(),
  session_id: v.string(),
  root_session_id: v.pipe(v.string(), v.description("the root session, where a child asks")),
  project: v.string(),
  summary: v.string(),
  permission: v.nullable(v.string()),
  patterns: v.array(v.string()),
  command: v.optional(
    v.pipe(
      v.nullable(v.string()),
      v.description("the whole command line, of which the patterns are parts; null where it is for none"),
    ),
    null,
  ),
  always: v.array(v.string()),
  always_covers: v.optional(
    v.pipe(
      v.nullable(v.string()),
      v.description("what `always` would allow from then on, in words; null of a question"),
    ),
    null,
  ),
  questions: v.array(
    v.object({
      question: v.string(),
      header: v.string(),
      options: v.array(v.object({ label: v.string(), description: v.string() })),
      multiple: v.boolean(),
    }),
  ),
  reply: v.nullable(v.string()),
  answered_by: v.nullable(v.string()),
  owner: v.optional(
    v.pipe(
      v.nullable(v.string()),
      v.description("for whom the root session works: who gave it its newest prompt; null where that is not known"),
    ),
    null,
  ),
  risk: v.optional(
    v.pipe(
      v.nullable(v.object({ level: v.picklist(["low", "medium", "high", "unknown"]), reason: v.string() })),
      v.description("how much may be lost by allowing it, by rule; `unknown` where no rule knows, null of a question"),
    ),
    null,
  ),
  asked_at: Time,
  closed_at: v.nullable(Time),
  rule: v.optional(
    v.pipe(
      v.nullable(
        v.object({
          id: v.string(),
          source: v.picklist(["file", "operation"]),
          by: v.nullable(v.string()),
          project: v.nullable(v.string()),
          permission: v.string(),
          pattern: v.nullable(v.string()),
          reply: v.string(),
          reason: v.nullable(v.string()),
        }),
      ),
      v.description("the standing rule by which its node answered, as it was then"),
    ),
    null,
  ),
  expires_at: v.optional(
    v.pipe(
      v.nullable(Time),
      v.description("when it is denied unless somebody answers; null where it never is, as a question"),
    ),
    null,
  ),
  under_way: v.optional(
    v.pipe(
      v.nullable(v.object({ command_id: v.string(), actor: v.string(), reply: v.string(), until: v.nullable(Time) })),
      v.description("an answer that was given and has not reached it yet"),
    ),
    null,
  ),
});
export type InteractionView = v.InferOutput<typeof InteractionView>;

export const interactionsList = operation({
  name: "interactions.list",
  summary: "Permission requests and questions that wait for a person",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/interactions",
  input: v.object({
    state: v.optional(
      v.pipe(v.picklist(["open", "answered", "expired", "all"]), v.description("only in this state")),
      "open",
    ),
    session: v.optional(v.pipe(SessionRef, v.description("only of this session and its children"))),
    cursor: PageCursor,
    limit: Limit,
  }),
  output: v.array(InteractionView),
});

const InteractionRef = v.pipe(
  Word,
  v.minLength(1),
  v.description("the id of an interaction, or a unique prefix"),
  v.examples(["per_4f1c"]),
  refers("interaction"),
);

export const interactionsGet = operation({
  name: "interactions.get",
  summary: "One permission request or question: who asks, for whom, and what an answer would allow",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/interactions/{id}",
  words: ["id"],
  input: v.object({ id: InteractionRef }),
  output: InteractionView,
});

export const interactionsAnswer = operation({
  name: "interactions.answer",
  summary: "Allow or deny a permission request, or answer a question",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/interactions/{id}/answer",
  words: ["id", "answers…"],
  input: v.object({
    id: InteractionRef,
    reply: v.pipe(
      v.picklist(["once", "always", "reject", "answer"]),
      v.description("`once`, `always` and `reject` for a permission, `answer` for a question"),
    ),
    message: v.optional(v.pipe(LongText, v.description("the reason of a denial, which the model reads"))),
    answers: v.optional(
      v.pipe(
        list(list(LongText), 1_000),
        v.description("with `answer`: for each question the chosen labels, as they are offered, or own words"),
      ),
    ),
    own_words: v.optional(
      v.pipe(
        v.boolean(),
        v.description("`answers` are meant as they stand; without it a number that is no label is refused"),
        forPrograms(),
      ),
    ),
    wait_ms: WaitMs,
    deadline_ms: AnswerDeadlineMs,
  }),
  output: v.object({ command: CommandView, interaction: InteractionView }),
  audited: { target: "id", plain: ["reply", "own_words", "wait_ms", "deadline_ms"] },
});
