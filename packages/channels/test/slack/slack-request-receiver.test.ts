import { type SlackDouble, startSlack } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Heard, openSlack, type SlackChannel } from "../../src/index.ts";
import { type Served, serveRequests } from "../support/serve-requests.ts";

describe("requests to Slack's address here", () => {
  const command = {
    type: "slash_commands",
    body: { command: "/hal", trigger_id: "t", user_id: "U1", channel_id: "C1", text: "x", response_url: "" },
  } as const;
  let slack: SlackDouble;
  let channel: SlackChannel;
  let heard: Heard[];
  let served: Served;
  let url = "";
  const now = Date.UTC(2026, 0, 1);
  beforeEach(async () => {
    heard = [];
    slack = await startSlack({ now: () => now, patienceMs: 60_000 });
    channel = await openSlack({
      botToken: slack.botToken,
      signingSecret: slack.signingSecret,
      apiUrl: slack.apiUrl,
      mode: "http",
      now: () => now,
      listener: { heard: async (one) => void heard.push(one) },
    });
    served = await serveRequests((request) => channel.fetch(request));
    url = `${served.url}/slack`;
  });
  afterEach(async () => {
    await channel[Symbol.asyncDispose]();
    await slack[Symbol.asyncDispose]();
    await served[Symbol.asyncDispose]();
  });

  test.each<[string, Parameters<ReturnType<SlackDouble["sendTo"]>["request"]>[1]]>([
    ["another body", { body: "text=y" }],
    ["another signature", { headers: { "x-slack-signature": `v0=${"0".repeat(64)}` } }],
    ["a short signature", { headers: { "x-slack-signature": "v0=" } }],
    ["no signature", { headers: { "x-slack-signature": "" } }],
    ["a time that is none", { headers: { "x-slack-request-timestamp": "now" } }],
    ["an old one", { ageS: 301 }],
    ["one of the future", { ageS: -301 }],
  ])("%s is refused, and not heard", async (_, wrong) => {
    const response = await slack.sendTo(url).request(command, wrong);
    expect(response.status).toBe(401);
    await channel[Symbol.asyncDispose]();
    expect(heard).toEqual([]);
  });

  test.each([300, 0, -300])("one that is %i s old is taken", async (ageS) => {
    expect((await slack.sendTo(url).request(command, { ageS })).status).toBe(200);
    await channel[Symbol.asyncDispose]();
    expect(heard).toHaveLength(1);
  });

  test("the challenge is answered, with a content type that names its letters, too", async () => {
    const body = { type: "url_verification", challenge: "abc" };
    const headers = { "content-type": "application/json; charset=utf-8" };
    const response = await slack.sendTo(url).request({ type: "events_api", body }, { headers });
    expect(await response.json()).toEqual({ challenge: "abc" });
  });

  test("a look whether it is there is answered, and not heard", async () => {
    const response = await slack.sendTo(url).request({ type: "slash_commands", body: { ssl_check: "1", token: "x" } });
    expect(response.status).toBe(200);
    expect(heard).toEqual([]);
  });

  test.each<[string, RequestInit, number]>([
    ["a look around", { method: "GET" }, 405],
    ["more than Slack sends", { method: "POST", body: "x".repeat(1_000_001) }, 413],
    ["something unsigned", { method: "POST", body: "x" }, 401],
  ])("%s is refused", async (_, init, status) => {
    expect((await fetch(url, init)).status).toBe(status);
  });

  test("what is signed and cannot be read is refused", async () => {
    const response = await slack.sendTo(url).request({ type: "slash_commands", body: { payload: "{" } });
    expect(response.status).toBe(400);
  });
});

test("without a listener nothing is heard, over HTTP neither", async () => {
  await using channel = await openSlack({ botToken: "xoxb-1", mode: "http", signingSecret: "x" });
  expect((await channel.fetch(new Request("http://localhost/", { method: "POST" }))).status).toBe(404);
});
