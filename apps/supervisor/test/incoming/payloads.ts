/** What GitHub says of things, as far as anybody here goes by it. */
const SHA = "1f2e3d4c5b6a79880716253443526170aabbccdd";
const REPOSITORY = { full_name: "octo/web" };
const OCTOCAT = { login: "octocat", type: "User" };

export const issue = {
  number: 7,
  title: "It breaks",
  body: "When I press it, it breaks.",
  author_association: "NONE",
  html_url: "https://forge.example/octo/web/issues/7",
  created_at: "2026-01-02T03:04:05Z",
  updated_at: "2026-01-02T03:04:06Z",
};
export const labeled = { action: "labeled", repository: REPOSITORY, sender: OCTOCAT, issue, label: { name: "agent" } };
export const opened = { action: "opened", repository: REPOSITORY, sender: OCTOCAT, issue };
export const commented = {
  action: "created",
  repository: REPOSITORY,
  sender: OCTOCAT,
  issue,
  comment: {
    body: "/agent try again",
    author_association: "MEMBER",
    created_at: "2026-01-02T03:05:00Z",
    user: OCTOCAT,
  },
};
export const workflow = {
  action: "completed",
  repository: REPOSITORY,
  sender: OCTOCAT,
  workflow_run: {
    name: "tests",
    conclusion: "failure",
    head_branch: "main",
    head_sha: SHA,
    html_url: "https://forge.example/runs/1",
    updated_at: "2026-01-02T03:06:00Z",
    head_repository: REPOSITORY,
  },
};
export const check = {
  action: "completed",
  repository: REPOSITORY,
  sender: OCTOCAT,
  check_run: {
    name: "lint",
    conclusion: "timed_out",
    head_sha: SHA,
    html_url: "",
    completed_at: "2026-01-02T03:06:00Z",
    check_suite: { head_branch: "main" },
    output: { title: "Too slow", summary: null },
  },
};

const PROJECT = { id: 12, path_with_namespace: "octo/group/web" };
const USER = { username: "octocat" };
export const gitlabLabeled = {
  object_kind: "issue",
  user: USER,
  project: PROJECT,
  object_attributes: { iid: 7, title: "It breaks", description: "It does.", url: "", action: "update" },
  changes: { labels: { previous: [{ title: "bug" }], current: [{ title: "bug" }, { title: "agent" }] } },
};
export const gitlabNote = {
  object_kind: "note",
  user: USER,
  project: PROJECT,
  object_attributes: { note: "/agent try again", noteable_type: "Issue", created_at: "2026-01-02 03:05:00 UTC" },
  issue: { iid: 7, title: "It breaks" },
};
export const gitlabPipeline = {
  object_kind: "pipeline",
  user: USER,
  project: PROJECT,
  object_attributes: { id: 3, ref: "main", tag: false, sha: SHA, status: "failed", source: "push" },
  builds: [
    { name: "unit", stage: "test", status: "failed" },
    { name: "lint", stage: "test", status: "success" },
  ],
};
