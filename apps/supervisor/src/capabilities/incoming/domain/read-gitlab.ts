import { entryOf } from "@hal/protocol/text";
import * as v from "valibot";
import { type AnswerPlace, type Happening, nothing, type Read, type Words } from "./happening.ts";
import { isOurs } from "./marker.ts";

const Whole = v.pipe(v.number(), v.integer(), v.minValue(1));
const Texts = v.optional(v.nullable(v.string()), "");
const Label = v.object({ title: v.string() });
const Common = {
  user: v.object({ username: v.string() }),
  project: v.object({ id: Whole, path_with_namespace: v.pipe(v.string(), v.regex(/^[\w.-]+(\/[\w.-]+)+$/)) }),
};
const About = {
  iid: Whole,
  title: v.string(),
  description: Texts,
  url: Texts,
  created_at: Texts,
  updated_at: Texts,
};

const Labeled = v.object({
  ...Common,
  object_attributes: v.object({ ...About, action: v.optional(v.string(), "") }),
  changes: v.optional(
    v.object({
      labels: v.optional(
        v.object({ previous: v.optional(v.array(Label), []), current: v.optional(v.array(Label), []) }),
      ),
    }),
    {},
  ),
  labels: v.optional(v.array(Label), []),
});
const Noted = v.object({ iid: Whole, title: v.string(), source_branch: v.optional(v.string()) });
const Note = v.object({
  ...Common,
  object_attributes: v.object({
    note: Texts,
    noteable_type: v.string(),
    action: v.optional(v.string(), "create"),
    created_at: Texts,
    url: Texts,
    system: v.optional(v.boolean(), false),
  }),
  issue: v.optional(Noted),
  merge_request: v.optional(Noted),
});
const Pipeline = v.object({
  ...Common,
  object_attributes: v.object({
    id: Whole,
    ref: v.string(),
    tag: v.optional(v.boolean(), false),
    sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/)),
    status: v.string(),
    source: v.optional(v.string(), ""),
    finished_at: Texts,
    url: Texts,
  }),
  builds: v.optional(
    v.array(v.object({ name: v.string(), stage: v.optional(v.string(), ""), status: v.string() })),
    [],
  ),
});

/** What GitLab told by a webhook. It does not say who belongs to a project, so a comment counts where a rule names its author. Pure. */
export function readGitlab(body: unknown): Read {
  const kind = v.safeParse(v.object({ object_kind: v.string() }), body);
  if (!kind.success) return nothing("it does not say what it is about");
  switch (kind.output.object_kind) {
    case "issue":
      return read(Labeled, body, (told) => ofLabels(told, "issue"));
    case "merge_request":
      return read(Labeled, body, (told) => ofLabels(told, "merge_request"));
    case "note":
      return read(Note, body, ofNote);
    case "pipeline":
      return read(Pipeline, body, ofPipeline);
    default:
      return nothing("no rule is about such events");
  }
}

function read<S extends v.GenericSchema>(schema: S, body: unknown, make: (told: v.InferOutput<S>) => Read): Read {
  const parsed = v.safeParse(schema, body);
  return parsed.success ? make(parsed.output) : nothing("it does not say what such an event says");
}

type Noun = "issue" | "merge_request";
const PLACES = { issue: "issues", merge_request: "merge_requests" } as const;
const NOTED: Readonly<Record<string, Noun>> = { Issue: "issue", MergeRequest: "merge_request" };

/** Several labels may come at once; the rule looks whether its own is among them. */
function ofLabels(told: v.InferOutput<typeof Labeled>, noun: Noun): Read {
  const { object_attributes: about, changes, labels } = told;
  const before = new Set((changes.labels?.previous ?? []).map(({ title }) => title));
  const now = about.action === "open" ? labels : (changes.labels?.current ?? []);
  const added = now.map(({ title }) => title).filter((title) => !before.has(title));
  if (added.length === 0) return nothing("no label was put on it");
  return happened(told, {
    event: `${noun}.labeled`,
    thing: `${noun}/${about.iid}`,
    standing: "member",
    at: timeOf(about.updated_at),
    labels: added,
    isAutomatic: false,
    words: kept([
      { what: "title", text: about.title },
      { what: "address", text: about.url ?? "" },
      { what: "text", text: about.description ?? "" },
    ]),
    answerAt: noteAt(told, noun, { iid: about.iid, since: about.created_at }),
    body: told,
  });
}

