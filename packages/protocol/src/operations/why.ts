import * as v from "valibot";
import { Word } from "../bounds.ts";
import { Time } from "./fields.ts";
import { operation } from "./operation.ts";
import { refers } from "./references.ts";

/** One fact that bears on the question. */
export const Finding = v.object({
  topic: v.picklist([
    "hold",
    "budget",
    "node",
    "agent",
    "opencode",
    "project",
    "session",
    "turn",
    "interaction",
    "command",
    "schedule",
    "arrival",
    "provider",
    "policy",
    "inbox",
    "gap",
    "event",
  ]),
  level: v.pipe(
    v.picklist(["fine", "note", "problem"]),
    v.description("`problem`: somebody has to do something, or nothing goes on"),
  ),
  text: v.string(),
  since: v.pipe(v.nullable(Time), v.description("since when, or when; null where that is not known")),
});
export type Finding = v.InferOutput<typeof Finding>;

/** Why something is as it is: an answer in one sentence, the facts it comes from, and what can be done. */
export const WhyView = v.object({
  subject: v.object({
    kind: v.picklist(["session", "node", "project", "schedule", "command", "arrival"]),
    id: v.string(),
    name: v.string(),
  }),
  status: v.string(),
  answer: v.string(),
  findings: v.array(Finding),
  next: v.array(v.object({ command: v.string(), purpose: v.string() })),
});
export type WhyView = v.InferOutput<typeof WhyView>;

export const whyGet = operation({
  name: "why.get",
  summary: "Why a session, a node, a project, a schedule, a command or an arrival is as it is, and what to do about it",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/why/{ref}",
  words: ["ref"],
  input: v.object({
    ref: v.pipe(
      Word,
      v.minLength(1, "say which session, node, project, schedule, command or arrival"),
      v.description(
        "a session or a node, by id, prefix or name, a project, which means its current session where it has one, a schedule by its name, or a command or an arrival by its id",
      ),
      refers("session", "project", "node", "schedule", "command"),
      v.examples(["my-project"]),
    ),
    kind: v.optional(
      v.pipe(
        v.picklist(["session", "node", "schedule", "command", "arrival"]),
        v.description("which is meant, for a name that several have"),
      ),
    ),
  }),
  output: WhyView,
});
