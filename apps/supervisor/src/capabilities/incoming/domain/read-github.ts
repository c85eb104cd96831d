import * as v from "valibot";
import { type AnswerPlace, type Happening, nothing, type Read, type Standing, type Words } from "./happening.ts";
import { isOurs } from "./marker.ts";

const Person = v.object({ login: v.string(), type: v.optional(v.string(), "User") });
const Repository = v.object({ full_name: v.pipe(v.string(), v.regex(/^(?!\.+\/)[\w.-]+\/(?!\.+$)[\w.-]+$/)) });
const Number = v.pipe(v.number(), v.integer(), v.minValue(1));
const Texts = v.optional(v.nullable(v.string()), "");
const Time = v.optional(v.nullable(v.string()), null);

const Common = { action: v.string(), repository: Repository, sender: Person };
const Issue = v.object({
  number: Number,
  title: v.string(),
  body: Texts,
  author_association: v.optional(v.string(), "NONE"),
  html_url: v.optional(v.string(), ""),
  created_at: Time,
  updated_at: Time,
});

const Issues = v.object({ ...Common, issue: Issue, label: v.optional(v.object({ name: v.string() })) });
const PullRequest = v.object({ ...Common, pull_request: Issue, label: v.optional(v.object({ name: v.string() })) });
const IssueComment = v.object({
  ...Common,
  issue: Issue,
  comment: v.object({
    body: Texts,
    author_association: v.optional(v.string(), "NONE"),
    created_at: Time,
    user: Person,
  }),
});
const Run = {
  name: v.optional(v.nullable(v.string()), ""),
  conclusion: v.optional(v.nullable(v.string()), ""),
  head_sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{7,64}$/)),
  html_url: v.optional(v.nullable(v.string()), ""),
};
const WorkflowRun = v.object({
  ...Common,
  workflow_run: v.object({
    ...Run,
    head_branch: v.nullable(v.string()),
    updated_at: Time,
    head_repository: v.optional(v.nullable(Repository), null),
  }),
});
const CheckRun = v.object({
  ...Common,
  check_run: v.object({
    ...Run,
    completed_at: Time,
    check_suite: v.object({ head_branch: v.nullable(v.string()) }),
    output: v.optional(v.object({ title: Texts, summary: Texts })),
  }),
});

/** Who belongs to a repository, as GitHub says it of a comment or an issue. */
const MEMBERS: ReadonlySet<string> = new Set(["OWNER", "MEMBER", "COLLABORATOR"]);
/** Of a run, what is no success and not somebody's own doing. */
const FAILED: ReadonlySet<string> = new Set(["failure", "timed_out", "startup_failure"]);

/** What GitHub told by a webhook: `event` is what its header says. Pure. */
export function readGithub(event: string, body: unknown): Read {
  switch (event) {
    case "issues":
      return read(Issues, body, (told) => ofIssue(told, told.issue, "issues"));
    case "pull_request":
      return read(PullRequest, body, (told) => ofIssue(told, told.pull_request, "pull_request"));
    case "issue_comment":
      return read(IssueComment, body, ofComment);
    case "workflow_run":
      return read(WorkflowRun, body, ofWorkflow);
    case "check_run":
      return read(CheckRun, body, ofCheck);
    default:
      return nothing("no rule is about such events");
  }
}

function read<S extends v.GenericSchema>(schema: S, body: unknown, make: (told: v.InferOutput<S>) => Read): Read {
  const parsed = v.safeParse(schema, body);
  return parsed.success ? make(parsed.output) : nothing("it does not say what such an event says");
}

interface Told {
  readonly action: string;
  readonly repository: { readonly full_name: string };
  readonly sender: v.InferOutput<typeof Person>;
}

function ofIssue(
  told: Told & { readonly label?: { readonly name: string } | undefined },
  issue: v.InferOutput<typeof Issue>,
  noun: string,
): Read {
  const isLabeled = told.action === "labeled";
  if (!isLabeled && told.action !== "opened") return nothing(`no rule is about ${noun}.${told.action}`);
  return happened(told, {
    event: `${noun}.${told.action}`,
    thing: `issue/${issue.number}`,
    // whoever may label there belongs to the repository; to open an issue anybody may
    standing: isLabeled ? "member" : standingOf(issue.author_association),
    at: timeOf(issue.updated_at),
    labels: told.label === undefined ? [] : [told.label.name],
    isAutomatic: false,
    words: issueWords(issue),
    answerAt: commentAt(told, issue.number, issue.created_at),
    body: told,
  });
}