function ofNote(told: v.InferOutput<typeof Note>): Read {
  const { object_attributes: note } = told;
  const noun = entryOf(NOTED, note.noteable_type);
  const on = noun === undefined ? undefined : told[noun];
  if (noun === undefined || on === undefined) return nothing("it is on neither an issue nor a merge request");
  if (note.action !== "create" || note.system) return nothing("it is no new comment of a person");
  const text = note.note ?? "";
  if (isOurs(text)) return nothing("it is an answer of ours");
  return happened(told, {
    event: "note.created",
    thing: `${noun}/${on.iid}`,
    standing: "unknown",
    at: timeOf(note.created_at),
    comment: text,
    isAutomatic: false,
    words: kept([
      { what: "title", text: on.title },
      { what: "address", text: note.url ?? "" },
      { what: "comment", text },
    ]),
    answerAt: noteAt(told, noun, { iid: on.iid, since: note.created_at }),
    body: told,
  });
}

function ofPipeline(told: v.InferOutput<typeof Pipeline>): Read {
  const { object_attributes: run, builds, project } = told;
  if (run.status !== "failed") return nothing(`it did not fail: ${run.status}`);
  if (run.tag) return nothing("it is of a tag, and of no branch");
  // such a pipeline may be of a fork, and its branch be called as one of ours
  if (run.source === "external_pull_request_event" || run.source === "merge_request_event")
    return nothing("it ran for a merge request, which anybody can make");
  const failed = builds.filter(({ status }) => status === "failed").map(({ name, stage }) => `${stage}: ${name}`);
  return happened(told, {
    event: "pipeline.failed",
    thing: `branch/${run.ref}`,
    branch: run.ref,
    standing: "member",
    at: timeOf(run.finished_at),
    isAutomatic: true,
    words: kept([
      { what: "failed", text: failed.join("\n") },
      { what: "branch", text: run.ref },
      { what: "commit", text: run.sha },
      { what: "address", text: run.url ?? "" },
    ]),
    answerAt: { kind: "status", repository: String(project.id), sha: run.sha },
    body: told,
  });
}

type Told = {
  readonly user: { readonly username: string };
  readonly project: { readonly id: number; readonly path_with_namespace: string };
};

function happened({ user, project }: Told, rest: Omit<Happening, "repository" | "person" | "isBot">): Read {
  const who = { repository: project.path_with_namespace, person: user.username, isBot: isBot(user.username) };
  return { kind: "happening", happening: { ...rest, ...who } };
}

/** GitLab calls the users of its access tokens so. */
function isBot(name: string): boolean {
  return /^(project|group)_\d+_bot(_|$)|^(support-bot|alert-bot|ghost)\d*$/i.test(name);
}

function kept(words: readonly Words[]): Words[] {
  return words.filter(({ text }) => text !== "");
}

function noteAt(
  { project }: Told,
  noun: Noun,
  { iid, since }: { readonly iid: number; readonly since: string | null },
): AnswerPlace {
  return { kind: "comment", path: `projects/${project.id}/${PLACES[noun]}/${iid}/notes`, since: since ?? "" };
}

/** GitLab writes `2026-01-02 03:04:05 UTC`, or as ISO 8601 has it. */
function timeOf(text: string | null): number | undefined {
  const time = Date.parse((text ?? "").replace(/^(\S+) (\S+) UTC$/, "$1T$2Z"));
  return Number.isNaN(time) ? undefined : time;
}
