import { createHash } from "node:crypto";
import type { NoticeView, OperationOutput, TargetView } from "@hal/protocol";
import { type ReceivedWebhook, WebhookReceiver } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { adviceOnChannels } from "../../src/capabilities/channels/advice-on-channels.ts";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { until } from "../support/until.ts";

const START = Date.UTC(2026, 10, 28, 3);
const MINUTE = 60_000;
const SECRET = `whsec_${createHash("sha256").update("n8n").digest("base64")}`;
const N8N = "webhook#n8n";

let stage: Stage;
let receiver: WebhookReceiver;
let agent: Peer | undefined;
let now: number;
let connections: number;
let seq: number;
let known: string | undefined;

beforeEach(async () => {
  [now, connections, seq, known, agent] = [START, 0, 0, undefined, undefined];
  receiver = await new WebhookReceiver({ secret: SECRET, now: () => now }).listen();
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await receiver[Symbol.asyncDispose]();
});

function n8n(changes: object = {}): object {
  return { url: receiver.url, secret: SECRET, allow_private: true, ...changes };
}

async function open(routes?: readonly object[], webhooks: object = { n8n: n8n() }): Promise<void> {
  const clock = { now: () => now, monotonic: () => performance.now() };
  // a node that says nothing for hours of this clock is not away
  const server = { heartbeat_timeout_count: 1_000_000 };
  stage = await startStage(server, { channels: { webhooks }, ...(routes === undefined ? {} : { routes }) }, { clock });
  await come();
}

async function come(): Promise<void> {
  connections += 1;
  agent = await dial(stage.supervisor.port);
  const outbox = { epoch: "e1", firstSeq: 0, lastSeq: seq, acked: seq };
  const about = { instance: `run-${connections}`, connection: connections, outbox };
  agent.send(hello({ ...about, ...(known === undefined ? {} : { secret: known }) }));
  const welcome = await agent.next("welcome");
  known = (welcome["secret"] as string | undefined) ?? known;
}

async function tell(...list: readonly (readonly [type: string, data?: object, project?: string])[]): Promise<void> {
  const said = list.map(([type, data = {}, project = "web"]) => {
    seq += 1;
    return event(seq, type, data, { at: now, session: "ses_one", project });
  });
  agent?.send(events(...said));
  await agent?.next("ack");
}

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}

const ERROR = ["session.error", { name: "APIError", message: "overloaded" }] as const;

/** Waits until that many messages were taken, and returns what each was of. */
async function taken(count: number): Promise<readonly ReceivedWebhook[]> {
  await until(() => expect(receiver.taken.length).toBeGreaterThanOrEqual(count));
  return receiver.taken;
}

async function noticesIn(state: NoticeView["state"], count: number): Promise<readonly NoticeView[]> {
  return until(async () => {
    const list = await get<NoticeView[]>(`/notices?state=${state}`);
    expect(list).toHaveLength(count);
    return list;
  });
}

const target = async () => (await get<TargetView[]>("/channels"))[0] as TargetView;
const newestId = async (type: string) => (await get<{ id: number }[]>(`/events?type=${type}`))[0]?.id ?? 0;