function ofComment(told: v.InferOutput<typeof IssueComment>): Read {
  const { comment, issue } = told;
  if (told.action !== "created") return nothing(`no rule is about issue_comment.${told.action}`);
  const text = comment.body ?? "";
  if (isOurs(text)) return nothing("it is an answer of ours");
  if (isBot(comment.user)) return nothing("a program wrote it");
  return happened(told, {
    event: "issue_comment.created",
    thing: `issue/${issue.number}`,
    standing: standingOf(comment.author_association),
    at: timeOf(comment.created_at),
    comment: text,
    isAutomatic: false,
    words: [
      { what: "title", text: issue.title },
      { what: "comment", text },
    ],
    answerAt: commentAt(told, issue.number, comment.created_at),
    body: told,
  });
}

function ofWorkflow(told: v.InferOutput<typeof WorkflowRun>): Read {
  const { workflow_run: run, repository } = told;
  if (told.action !== "completed") return nothing(`no rule is about workflow_run.${told.action}`);
  if (run.head_repository?.full_name !== repository.full_name)
    return nothing("it ran for a fork, which anybody can make");
  return ofRun(told, run, { event: "workflow_run.completed", branch: run.head_branch, at: run.updated_at, words: [] });
}

function ofCheck(told: v.InferOutput<typeof CheckRun>): Read {
  const { check_run: run } = told;
  if (told.action !== "completed") return nothing(`no rule is about check_run.${told.action}`);
  const words = [
    { what: "what it says", text: run.output?.title ?? "" },
    { what: "summary", text: run.output?.summary ?? "" },
  ];
  // of a fork GitHub names no branch
  return ofRun(told, run, {
    event: "check_run.completed",
    branch: run.check_suite.head_branch,
    at: run.completed_at,
    words,
  });
}

function ofRun(
  told: Told,
  run: { readonly [K in keyof typeof Run]: v.InferOutput<(typeof Run)[K]> },
  about: {
    readonly event: string;
    readonly branch: string | null;
    readonly at: string | null;
    readonly words: readonly Words[];
  },
): Read {
  const conclusion = run.conclusion ?? "";
  if (!FAILED.has(conclusion)) return nothing(`it did not fail: ${conclusion === "" ? "no conclusion" : conclusion}`);
  if (about.branch === null || about.branch === "") return nothing("it is of no branch of the repository");
  return happened(told, {
    event: about.event,
    thing: `branch/${about.branch}`,
    branch: about.branch,
    standing: "member",
    at: timeOf(about.at),
    isAutomatic: true,
    words: [
      { what: "failed", text: run.name ?? "" },
      { what: "conclusion", text: conclusion },
      { what: "branch", text: about.branch },
      { what: "commit", text: run.head_sha },
      { what: "address", text: run.html_url ?? "" },
      ...about.words,
    ].filter(({ text }) => text !== ""),
    answerAt: { kind: "status", repository: told.repository.full_name, sha: run.head_sha },
    body: told,
  });
}

function happened({ repository, sender }: Told, rest: Omit<Happening, "repository" | "person" | "isBot">): Read {
  const who = { repository: repository.full_name, person: sender.login, isBot: isBot(sender) };
  return { kind: "happening", happening: { ...rest, ...who } };
}

function isBot({ login, type }: v.InferOutput<typeof Person>): boolean {
  return type !== "User" || login.endsWith("[bot]");
}

function standingOf(association: string): Standing {
  return MEMBERS.has(association) ? "member" : "stranger";
}

function issueWords({ title, body, html_url: url }: v.InferOutput<typeof Issue>): Words[] {
  const words = [
    { what: "title", text: title },
    { what: "address", text: url },
    { what: "text", text: body ?? "" },
  ];
  return words.filter(({ text }) => text !== "");
}

function commentAt({ repository }: Told, number: number, since: string | null): AnswerPlace {
  return { kind: "comment", path: `repos/${repository.full_name}/issues/${number}/comments`, since: since ?? "" };
}

function timeOf(text: string | null): number | undefined {
  const time = Date.parse(text ?? "");
  return globalThis.Number.isNaN(time) ? undefined : time;
}
