import * as v from "valibot";
import { list, LongText, Word } from "../bounds.ts";
import { AnswerFormat, DEFAULT_HANDOVER_MS, GivenFile, LONGEST_HANDOVER_MS, MOST_FILES } from "../commands.ts";
import { DeadlineMs, IntegerText, NodeRef, SessionRef, StandingDeadlineMs, SwitchText, WaitMs } from "./fields.ts";
import { operation } from "./operation.ts";
import { Delivery, FileView, Prompt, PromptView } from "./prompts.ts";
import { forPrograms, refers } from "./references.ts";
import { CommandReply } from "./sessions.ts";

const Format = v.optional(
  v.pipe(AnswerFormat, v.description("the shape that the answer is to have, as JSON Schema"), forPrograms()),
);
const Model = v.pipe(
  Word,
  v.regex(/^[^/\s]+\/\S+$/, "a model is written provider/model"),
  v.description("the model, as `provider/model`"),
);
const Agent = v.pipe(Word, v.description("an agent of opencode, such as `build` or `plan`"));

export const sessionsStart = operation({
  name: "sessions.start",
  summary: "Start a session in a project, with a first prompt if there is one",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions",
  words: ["project", "prompt…"],
  input: v.object({
    project: v.pipe(
      Word,
      v.minLength(1, "say in which project"),
      v.description("a project name, or `node/project` where several nodes have it"),
      v.examples(["my-project"]),
      refers("project"),
    ),
    node: v.optional(
      v.pipe(
        NodeRef,
        v.description("which node, where several have the project: an id, a unique prefix or a host name"),
      ),
    ),
    prompt: v.optional(v.pipe(Prompt, v.description("the first prompt"))),
    title: v.optional(v.pipe(LongText, v.description("what it is called; made from the prompt where it is not said"))),
    model: v.optional(Model),
    agent: v.optional(Agent),
    parallel: v.optional(
      v.pipe(
        SwitchText,
        v.description(
          "also where another one is active: in a git worktree of its own, which is removed when the session has ended, unless something in it is not committed",
        ),
      ),
      false,
    ),
    format: Format,
    wait_ms: WaitMs,
    deadline_ms: DeadlineMs,
  }),
  output: CommandReply,
  audited: { target: "project", plain: ["node", "model", "agent", "parallel", "wait_ms", "deadline_ms"] },
});

/** The command that was made, or the prompt that waits to become one. */
export const PromptReply = v.object({
  ...CommandReply.entries,
  command: v.pipe(
    v.nullable(CommandReply.entries.command),
    v.description("null while the prompt waits, which only one with `delivery` does"),
  ),
  prompt: v.optional(
    v.pipe(v.nullable(PromptView), v.description("where `delivery` was said: what became of it so far")),
    null,
  ),
  untaken: v.optional(
    v.pipe(
      v.array(v.object({ ...FileView.entries, reason: v.string() })),
      v.description("files that do not go with it, and why"),
    ),
    [],
  ),
});
export type PromptReply = v.InferOutput<typeof PromptReply>;

export const sessionsPrompt = operation({
  name: "sessions.prompt",
  summary: "Give a session a prompt: into the turn that runs, or to wait until it is over",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions/{ref}/prompt",
  words: ["ref", "text…"],
  input: v.object({
    ref: SessionRef,
    text: v.pipe(Prompt, v.description("the prompt"), v.examples(["run the tests and mend what fails"])),
    model: v.optional(Model),
    agent: v.optional(Agent),
    files: v.optional(
      v.pipe(
        list(GivenFile, MOST_FILES),
        v.description(
          "files that go with it, in base64: text in the prompt itself, others where the model takes them; `untaken` of the answer names those that do not",
        ),
        forPrograms(),
      ),
    ),
    delivery: v.optional(
      v.pipe(
        Delivery,
        v.description(
          "`queue`: when the turn that runs is over, and at once where none runs; `steer`: now, into the turn that runs; either waits for a node that is away. Without it the prompt is sent at once",
        ),
        forPrograms(),
      ),
    ),
    anyway: v.optional(
      v.pipe(SwitchText, v.description("also to a session that waits for a person, which refuses it otherwise")),
      false,
    ),
    format: Format,
    wait_ms: WaitMs,
    deadline_ms: DeadlineMs,
  }),
  output: PromptReply,
  audited: { target: "ref", plain: ["model", "agent", "delivery", "anyway", "wait_ms", "deadline_ms"] },
});

export const sessionsAbort = operation({
  name: "sessions.abort",
  summary: "Stop what a session is doing; it stays and takes prompts",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions/{ref}/abort",
  words: ["ref"],
  input: v.object({ ref: SessionRef, wait_ms: WaitMs, deadline_ms: StandingDeadlineMs }),
  output: CommandReply,
  audited: { target: "ref", plain: ["wait_ms", "deadline_ms"] },
});

export const sessionsResume = operation({
  name: "sessions.resume",
  summary: "Have a session that rests or failed go on, by what policies tell such a one",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions/{ref}/resume",
  words: ["ref"],
  input: v.object({ ref: SessionRef, wait_ms: WaitMs, deadline_ms: DeadlineMs }),
  output: CommandReply,
  audited: { target: "ref", plain: ["wait_ms", "deadline_ms"] },
});

export const sessionsRestart = operation({
  name: "sessions.restart",
  summary: "End a session and begin it anew from what its agent writes down first; the new one continues it",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions/{ref}/restart",
  words: ["ref"],
  input: v.object({
    ref: SessionRef,
    plain: v.optional(v.pipe(SwitchText, v.description("at once: its agent writes nothing down before")), false),
    timeout_seconds: v.optional(
      v.pipe(
        IntegerText,
        v.minValue(1),
        v.maxValue(LONGEST_HANDOVER_MS / 1_000),
        v.description("how long its agent may take to write down where it stands; then it is ended all the same"),
        forPrograms(),
      ),
      DEFAULT_HANDOVER_MS / 1_000,
    ),
    prompt: v.optional(
      v.pipe(Prompt, v.description("what the new session is told, in place of going on from what was written down")),
    ),
    wait_ms: WaitMs,
    deadline_ms: DeadlineMs,
  }),
  output: CommandReply,
  audited: { target: "ref", plain: ["plain", "timeout_seconds", "wait_ms", "deadline_ms"] },
});

export const sessionsKill = operation({
  name: "sessions.kill",
  summary: "Stop a session and its children for good; the history stays, unless it is purged",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions/{ref}/kill",
  words: ["ref"],
  input: v.object({
    ref: SessionRef,
    purge: v.optional(
      v.pipe(SwitchText, v.description("delete its history in opencode, too; it cannot be brought back")),
      false,
    ),
    wait_ms: WaitMs,
    deadline_ms: StandingDeadlineMs,
  }),
  output: CommandReply,
  audited: { target: "ref", plain: ["purge", "wait_ms", "deadline_ms"] },
});
