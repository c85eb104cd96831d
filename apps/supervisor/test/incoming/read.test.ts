import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readGeneric } from "../../src/capabilities/incoming/domain/read-generic.ts";
import { readGithub } from "../../src/capabilities/incoming/domain/read-github.ts";
import { readGitlab } from "../../src/capabilities/incoming/domain/read-gitlab.ts";
import * as told from "./payloads.ts";

describe("what GitHub tells", () => {
  it.each([
    ["issues", told.labeled, { event: "issues.labeled", thing: "issue/7", labels: ["agent"], standing: "member" }],
    ["issues", told.opened, { event: "issues.opened", thing: "issue/7", standing: "stranger" }],
    [
      "issue_comment",
      told.commented,
      { event: "issue_comment.created", thing: "issue/7", comment: "/agent try again", standing: "member" },
    ],
    [
      "workflow_run",
      told.workflow,
      { event: "workflow_run.completed", thing: "branch/main", branch: "main", isAutomatic: true },
    ],
    ["check_run", told.check, { event: "check_run.completed", thing: "branch/main", isAutomatic: true }],
  ])("is read: %s", (event, body, happening) => {
    expect(readGithub(event, body)).toMatchObject({
      kind: "happening",
      happening: { repository: "octo/web", person: "octocat", isBot: false, ...happening },
    });
  });

  it("says where its answer is written: under the issue, or at the commit", () => {
    expect(readGithub("issues", told.labeled)).toMatchObject({
      happening: { answerAt: { kind: "comment", path: "repos/octo/web/issues/7/comments" } },
    });
    expect(readGithub("workflow_run", told.workflow)).toMatchObject({
      happening: { answerAt: { kind: "status", repository: "octo/web", sha: told.workflow.workflow_run.head_sha } },
    });
  });

  it.each([
    ["OWNER", "member"],
    ["MEMBER", "member"],
    ["COLLABORATOR", "member"],
    ["CONTRIBUTOR", "stranger"],
    ["FIRST_TIMER", "stranger"],
    ["NONE", "stranger"],
    ["constructor", "stranger"],
  ])("says of the author of a comment who is %s: %s", (association, standing) => {
    const comment = { ...told.commented.comment, author_association: association };
    expect(readGithub("issue_comment", { ...told.commented, comment })).toMatchObject({ happening: { standing } });
  });

  const run = told.workflow.workflow_run;
  it.each([
    ["our own answer", "issue_comment", withComment({ body: "<!-- hal-o-swarm:arr_1 -->\n/agent" }), /answer of ours/],
    ["a comment of a program", "issue_comment", withComment({ user: { login: "ci[bot]", type: "Bot" } }), /program/],
    ["a comment that was edited", "issue_comment", { ...told.commented, action: "edited" }, /issue_comment\.edited/],
    ["a run that went well", "workflow_run", withRun({ conclusion: "success" }), /did not fail: success/],
    ["a run that somebody stopped", "workflow_run", withRun({ conclusion: "cancelled" }), /did not fail/],
    ["a run for a fork", "workflow_run", withRun({ head_repository: { full_name: "evil/web" } }), /fork/],
    ["a run of nobody knows what", "workflow_run", withRun({ head_repository: null }), /fork/],
    ["a check for a fork", "check_run", withCheck({ check_suite: { head_branch: null } }), /no branch/],
    ["a run that begins", "workflow_run", { ...told.workflow, action: "requested" }, /workflow_run\.requested/],
    ["an event that no rule is about", "push", {}, /no rule is about such events/],
    ["a repository whose name is a path", "issues", at("../x"), /does not say/],
    ["a repository whose name ends as a path", "issues", at("octo/.."), /does not say/],
    ["something else than it should be", "issues", [], /does not say/],
  ])("is nothing: %s", (_, event, body, reason) => {
    expect(readGithub(event, body)).toEqual({ kind: "nothing", reason: expect.stringMatching(reason) });
  });

  function at(name: string): object {
    return { ...told.labeled, repository: { full_name: name } };
  }
  function withComment(change: object): object {
    return { ...told.commented, comment: { ...told.commented.comment, ...change } };
  }
  function withRun(change: object): object {
    return { ...told.workflow, workflow_run: { ...run, ...change } };
  }
  function withCheck(change: object): object {
    return { ...told.check, check_run: { ...told.check.check_run, ...change } };
  }
});

describe("what GitLab tells", () => {
  it.each([
    [told.gitlabLabeled, { event: "issue.labeled", thing: "issue/7", labels: ["agent"] }],
    [told.gitlabNote, { event: "note.created", thing: "issue/7", standing: "unknown", comment: "/agent try again" }],
    [told.gitlabPipeline, { event: "pipeline.failed", thing: "branch/main", isAutomatic: true }],
  ])("is read", (body, happening) => {
    expect(readGitlab(body)).toMatchObject({
      kind: "happening",
      happening: { repository: "octo/group/web", person: "octocat", ...happening },
    });
  });

  it("says of a label that was there before nothing, and of an issue that is opened with one that it has it", () => {
    const same = { labels: { previous: [{ title: "agent" }], current: [{ title: "agent" }] } };
    expect(readGitlab({ ...told.gitlabLabeled, changes: same })).toMatchObject({ kind: "nothing" });
    const { object_attributes: about } = told.gitlabLabeled;
    const body = {
      ...told.gitlabLabeled,
      changes: {},
      labels: [{ title: "agent" }],
      object_attributes: { ...about, action: "open" },
    };
    expect(readGitlab(body)).toMatchObject({ happening: { labels: ["agent"] } });
  });

  it.each([
    ["a pipeline that went well", { status: "success" }, /did not fail/],
    ["a pipeline of a tag", { tag: true }, /tag/],
    ["a pipeline of a merge request", { source: "merge_request_event" }, /merge request/],
  ])("is nothing: %s", (_, change, reason) => {
    const body = { ...told.gitlabPipeline, object_attributes: { ...told.gitlabPipeline.object_attributes, ...change } };
    expect(readGitlab(body)).toEqual({ kind: "nothing", reason: expect.stringMatching(reason) });
  });

  it.each(["project_12_bot", "project_12_bot_a1b2", "group_3_bot", "ghost", "support-bot"])(
    "knows %s for a program",
    (username) => {
      expect(readGitlab({ ...told.gitlabLabeled, user: { username } })).toMatchObject({ happening: { isBot: true } });
    },
  );

  it("knows its own answers", () => {
    const { object_attributes: note } = told.gitlabNote;
    const body = { ...told.gitlabNote, object_attributes: { ...note, note: "<!-- hal-o-swarm:arr_1 -->" } };
    expect(readGitlab(body)).toMatchObject({ kind: "nothing", reason: expect.stringContaining("ours") });
  });
});

it("whatever anybody sends is read or is nothing, and nothing throws", () => {
  const events = fc.constantFrom("issues", "issue_comment", "workflow_run", "check_run", "pull_request", "constructor");
  fc.assert(
    fc.property(events, fc.jsonValue(), fc.jsonValue(), (event, body, inner) => {
      const shaped = { ...told.labeled, object_kind: "issue", comment: inner };
      for (const one of [body, { ...shaped, issue: inner }, { ...shaped, sender: inner }])
        expect([readGithub(event, one), readGitlab(one), readGeneric("n8n", "1", one)].map(({ kind }) => kind)).toEqual(
          expect.arrayContaining([expect.stringMatching(/^(happening|nothing)$/)]),
        );
    }),
  );
});
