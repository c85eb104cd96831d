import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import type { AuditView, CommandView, PromptView, RepositoryView } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../support/until.ts";
import { workflow } from "./payloads.ts";
import { IncomingStage, SECRET } from "./stage.ts";

const HOUR = 3_600_000;

let stage: IncomingStage;
afterEach(() => stage[Symbol.asyncDispose]());

async function open(incoming: object = {}, sections: object = {}): Promise<void> {
  stage = await IncomingStage.open(incoming, sections);
  await stage.come();
}

const starts = async (): Promise<CommandView[]> =>
  (await stage.get<CommandView[]>("/commands")).filter(({ type }) => type === "session.start");

// I32
describe("an issue with its label", () => {
  it("has one session, however often, by whichever id and however many at a time it is told", async () => {
    await open();
    const body = stage.labels();
    const first = await stage.github.deliver("issues", body, { id: "d1" });
    expect([first.status, first.body]).toMatchObject([202, { data: { state: "accepted" } }]);
    const again = await Promise.all([
      stage.github.redeliver("d1"),
      stage.github.redeliver("d1"),
      // somebody who read the request sends it under another id, which nothing signs
      stage.github.deliver("issues", body, { id: "d2" }),
    ]);
    expect(again.map(({ status, body: { data } }) => [status, data])).toEqual(
      again.map(() => [200, expect.objectContaining({ state: "known" })]),
    );
    const args = await stage.starts("ses_one");
    expect(args["prompt"]).toMatch(/^Mend it\.\n\nWhat follows came from GitHub\.[^]+```text\n[^]+When I press it/);
    await stage.reach("started");
    expect(await starts()).toMatchObject([{ actor: "github:octocat" }]);
  });

  it("has one session where a dozen different events of it come at once", async () => {
    await open();
    const all = Array.from({ length: 12 }, (_, index) => stage.comments(`/agent number ${index}`));
    await Promise.all(all.map((body) => stage.github.deliver("issue_comment", body)));
    await stage.starts("ses_one");
    await stage.reach("started", ...Array.from({ length: 11 }, () => "prompted"));
    expect(await starts()).toHaveLength(1);
    expect(await stage.get<PromptView[]>("/prompts?all=true")).toHaveLength(11);
  });

  it("is acknowledged when it is in the database, and begun after a restart", async () => {
    stage = await IncomingStage.open();
    const { status } = await stage.github.deliver("issues", stage.labels());
    expect(status).toBe(202);
    await stage.reach("waiting");
    await stage.restart();
    await stage.come();
    stage.clock.ms += HOUR;
    await stage.starts("ses_one");
    await stage.reach("started");
    await stage.restart();
    await stage.reach("started");
    expect(await starts()).toHaveLength(1);
  });

  it("has its answer written also where the session rested before it was known to be its session", async () => {
    await open();
    await stage.github.deliver("issues", stage.labels());
    const { id } = await stage.asked("session.start");
    const at = { createdAt: stage.clock.ms, state: "complete" };
    await stage.tell(
      "ses_one",
      ["session.started", { title: "t", createdAt: stage.clock.ms, updatedAt: stage.clock.ms }],
      ["session.message", { ...at, messageId: "m1", role: "user", text: "mend it" }],
      ["session.message", { ...at, messageId: "m2", parentId: "m1", role: "assistant", text: "It was a slip." }],
      ["session.idle", { turn: "finished" }],
      ["command.succeeded", { commandId: id, output: { sessionId: "ses_one", messageId: "m1" } }],
    );
    await until(async () => expect(await stage.arrivals()).toMatchObject([{ answer: "written" }]));
    expect(stage.github.comments.map(({ body }) => body)).toEqual([expect.stringContaining("\nIt was a slip.")]);
  });

  it("has its answer written under it once, though what it is told in was cut off, and nobody is called by it", async () => {
    await open();
    await stage.github.deliver("issues", stage.labels());
    await stage.starts("ses_one");
    const [one] = await stage.reach("started");
    // it is written, and nobody hears that
    stage.github.edge.failNext("drop");
    await stage.answers("ses_one", "ses_one_m1", "Done, @octocat: it was a slip.");
    await until(async () =>
      expect(await stage.arrivals()).toMatchObject([
        { answer: "due", answer_reason: expect.stringContaining("reached") },
      ]),
    );
    expect(stage.github.comments).toHaveLength(1);
    stage.clock.ms += HOUR;
    await stage.restart();
    await until(async () => expect(await stage.arrivals()).toMatchObject([{ answer: "written" }]));
    expect(stage.github.comments.map(({ on, body }) => [on, body])).toEqual([
      ["octo/web#7", `<!-- hal-o-swarm:${one?.id} -->\nDone, @\u200Boctocat: it was a slip.`],
    ]);
    expect(stage.github.edge.record.map(({ method }) => method)).toEqual(["POST", "GET"]);
  });
});

describe("a comment", () => {
  it("prompts the session that works at the issue, also the one that went on from it", async () => {
    await open();
    await stage.github.deliver("issues", stage.labels());
    await stage.starts("ses_one");
    await stage.reach("started");
    await stage.answers("ses_one", "ses_one_m1", "done");
    await stage.github.deliver("issue_comment", stage.comments("/agent and the other one"));
    const { sessionId, text } = await stage.takes("ses_one", "m2");
    expect([sessionId, text]).toEqual(["ses_one", expect.stringContaining("/agent and the other one")]);
    await stage.answers("ses_one", "m2", "done, too");
    const about = { title: "t", createdAt: stage.clock.ms, updatedAt: stage.clock.ms };
    await stage.tell("ses_two", ["session.started", { ...about, continues: "ses_one" }], ["session.idle"]);
    await stage.tell("ses_one", ["session.ended", { reason: "killed", continuedBy: "ses_two" }]);
    await stage.github.deliver("issue_comment", stage.comments("/agent once more"));
    expect((await stage.takes("ses_two", "m3"))["sessionId"]).toBe("ses_two");
    await stage.answers("ses_two", "m3", "once more");
    await stage.reach("started", "prompted", "prompted");
    await until(() => expect(stage.github.comments).toHaveLength(3));
    expect(stage.github.comments.map(({ body }) => body.split("\n")[1])).toEqual(["done", "done, too", "once more"]);
    expect(await starts()).toHaveLength(1);
  });

  it("counts only by whoever belongs there, and never by a program or by ourselves", async () => {
    await open();
    const told = await Promise.all([
      stage.github.deliver("issue_comment", stage.comments("/agent", 1, { author_association: "NONE" })),
      stage.github.deliver("issue_comment", stage.comments("/agent", 2, { author_association: "CONTRIBUTOR" })),
      stage.github.deliver("issue_comment", stage.comments("/agent", 3, { user: { login: "x[bot]", type: "Bot" } })),
      stage.github.deliver("issue_comment", stage.comments("/agent\n<!-- hal-o-swarm:arr_1 -->", 4)),
      stage.github.deliver("issue_comment", stage.comments("please, /agent", 5)),
    ]);
    expect(told.map(({ status, body: { data } }) => [status, data])).toEqual(
      told.map(() => [200, { state: "ignored", reason: expect.any(String) }]),
    );
    expect(await stage.arrivals()).toEqual([]);
    expect(await starts()).toEqual([]);
  });
});

describe("a request that is not by whoever it says", () => {
  const body = (): object => stage.labels();
  it.each<[string, () => Promise<{ status: number }>, number]>([
    ["another secret", () => stage.github.deliver("issues", body(), { secret: "guessed" }), 403],
    ["another body", () => stage.github.deliver("issues", body(), { body: "{}" }), 403],
    ["no signature", () => stage.github.deliver("issues", body(), { headers: { "x-hub-signature-256": "" } }), 403],
    [
      "an older kind of signature",
      () => stage.github.deliver("issues", body(), { headers: { "x-hub-signature-256": "sha1=00" } }),
      403,
    ],
    ["no id", () => stage.github.deliver("issues", body(), { headers: { "x-github-delivery": "" } }), 400],
    [
      "a form",
      () =>
        stage.github.deliver("issues", body(), { headers: { "content-type": "application/x-www-form-urlencoded" } }),
      400,
    ],
    ["what happened days ago", () => stage.github.deliver("issues", stage.labels(7, OLD)), 200],
  ])("does nothing: %s", async (_, deliver, status) => {
    await open();
    expect((await deliver()).status).toBe(status);
    expect(await stage.arrivals()).toEqual([]);
    expect(await starts()).toEqual([]);
  });
  const OLD = { issue: { number: 7, title: "t", body: "b", updated_at: "2020-01-02T03:04:05Z", created_at: null } };

  it("is cut off where it is too much, before it was read", async () => {
    await open();
    const headers = { "content-type": "application/json", "content-length": "1048577" };
    const asked = request(`${url()}/incoming/github`, { method: "POST", headers });
    asked.on("error", () => undefined).flushHeaders();
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    expect(response.statusCode).toBe(413);
    asked.destroy();
  });

  it("is in the audit, without what it said", async () => {
    await open();
    await stage.github.deliver("issues", body(), { secret: "guessed" });
    const found = await until(async () => {
      const refused = (await stage.get<AuditView[]>("/audit")).filter(({ action }) => action === "incoming");
      expect(refused).not.toEqual([]);
      return refused;
    });
    expect(found).toMatchObject([
      { actor: "github", surface: "webhook", result: "refused", reason: expect.stringContaining("signature") },
    ]);
    expect(JSON.stringify(found)).not.toContain(SECRET);
  });

  it("finds nothing where there is no secret, and the start says so", async () => {
    await open({ github: { rules: [] } });
    const { status } = await stage.github.deliver("issues", body(), { secret: "" });
    expect(status).toBe(404);
    expect((await fetch(`${url()}/incoming/gitlab`, { method: "POST", body: "{}" })).status).toBe(404);
    expect((await fetch(`${url()}/incoming/generic/n8n`, { method: "POST", body: "{}" })).status).toBe(404);
  });
  const url = (): string => `http://127.0.0.1:${stage.stage.supervisor.httpPort}`;
});

describe("a repository that is off", () => {
  it("has nothing begun, at once and behind a restart, until it is on; what was refused stays refused", async () => {
    await open();
    const off = await stage.send<RepositoryView>("/incoming/off", { repository: "Octo/Web" });
    expect(off).toMatchObject({ state: "off", reason: expect.stringContaining("halctl incoming on Octo/Web") });
    const first = await stage.github.deliver("issues", stage.labels(), { id: "d1" });
    expect([first.status, first.body]).toMatchObject([403, { data: { state: "refused" } }]);
    await stage.restart();
    expect((await stage.github.deliver("issues", stage.labels(8))).status).toBe(403);
    expect(await stage.reach("refused", "refused")).toMatchObject([{ answer: "none" }, { answer: "none" }]);
    expect(await stage.send<RepositoryView>("/incoming/on", { repository: "octo/web" })).toMatchObject({ state: "on" });
    expect((await stage.github.redeliver("d1")).body).toMatchObject({ data: { state: "known" } });
    expect((await stage.github.deliver("issues", stage.labels(9))).status).toBe(202);
    await stage.starts("ses_one");
    await stage.reach("refused", "refused", "started");
    expect(await starts()).toHaveLength(1);
  });

  it("has what waits refused, and what was begun go on", async () => {
    stage = await IncomingStage.open();
    await stage.github.deliver("issues", stage.labels());
    await stage.reach("waiting");
    await stage.send("/incoming/off", { repository: "octo/web" });
    await stage.reach("refused");
    expect(await stage.get<RepositoryView[]>("/incoming/repositories")).toMatchObject([
      { repository: "octo/web", from: ["github"], state: "off", arrivals: 1 },
    ]);
  });

  it("is off by the configuration, too, from a reload on", async () => {
    await open();
    const written = stage.stage.written["incoming"] as { github: Record<string, unknown> };
    written.github = { ...written.github, enabled: false };
    await stage.stage.supervisor.reload();
    const { status, body } = await stage.github.deliver("issues", stage.labels());
    expect([status, body]).toMatchObject([403, { data: { reason: "incoming.github.enabled is false" } }]);
    expect(await stage.arrivals()).toEqual([]);
  });
});

describe("work that cannot begin", () => {
  it("is kept with its reason and tried again: a hold, and a session that is active already", async () => {
    await open();
    await stage.send("/sessions/stop-all", { project: "p1", wait_ms: 0, hold: true });
    await stage.github.deliver("issues", stage.labels());
    const waits = (reason: RegExp) =>
      until(async () =>
        expect(await stage.arrivals()).toMatchObject([{ state: "waiting", reason: expect.stringMatching(reason) }]),
      );
    await waits(/holds/);
    await stage.send("/sessions", { project: "p1", prompt: "something else", wait_ms: 0 });
    await stage.send("/holds/release", { all: true });
    await stage.starts("ses_one");
    await stage.reach("started");
    stage.clock.ms += HOUR;
    await stage.github.deliver("issues", stage.labels(8));
    await until(async () =>
      expect((await stage.arrivals())[1]).toMatchObject({
        state: "waiting",
        reason: expect.stringMatching(/has an active session, ses_one/),
      }),
    );
    await stage.tell("ses_one", ["session.idle", { turn: "finished" }]);
    await stage.starts("ses_two");
    await stage.reach("started", "started");
  });

  it("is asked of the node again under another key where its start failed there", async () => {
    await open();
    await stage.github.deliver("issues", stage.labels());
    const { id } = await stage.asked("session.start");
    const error = { code: "opencode_unavailable", message: "opencode is down" };
    await stage.tell("ses_none", ["command.failed", { commandId: id, error }]);
    await until(async () =>
      expect(await stage.arrivals()).toMatchObject([{ state: "waiting", reason: "opencode is down", tries: 1 }]),
    );
    stage.clock.ms += HOUR;
    await stage.starts("ses_one");
    await stage.reach("started");
    expect(await starts()).toHaveLength(2);
  });

  it("is given up where it will never be otherwise, and after a day", async () => {
    await open({}, {});
    await stage.send("/sessions/stop-all", { project: "p1", wait_ms: 0, hold: true });
    await stage.github.deliver("issues", stage.labels());
    await until(async () => expect(await stage.arrivals()).toMatchObject([{ tries: 1 }]));
    stage.clock.ms += 25 * HOUR;
    const [one] = await stage.reach("given_up");
    expect(one?.reason).toMatch(/^it was tried for a day: .*holds/);
  });
});

describe("checks that failed", () => {
  const failed = (name: string): object => ({
    ...workflow,
    workflow_run: { ...workflow.workflow_run, name, updated_at: stage.at() },
  });

  it("have one session for a branch, no more often than its rule says in a day, and a status at the commit", async () => {
    await open();
    await stage.github.deliver("workflow_run", failed("one"));
    await stage.starts("ses_one");
    await stage.answers("ses_one", "ses_one_m1", "Mended\nit was a comma");
    await stage.reach("started");
    await stage.github.deliver("workflow_run", failed("two"));
    await stage.takes("ses_one", "m2");
    const { status } = await stage.github.deliver("workflow_run", failed("three"));
    expect(status).toBe(403);
    const all = await stage.reach("started", "prompted", "refused");
    expect(all[2]?.reason).toContain("so that nothing runs in a circle");
    await until(() => expect(stage.github.statuses).toHaveLength(1));
    expect(stage.github.statuses).toMatchObject([{ state: "success", description: "Mended", repository: "octo/web" }]);
    stage.clock.ms += 25 * HOUR;
    expect((await stage.github.deliver("workflow_run", failed("four"))).status).toBe(202);
  });
});

describe("an answer", () => {
  async function answered(): Promise<void> {
    await stage.github.deliver("issues", stage.labels());
    await stage.starts("ses_one");
    await stage.reach("started");
    await stage.answers("ses_one", "ses_one_m1", "done");
  }
  const answers = async (): Promise<unknown> =>
    (await stage.arrivals()).map(({ answer, answer_reason: why }) => [answer, why]);

  it.each([401, 403, 404])("that is refused with %i stops, and says what to do where people look", async (status) => {
    await open();
    stage.github.edge.failAlways({ status });
    await answered();
    await until(async () =>
      expect(await answers()).toEqual([["stopped", expect.stringMatching(new RegExp(`answered ${status}: .*token`))]]),
    );
    expect(stage.stage.lines.some((line) => line.includes("an answer cannot be written back"))).toBe(true);
    stage.clock.ms += HOUR;
    await stage.restart();
    expect(stage.github.edge.record).toHaveLength(1);
  });

  it("waits where the service has had enough, and is looked for before it is tried again", async () => {
    await open();
    stage.github.edge.failNext({ status: 403, headers: { "retry-after": "60" } });
    await answered();
    await until(async () => expect(await answers()).toEqual([["due", expect.stringContaining("had enough")]]));
    stage.clock.ms += 61_000;
    await until(async () => expect(await answers()).toEqual([["written", "it was written"]]));
    expect(stage.github.edge.record.map(({ method, status }) => [method, status])).toEqual([
      ["POST", 403],
      ["GET", 200],
      ["POST", 201],
    ]);
  });

  it("comes from nowhere where no token is there", async () => {
    await open({ github: { secret: SECRET, rules: [{ event: "issues.labeled", label: "agent", project: "p1" }] } });
    await answered();
    expect(await answers()).toEqual([["none", ""]]);
    expect(stage.github.edge.record).toEqual([]);
  });

  it("is of the session's last words to what it was asked, and not of the turn before", async () => {
    await open();
    await stage.github.deliver("issues", stage.labels());
    await stage.starts("ses_one");
    await stage.reach("started");
    await stage.github.deliver("issue_comment", stage.comments("/agent wait"));
    await stage.reach("started", "prompted");
    await stage.answers("ses_one", "ses_one_m1", "first");
    await until(() => expect(stage.github.comments).toHaveLength(1));
    await stage.takes("ses_one", "m2");
    await stage.answers("ses_one", "m2", "second");
    await until(() => expect(stage.github.comments).toHaveLength(2));
    expect(stage.github.comments.map(({ body }) => body.split("\n")[1])).toEqual(["first", "second"]);
  });
});