// I31
describe("an event that a route takes", () => {
  it("is posted once, signed, with the sentence for people and the event for programs", async () => {
    await open([{ match: 'session.error && project == "web"', target: N8N }]);
    await tell(ERROR, ["session.error", { name: "E", message: "m" }, "api"], ["session.busy"]);
    const [message, ...others] = await taken(1);
    expect(message).toMatchObject({
      problem: undefined,
      body: {
        type: "session.error",
        timestamp: new Date(START).toISOString(),
        data: {
          text: "web on box failed: APIError: overloaded",
          project: "web",
          node: "box",
          session_id: "ses_one",
          data: { name: "APIError", message: "overloaded" },
        },
      },
    });
    expect(others).toEqual([]);
    const [notice] = await noticesIn("sent", 1);
    expect(notice).toMatchObject({ target: N8N, type: "session.error", tries: 1, id: message?.id });
    expect(await target()).toMatchObject({ state: "working", waiting: 0, to: new URL(receiver.url).origin });
  });

  it("is told once to each target, by the first route that takes it", async () => {
    await open(
      [
        { match: "session.*", target: N8N },
        { match: "session.error", target: N8N },
        { match: "session.error", target: "webhook#other" },
      ],
      { n8n: n8n(), other: n8n() },
    );
    await tell(ERROR);
    await taken(2);
    const sent = await noticesIn("sent", 2);
    expect(Object.fromEntries(sent.map((one) => [one.target, one.route]))).toEqual({
      [N8N]: "session.*",
      "webhook#other": "session.error",
    });
  });

  it("is told after a restart that came before it was sent, and not again where it was", async () => {
    await open([{ match: "session.error", target: N8N }]);
    receiver.answerNext({ status: 500 });
    await tell(ERROR);
    await noticesIn("waiting", 1);
    await stage.restart();
    await come();
    now += MINUTE;
    const [message] = await taken(1);
    expect(receiver.received.map(({ id }) => id)).toEqual([message?.id, message?.id]);
    await noticesIn("sent", 1);
    await stage.restart();
    await come();
    await tell(ERROR);
    await taken(2);
    expect(receiver.received).toHaveLength(3);
  });

  it("is not told by a route that has told enough, which is known afterwards", async () => {
    await open([{ match: "session.error", target: N8N, limit: "2/h" }]);
    await tell(ERROR, ERROR, ERROR);
    await taken(2);
    const [limited] = await noticesIn("limited", 1);
    expect(limited).toMatchObject({ reason: "its route tells 2/h at most", tries: 0 });
    now += 61 * MINUTE;
    await tell(ERROR);
    expect(await taken(3)).toHaveLength(3);
  });
});

describe("a target that takes nothing", () => {
  it("has what is told wait, says why, and gets all of it when it takes something again", async () => {
    await open([{ match: "session.error", target: N8N }]);
    receiver.answerAlways({ status: 503 });
    await tell(ERROR);
    await noticesIn("waiting", 1);
    await tell(ERROR, ERROR);
    await noticesIn("waiting", 3);
    await until(async () =>
      expect(await target()).toMatchObject({ state: "failing", reason: "it answered 503", waiting: 3 }),
    );
    receiver.answerAlways({ status: 204 });
    now += 6 * MINUTE;
    expect(await taken(3)).toHaveLength(3);
    await noticesIn("sent", 3);
    expect(await target()).toMatchObject({ state: "working", waiting: 0, since: null });
  });

  it("is stopped by 410, which another one is told, and goes on with a test that arrives", async () => {
    await open(
      [
        { match: "session.error || channel.*", target: N8N },
        { match: "channel.*", target: "webhook#other" },
      ],
      {
        n8n: n8n(),
        other: n8n(),
      },
    );
    receiver.answerNext({ status: 410 });
    await tell(ERROR);
    await until(async () =>
      expect(await target()).toMatchObject({
        state: "stopped",
        reason: "it answered 410: it wants nothing more",
        waiting: 1,
      }),
    );
    const [told] = await taken(1);
    expect(told?.body).toMatchObject({
      type: "channel.stopped",
      data: { text: "notices do not arrive any more: it answered 410: it wants nothing more", data: { target: N8N } },
    });
    const response = await stage.send("POST", "/api/v1/channels/test", { target: N8N });
    expect(((await response.json()) as { data: unknown }).data).toEqual({
      target: N8N,
      sent: true,
      reason: "it arrived",
      missing: [],
      resumed: true,
    });
    await noticesIn("sent", 3);
    expect((await taken(4)).map(({ body }) => body.type).toSorted()).toEqual([
      "channel.resumed",
      "channel.stopped",
      "channel.test",
      "session.error",
    ]);
  });

  it("at an address that is not allowed is told of before anything is sent", async () => {
    await open([{ match: "session.error", target: N8N }], { n8n: n8n({ allow_private: false }) });
    expect(adviceOnChannels({ webhooks: { n8n: { url: receiver.url, allow_private: false } } })).toEqual([
      expect.stringContaining("channels.webhooks.n8n has no secret"),
      "channels.webhooks.n8n.url is a private address, and nothing is sent there unless allow_private is true",
      expect.stringContaining("channels.webhooks.n8n.url is http"),
    ]);
    const response = await stage.send("POST", "/api/v1/channels/test", { target: N8N });
    const { data } = (await response.json()) as { data: OperationOutput<"channels.test"> };
    expect([data.sent, data.reason]).toEqual([
      false,
      "127.0.0.1 is a private address, which is not allowed: set allow_private where it is meant to be reached",
    ]);
    expect(receiver.received).toEqual([]);
  });
});

