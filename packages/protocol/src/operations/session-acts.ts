import * as v from "valibot";
import { LongText, Word } from "../bounds.ts";
import { DeadlineMs, NodeRef, SessionRef, StandingDeadlineMs, WaitMs } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";
import { CommandReply } from "./sessions.ts";

const Prompt = v.pipe(LongText, v.minLength(1, "an empty prompt"));
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
    wait_ms: WaitMs,
    deadline_ms: DeadlineMs,
  }),
  output: CommandReply,
  audited: { target: "project", plain: ["node", "model", "agent", "wait_ms", "deadline_ms"] },
});

export const sessionsPrompt = operation({
  name: "sessions.prompt",
  summary: "Send a prompt to a session; while it is busy the prompt waits its turn",
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
    wait_ms: WaitMs,
    deadline_ms: DeadlineMs,
  }),
  output: CommandReply,
  audited: { target: "ref", plain: ["model", "agent", "wait_ms", "deadline_ms"] },
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

export const sessionsKill = operation({
  name: "sessions.kill",
  summary: "Stop a session and its children for good; the history stays",
  role: "operator",
  kind: "change",
  method: "POST",
  path: "/sessions/{ref}/kill",
  words: ["ref"],
  input: v.object({ ref: SessionRef, wait_ms: WaitMs, deadline_ms: StandingDeadlineMs }),
  output: CommandReply,
  audited: { target: "ref", plain: ["wait_ms", "deadline_ms"] },
});
