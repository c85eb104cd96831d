import { createHmac } from "node:crypto";
import type { ArrivalView } from "@hal/protocol";
import { GitlabDouble } from "@hal/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { until } from "../support/until.ts";
import { gitlabLabeled, gitlabNote, gitlabPipeline } from "./payloads.ts";
import { IncomingStage } from "./stage.ts";

const KEY = `whsec_${Buffer.from("thirty-two bytes of a secret key").toString("base64")}`;
const OTHER = `whsec_${Buffer.from("another thirty-two bytes of keys").toString("base64")}`;

let stage: IncomingStage;
let gitlab: GitlabDouble | undefined;
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await gitlab?.[Symbol.asyncDispose]();
  gitlab = undefined;
});

const port = (): number | undefined => stage.stage.supervisor.httpPort;

describe("GitLab", () => {
  async function open(secrets: { readonly secret?: string; readonly signing_token?: string }): Promise<GitlabDouble> {
    const now = (): number => stage.clock.ms;
    const hook = (): string => `http://127.0.0.1:${port()}/incoming/gitlab`;
    const { secret, signing_token: signingToken } = secrets;
    gitlab = await new GitlabDouble({
      hook,
      token: "t",
      now,
      ...(secret === undefined ? {} : { secret }),
      ...(signingToken === undefined ? {} : { signingToken }),
    }).listen();
    const rules = [
      { event: "issue.labeled", label: "agent", project: "p1" },
      { event: "note.created", prefix: "/agent", users: ["octocat"], project: "p1" },
      { event: "pipeline.failed", project: "p1" },
    ];
    stage = await IncomingStage.open({ gitlab: { ...secrets, token: "t", api_url: gitlab.url, rules } });
    await stage.come();
    return gitlab;
  }

  it.each([
    // an id that nothing signs makes nothing another one
    ["by the token that it sends as it is", { secret: "a token of ours" }, 200],
    ["by its signature", { signing_token: KEY }, 202],
    ["by its signature, though it sends a token, too", { secret: "a token of ours", signing_token: KEY }, 202],
  ])("has an issue worked at in one session, and its answer as a note: %s", async (_, secrets, renamedStatus) => {
    const here = await open(secrets);
    const first = await here.deliver("Issue Hook", gitlabLabeled, { id: "e1" });
    expect(first.status).toBe(202);
    const again = await here.deliver("Issue Hook", gitlabLabeled, { id: "e1" });
    const renamed = await here.deliver("Issue Hook", gitlabLabeled, { id: "e2" });
    expect([again.status, renamed.status]).toEqual([200, renamedStatus]);
    await stage.starts("ses_one");
    const note = { ...gitlabNote.object_attributes, created_at: stage.at() };
    await here.deliver("Note Hook", { ...gitlabNote, object_attributes: note });
    await stage.reach("started", ...(renamedStatus === 202 ? ["prompted"] : []), "prompted");
    await stage.answers("ses_one", "ses_one_m1", "/close\nDone");
    await until(() => expect(here.notes).toHaveLength(1));
    expect(here.notes[0]).toMatchObject({ on: "12/issues/7", body: expect.stringContaining("\n\u200B/close\nDone") });
  });

  it("has a branch whose pipeline failed worked at, and a status at the commit", async () => {
    const here = await open({ signing_token: KEY });
    const run = { ...gitlabPipeline.object_attributes, finished_at: stage.at() };
    expect((await here.deliver("Pipeline Hook", { ...gitlabPipeline, object_attributes: run })).status).toBe(202);
    const args = await stage.starts("ses_one");
    expect(args["prompt"]).toContain("failed: test: unit");
    await stage.answers("ses_one", "ses_one_m1", "Mended");
    await until(() => expect(here.statuses).toHaveLength(1));
    expect(here.statuses).toMatchObject([{ project: "12", status: "success", description: "Mended" }]);
  });

  it.each([
    ["a token that is wrong", { secret: "a token of ours" }, { secret: "guessed" }],
    ["no token", { secret: "a token of ours" }, { headers: { "x-gitlab-token": "" } }],
    ["a signature that is wrong", { signing_token: KEY }, { secret: OTHER }],
    [
      "a token where a signature is wanted",
      { secret: "x", signing_token: KEY },
      { headers: { "webhook-signature": "" } },
    ],
    ["a request of an hour ago", { signing_token: KEY }, { ageS: 3_600 }],
    ["a request of the future", { signing_token: KEY }, { ageS: -3_600 }],
  ])("is not who sends %s", async (_, secrets, wrong) => {
    const here = await open(secrets);
    expect((await here.deliver("Issue Hook", gitlabLabeled, wrong)).status).toBe(403);
    expect(await stage.arrivals()).toEqual([]);
  });
});

describe("another program", () => {
  const RULES = [
    {
      event: "deploy.failed",
      where: { "data.stage": "live" },
      thing: "data.service",
      project: "p1",
      prompt: "A deployment failed.",
    },
  ];
  async function open(): Promise<void> {
    stage = await IncomingStage.open({
      generic: { ci: { secret: KEY, rules: RULES }, off: { secret: KEY, enabled: false } },
    });
    await stage.come();
  }

  interface Told {
    readonly id?: string;
    readonly data?: object;
    readonly secret?: string;
    readonly name?: string;
    readonly ageMs?: number;
  }

  /** Posts, signed as Standard Webhooks have it. */
  async function post({ id = "m1", data = {}, secret = KEY, name = "ci", ageMs = 0 }: Told = {}): Promise<Response> {
    const at = new Date(stage.clock.ms - ageMs);
    const timestamp = String(Math.floor(at.getTime() / 1_000));
    const key = Buffer.from(secret.replace("whsec_", ""), "base64");
    const body = JSON.stringify({
      type: "deploy.failed",
      timestamp: at.toISOString(),
      data: { stage: "live", service: "shop", ...data },
    });
    return fetch(`http://127.0.0.1:${port()}/incoming/generic/${name}`, {
      method: "POST",
      headers: {
        "content-type": "application/json; charset=utf-8",
        "webhook-id": id,
        "webhook-timestamp": timestamp,
        "webhook-signature": `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`,
      },
      body,
    });
  }

  it("has one session for each thing that it names, by fields of what it says", async () => {
    await open();
    expect((await post()).status).toBe(202);
    expect((await post()).status).toBe(200);
    expect((await post({ id: "m2", data: { stage: "test" } })).status).toBe(200);
    expect((await post({ id: "m3", data: { detail: "again" } })).status).toBe(202);
    const args = await stage.starts("ses_one");
    expect(args["prompt"]).toMatch(/^A deployment failed\.[^]+"service": "shop"/);
    const all: readonly ArrivalView[] = await stage.reach("started", "prompted");
    expect(all.map(({ from, thing, repository }) => [from, thing, repository])).toEqual([
      ["generic/ci", "shop", "ci"],
      ["generic/ci", "shop", "ci"],
    ]);
  });

  it.each<[string, Told, number]>([
    ["another secret", { secret: OTHER }, 403],
    ["a request of an hour ago", { ageMs: 3_600_000 }, 403],
    ["a request to a name that is switched off", { name: "off" }, 403],
    ["a request to a name that there is not", { name: "constructor" }, 404],
  ])("does nothing with %s", async (_, told, status) => {
    await open();
    expect((await post(told)).status).toBe(status);
    expect(await stage.arrivals()).toEqual([]);
  });

  it("is switched off by its name", async () => {
    await open();
    await stage.send("/incoming/off", { repository: "ci" });
    expect((await post()).status).toBe(403);
    await stage.reach("refused");
  });
});