describe("what routes measure", () => {
  it("is told once for one silence of a session, when it has lasted as long", async () => {
    await open([{ match: 'stuck > 5m && project == "web"', target: N8N }]);
    await tell(
      ["session.started", { title: "mend it", createdAt: START, updatedAt: START }],
      ["session.busy"],
      ["session.health", { quietSince: START }],
    );
    now = START + 4 * MINUTE;
    await until(async () => expect(await get("/sessions/ses_one")).toMatchObject({ status: "busy" }));
    expect(await get("/notices")).toEqual([]);
    now = START + 5 * MINUTE + 1;
    const [message] = await taken(1);
    expect(message?.body).toMatchObject({
      type: "session.stuck",
      data: { text: "web on box does not get on: nothing moved for 5 min", session_id: "ses_one" },
    });
    now = START + 50 * MINUTE;
    await tell(["session.health", {}], ["session.health", { quietSince: START + 45 * MINUTE }]);
    now = START + 51 * MINUTE;
    expect(await taken(2)).toHaveLength(2);
  });
});

describe("who asks why", () => {
  it("hears who was told of an event, and what decided each route", async () => {
    await open([
      { match: 'session.error && project == "api"', target: N8N },
      { match: "session.error", target: N8N },
      { match: "node.offline", target: "webhook#gone" },
    ]);
    await tell(ERROR);
    await noticesIn("sent", 1);
    const why = await get<OperationOutput<"routes.why">>(`/routes/why/${await newestId("session.error")}`);
    expect(why.event.type).toBe("session.error");
    expect(why.notices).toMatchObject([{ target: N8N, state: "sent", route: "session.error" }]);
    expect(why.routes.map(({ taken: isTaken }) => isTaken)).toEqual([false, true, false]);
    expect(why.routes[0]?.reason).toContain("api");
    expect(why.routes[2]?.reason).toBe("there is no such target; name it under channels.webhooks");
    expect((await stage.get("/api/v1/routes/why/99999")).status).toBe(404);
  });

  it("hears how routes would take an event, and nobody is told", async () => {
    await open([{ match: 'node.offline && node == "box"', target: N8N, limit: "3/h" }]);
    const ask = (made: object) =>
      get<OperationOutput<"routes.test">>(`/routes/test?event=${encodeURIComponent(JSON.stringify(made))}`);
    expect(await ask({ type: "node.offline", node: "box" })).toMatchObject([{ taken: true, limit: "3/h" }]);
    expect(await ask({ type: "node.offline", node: "other" })).toMatchObject([{ taken: false }]);
    const wrong = await stage.get(`/api/v1/routes/test?event=${encodeURIComponent('{"type":7}')}`);
    expect([wrong.status, await wrong.json()]).toMatchObject([400, { error: "the event.type must be text" }]);
    expect(receiver.received).toEqual([]);
  });
});

describe("without routes in the configuration", () => {
  it("a target is told of what most want to know", async () => {
    await open();
    const routes = await get<OperationOutput<"routes.list">>("/routes");
    expect(new Set(routes.map(({ source, target: to }) => `${source} ${to}`))).toEqual(new Set([`default ${N8N}`]));
    await tell(ERROR, ["session.busy"]);
    const types = (await taken(2)).map(({ body }) => body.type);
    expect(types.toSorted()).toEqual(["node.online", "session.error"]);
  });

  it("and with an empty list nobody is told of anything", async () => {
    await open([]);
    await tell(ERROR);
    await until(async () => expect(await newestId("session.error")).toBeGreaterThan(0));
    expect([await get("/routes"), await get("/notices")]).toEqual([[], []]);
  });
});

describe("another configuration", () => {
  it("counts at once, and what waits for a target that is gone is kept and shown", async () => {
    await open([{ match: "session.error", target: N8N }]);
    receiver.answerNext({ status: 500 });
    await tell(ERROR);
    await noticesIn("waiting", 1);
    stage.written["channels"] = { webhooks: { other: n8n() } };
    Object.assign(stage.written, { routes: [{ match: "session.error", target: "webhook#other" }] });
    await stage.supervisor.reload();
    await tell(ERROR);
    await taken(1);
    expect((await get<TargetView[]>("/channels")).map(({ name, state, waiting }) => [name, state, waiting])).toEqual([
      ["webhook#other", "working", 0],
      [N8N, "stopped", 1],
    ]);
  });
});
