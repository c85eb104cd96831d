import * as v from "valibot";
import { Figure, LongText, Word } from "../bounds.ts";
import { IntegerText, Limit, OfSession, OnNode, PageCursor, Problem, SwitchText, Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { forPrograms, refers } from "./references.ts";

export const Prompt = v.pipe(LongText, v.minLength(1, "an empty prompt"));

/** When a prompt reaches its session. */
export const Delivery = v.picklist(["queue", "steer"]);
export type Delivery = v.InferOutput<typeof Delivery>;

export const PROMPT_STATES = ["pending", "sent", "cancelled", "refused"] as const;

/** A file without its content. */
export const FileView = v.object({ name: v.string(), mime_type: v.string(), size_bytes: Figure });
export type FileView = v.InferOutput<typeof FileView>;

export const PromptView = v.object({
  id: v.string(),
  node_id: v.string(),
  node: v.string(),
  session_id: v.string(),
  project: v.string(),
  text: v.string(),
  model: v.nullable(v.string()),
  agent: v.nullable(v.string()),
  files: v.optional(v.pipe(v.array(FileView), v.description("that go with it, beside its text")), []),
  delivery: Delivery,
  place: v.pipe(
    v.nullable(Figure),
    v.description("in the list of its session, 1 for the next one; null once it does not wait"),
  ),
  actor: v.string(),
  state: v.picklist(PROMPT_STATES),
  reason: v.pipe(v.string(), v.description("why it is in that state and what it waits for, in one line")),
  problem: Problem,
  command_id: v.pipe(v.nullable(v.string()), v.description("what it was sent as")),
  created_at: Time,
  changed_at: Time,
});
export type PromptView = v.InferOutput<typeof PromptView>;

const PromptRef = v.pipe(
  Word,
  v.minLength(1),
  v.description("the id of a prompt, or a unique prefix"),
  v.examples(["prm_0199a3c2-7d1e-7c4b-9a51-3f1f0c1d2e3f"]),
  refers("prompt"),
);

export const promptsList = operation({
  name: "prompts.list",
  summary: "Prompts that wait, in the order in which they are sent; or all, newest first",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/prompts",
  input: v.object({
    session: v.optional(OfSession),
    node: v.optional(OnNode),
    all: v.optional(v.pipe(SwitchText, v.description("also those that do not wait any more")), false),
    cursor: PageCursor,
    limit: Limit,
  }),
  output: v.array(PromptView),
});

export const promptsGet = operation({
  name: "prompts.get",
  summary: "One prompt, and what became of it",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/prompts/{id}",
  words: ["id"],
  input: v.object({
    id: PromptRef,
    wait_ms: v.optional(
      v.pipe(
        IntegerText,
        v.minValue(0),
        v.maxValue(600_000),
        v.description("how long to wait until it does not wait any more; 0 answers at once"),
        forPrograms(),
      ),
      0,
    ),
  }),
  output: PromptView,
});

export const promptsEdit = operation({
  name: "prompts.edit",
  summary: "Give a prompt that waits another text",
  role: "operator",
  kind: "change",
  method: "PUT",
  path: "/prompts/{id}",
  words: ["id", "text…"],
  input: v.object({ id: PromptRef, text: v.pipe(Prompt, v.description("what it says from now on")) }),
  output: PromptView,
  audited: { target: "id" },
});

export const promptsMove = operation({
  name: "prompts.move",
  summary: "Put a prompt that waits at another place of its session's list",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/prompts/{id}/move",
  words: ["id", "place"],
  input: v.object({
    id: PromptRef,
    place: v.pipe(
      IntegerText,
      v.minValue(1),
      v.maxValue(100_000),
      v.description("at which place: 1 is sent next, and whatever is behind the last one is the last"),
    ),
  }),
  output: PromptView,
  audited: { target: "id", plain: ["place"] },
});

export const promptsCancel = operation({
  name: "prompts.cancel",
  summary: "Take a prompt back that waits",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/prompts/{id}/cancel",
  words: ["id"],
  input: v.object({ id: PromptRef }),
  output: PromptView,
  audited: { target: "id" },
});

export const promptsSwitch = operation({
  name: "prompts.switch",
  summary: "Have a prompt that waits delivered in the other way: steer sends it now",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/prompts/{id}/switch",
  words: ["id", "delivery"],
  input: v.object({
    id: PromptRef,
    delivery: v.pipe(Delivery, v.description("`steer`: now, into the turn that runs; `queue`: when that turn is over")),
    anyway: v.optional(v.pipe(SwitchText, v.description("also while its session waits for a person")), false),
  }),
  output: PromptView,
  audited: { target: "id", plain: ["delivery", "anyway"] },
});
