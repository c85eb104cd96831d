import type { NoticeView, OperationOutput, TargetView } from "@hal/protocol";
import { slackBody, type SlackDouble, type SlackMessage, startSlack } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { until } from "../support/until.ts";

const PLACE = "C0ALERTS";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const READ_MS = 5_000;
const NOON = Date.UTC(2026, 10, 28, 12);
const ALERTS = "slack#alerts";
const UTC_NIGHT = { from: "23:00", to: "06:00", time_zone: "UTC" };

let stage: Stage;
let slack: SlackDouble;
let agent: Peer;
let now: number;
/** by it the supervisor lets people read: nothing is told but where a test lets time pass */
let ticks: number;
let seq: number;
let connections: number;
let known: string | undefined;

beforeEach(async () => {
  [now, ticks, seq, connections, known] = [NOON, 0, 0, 0, undefined];
  slack = await startSlack({ patienceMs: 60_000 });
  slack.workspace.addChannel(PLACE, "alerts");
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await slack[Symbol.asyncDispose]();
});

async function open(more: object = {}, rest: object = {}): Promise<void> {
  const channel = { bot_token: slack.botToken, app_token: slack.appToken, api_url: slack.apiUrl };
  const section = { ...channel, channels: { other: "C0OTHER", alerts: PLACE }, ...more };
  const clock = { now: () => now, monotonic: () => ticks };
  stage = await startStage(
    { heartbeat_timeout_count: 1_000_000 },
    { channels: { slack: section }, ...rest },
    { clock },
  );
  await come();
}

async function come(): Promise<void> {
  connections += 1;
  agent = await dial(stage.supervisor.port);
  const outbox = { epoch: "e1", firstSeq: 0, lastSeq: seq, acked: seq };
  const about = { instance: `run-${connections}`, connection: connections, outbox };
  agent.send(hello({ ...about, ...(known === undefined ? {} : { secret: known }) }));
  known = ((await agent.next("welcome"))["secret"] as string | undefined) ?? known;
}

type Said = readonly [session: string, type: string, data?: object];

async function tell(...list: readonly Said[]): Promise<void> {
  const said = list.map(([session, type, data = {}]) => {
    seq += 1;
    return event(seq, type, data, { at: now, session: `ses_${session}`, project: session });
  });
  agent.send(events(...said));
  await agent.next("ack");
}

const started = (session: string): Said => [
  session,
  "session.started",
  { title: session, createdAt: now, updatedAt: now },
];
const failed = (session: string, message = "overloaded"): Said => [session, "session.error", { name: "E", message }];
const rests = (session: string): Said[] => [
  [session, "session.busy"],
  [session, "session.idle", { turn: "finished" }],
];
const asks = (session: string): Said => [
  session,
  "interaction.asked",
  {
    interactionId: `per_${session}`,
    kind: "permission",
    summary: "push",
    permission: "bash",
    patterns: [],
    askedAt: now,
  },
];
const failures = (count: number, from = 0): Said[] =>
  Array.from({ length: count }, (_, index) => `s${from + index}`).flatMap((name) => [started(name), failed(name)]);

const roots = (): readonly SlackMessage[] =>
  slack.workspace.messagesOf(PLACE).filter(({ threadTs }) => threadTs === undefined);
const titles = (list: readonly SlackMessage[]): readonly string[] =>
  list.map((one) => slackBody(one).split("\n")[0] ?? "");
const inThreads = (): readonly SlackMessage[] =>
  slack.workspace.messages.filter(({ threadTs }) => threadTs !== undefined);

async function get<T>(path: string): Promise<T> {
  return ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
}
async function noticesIn(state: NoticeView["state"], count: number): Promise<readonly NoticeView[]> {
  return until(async () => {
    ticks += READ_MS;
    const list = await get<NoticeView[]>(`/notices?limit=1000&state=${state}`);
    expect(list).toHaveLength(count);
    return list;
  });
}
const target = async () => (await get<TargetView[]>("/channels")).find(({ name }) => name === ALERTS) as TargetView;
async function settled(): Promise<void> {
  await until(async () => {
    ticks += READ_MS;
    expect((await target()).waiting).toBe(0);
  });
}
/** Waits until so many notices are made, without any time for them to be told. */
async function made(count: number): Promise<void> {
  await until(async () => expect(await get<NoticeView[]>("/notices?limit=1000")).toHaveLength(count));
}

// I31
describe("what is told of one session at a time", () => {
  it("is one message, with what that does not say in its thread, and nothing twice", async () => {
    await open({}, { routes: [{ match: "session.error || session.compacted", target: ALERTS }] });
    await tell(started("web"), ["web", "session.compacted"], failed("web", "one"), failed("web", "two"));
    await made(3);
    await noticesIn("sent", 3);
    // a compaction is nothing that a session is, and has a message of its own
    expect(titles(roots())).toEqual([
      expect.stringContaining("web on box has compacted its context"),
      expect.stringContaining("web on box failed: E: two"),
    ]);
    expect(titles(inThreads())).toEqual([expect.stringContaining("web on box failed: E: one")]);
    const cards = (await get<NoticeView[]>("/notices")).map(({ card }) => card);
    expect([cards.length, new Set(cards).size]).toEqual([3, 2]);
  });

  it("is shown as it is as long as no newer message shows it, and else says that there is one, also after a restart", async () => {
    await open({}, { routes: [{ match: "session.idle || session.error", target: ALERTS }] });
    const reads = (...wanted: readonly string[]): Promise<void> =>
      until(() => {
        ticks += READ_MS;
        expect(roots().map(slackBody)).toEqual(wanted.map((one) => expect.stringContaining(one)));
      });
    await tell(started("web"), ...rests("web"));
    await reads("web on box rests: finished its turn");
    await tell(["web", "session.updated", { title: "mend the tests", createdAt: now, updatedAt: now }]);
    await reads("mend the tests");
    await tell(["web", "session.busy"]);
    await reads("web on box is at work");
    expect(JSON.stringify(roots()[0]?.blocks)).not.toContain("Resume");
    slack.faults.decide = (method) => (method === "chat.update" ? { kind: "status", status: 500 } : undefined);
    await tell(["web", "session.idle", { turn: "finished" }]);
    await reads("web on box is at work", "web on box rests: finished its turn");
    await stage.restart();
    slack.faults.decide = () => undefined;
    await come();
    await reads("A newer message shows how it is", "web on box rests: finished its turn");
    await tell(["web", "session.updated", { title: "mend the docs", createdAt: now, updatedAt: now }]);
    await reads("A newer message shows how it is", "mend the docs");
    // nothing that is told by its message in place is told by a new one
    expect(inThreads()).toEqual([]);
  });

  it("is shown as it is after a restart, too, although nothing is told of that", async () => {
    await open({}, { routes: [{ match: "node.online", target: ALERTS }] });
    const reads = (wanted: string): Promise<void> =>
      until(() => {
        ticks += READ_MS;
        expect(roots().map(slackBody)).toEqual([expect.stringContaining(wanted)]);
      });
    await reads("box is online");
    await stage.restart();
    await reads("box is degraded");
    await come();
    await reads("box is online");
    expect(inThreads()).toEqual([]);
  });

  it("is shown where the platform lets nobody change the message of another one", async () => {
    await open({}, { routes: [{ match: "session.error", target: ALERTS }] });
    await tell(started("web"), failed("web"), started("api"), failed("api"));
    await noticesIn("sent", 2);
    slack.faults.add("chat.update", { kind: "refused", error: "cant_update_message" });
    await tell(["web", "session.busy"], ["api", "session.busy"]);
    await until(() => {
      ticks += READ_MS;
      expect(titles(roots()).filter((title) => title.includes("is at work"))).toHaveLength(1);
    });
  });

  it("is there once where the answer to the message or to a line of its thread is lost, and the supervisor dies", async () => {
    await open({}, { routes: [{ match: "session.error || session.idle", target: ALERTS }] });
    slack.faults.add("chat.postMessage", { kind: "broken_after" }, 2);
    await tell(started("web"), failed("web", "one"), ...rests("web"));
    await made(2);
    await until(() => {
      ticks += READ_MS;
      expect(roots()).toHaveLength(1);
    });
    await stage.restart();
    await come();
    now += MINUTE;
    await noticesIn("sent", 2);
    expect(titles(roots())).toEqual([expect.stringContaining("web on box rests")]);
    expect(titles(inThreads())).toEqual([expect.stringContaining("web on box failed: E: one")]);
  });
});

describe("a storm", () => {
  it("is one message that grows, questions have their own, and it ends", async () => {
    await open({}, { routes: [{ match: "session.error || interaction.asked", target: ALERTS }] });
    await tell(...failures(14), started("asks"), asks("asks"));
    await made(15);
    const digested = await noticesIn("digested", 14);
    expect(new Set(digested.map(({ card, reason }) => `${card} ${reason}`)).size).toBe(1);
    expect(digested[0]?.reason).toBe("it was told in a digest with 13 others");
    expect(titles(roots()).toSorted()).toEqual([
      expect.stringContaining("14 sessions failed"),
      expect.stringContaining("asks on box waits for a person: push"),
    ]);
    const digest = roots().find((one) => slackBody(one).includes("14 sessions")) as SlackMessage;
    expect(slackBody(digest)).toContain(
      "14 sessions failed: s0 on box, s1 on box, s2 on box, s3 on box, s4 on box and 9 more",
    );
    expect(slackBody(digest)).toContain("halctl notices list --target slack#alerts --state digested");
    await tell(...failures(3, 20), failed("s20", "again"));
    await noticesIn("digested", 18);
    expect(titles(roots())).toHaveLength(2);
    expect(titles(roots()).join()).toContain("17 sessions failed (18 times)");
    now += 2 * MINUTE;
    await tell(...failures(1, 30));
    await noticesIn("sent", 2);
    expect(titles(roots())).toHaveLength(3);
    expect(titles(roots()).at(-1)).toContain("s30 on box failed");
    const why = await get<OperationOutput<"routes.why">>(`/routes/why/${digested[0]?.event_id}`);
    expect(why.notices).toMatchObject([{ state: "digested", target: ALERTS }]);
    expect([slack.record.refused, slack.record.notes]).toEqual([[], []]);
  });

  it("is one message where Slack's answer to it was lost and the supervisor died, and where somebody took it away another one", async () => {
    await open({}, { routes: [{ match: "session.error", target: ALERTS }] });
    slack.faults.add("chat.postMessage", { kind: "broken_after" });
    slack.faults.add("conversations.history", { kind: "status", status: 502 }, 2);
    await tell(...failures(14));
    await made(14);
    await until(() => {
      ticks += READ_MS;
      expect(roots()).toHaveLength(1);
    });
    await stage.restart();
    await come();
    await until(async () => {
      now += READ_MS;
      expect((await target()).waiting).toBe(0);
    });
    await noticesIn("digested", 14);
    expect(titles(roots())).toEqual([expect.stringContaining("14 sessions failed")]);
    slack.workspace.remove(roots()[0] as SlackMessage);
    await tell(...failures(2, 20));
    await made(16);
    await until(async () => {
      ticks += READ_MS;
      expect((await get<NoticeView[]>("/notices?state=waiting"))[0]).toMatchObject({ tries: 1 });
    });
    now += 10_000;
    await noticesIn("digested", 16);
    expect(titles(roots())).toEqual([expect.stringContaining("2 sessions failed")]);
  });
});

describe("quiet hours", () => {
  it("keep what is not urgent until they are over: then there is one digest, and a message of what is not well", async () => {
    const routes = [
      { match: 'session.error && project == "money"', target: ALERTS, urgent: true },
      { match: "session.error || interaction.asked || interaction.answered", target: ALERTS },
    ];
    await open({}, { routes, policies: { quiet_hours: UTC_NIGHT } });
    now += 14 * HOUR;
    await tell(...["mended", "ill", "asks", "done", "money"].map(started));
    await tell(failed("mended"), ...rests("mended"));
    await tell(failed("ill"), asks("asks"), asks("done"), [
      "done",
      "interaction.answered",
      { interactionId: "per_done", reply: "once" },
    ]);
    await tell(failed("money"));
    await noticesIn("sent", 1);
    expect(titles(roots())).toEqual([expect.stringContaining("money on box failed")]);
    const waiting = await noticesIn("waiting", 5);
    expect(new Set(waiting.map(({ reason, next_try_at: at }) => `${reason}, ${at}`))).toEqual(
      new Set(["quiet hours until 06:00 (UTC), 2026-11-29T06:00:00.000Z"]),
    );
    expect(await target()).toMatchObject({ quiet_until: "2026-11-29T06:00:00.000Z", verbosity: "normal", waiting: 5 });
    await stage.restart();
    await come();
    now += 4 * HOUR;
    await settled();
    expect(titles(roots()).slice(1).toSorted()).toEqual([
      expect.stringContaining(
        "In quiet hours: one session failed, one session asked something, one session got an answer",
      ),
      expect.stringContaining("ill on box failed"),
      expect.stringContaining("asks on box waits for a person: push"),
    ]);
    const [first] = titles(roots()).filter((title) => title.includes("In quiet hours"));
    expect(first).toContain("NOTE");
    expect((await noticesIn("digested", 3)).map(({ type }) => type).toSorted()).toEqual([
      "interaction.answered",
      "interaction.asked",
      "session.error",
    ]);
    await noticesIn("sent", 3);
    expect((await target()).quiet_until).toBeNull();
  });

  it("of a channel count in place of the others, and at once where they are changed", async () => {
    const routes = [{ match: "session.error", target: ALERTS }];
    await open({ quiet_hours: { ...UTC_NIGHT, to: "23:00" } }, { routes, policies: { quiet_hours: UTC_NIGHT } });
    now += 14 * HOUR;
    await tell(started("one"), failed("one"));
    await noticesIn("sent", 1);
    const { slack: section } = stage.written["channels"] as { readonly slack: object };
    stage.written["channels"] = { slack: { ...section, quiet_hours: UTC_NIGHT } };
    await stage.supervisor.reload();
    await tell(started("two"), failed("two"));
    expect((await noticesIn("waiting", 1))[0]?.reason).toBe("quiet hours until 06:00 (UTC)");
    expect(titles(roots())).toEqual([expect.stringContaining("one on box failed")]);
  });
});

describe("how much a channel tells", () => {
  const routes = [{ match: "task.completed || session.error", target: ALERTS }];

  it("is what failed or needs a person where it is quiet, and why not says so", async () => {
    await open({ verbosity: "quiet" }, { routes });
    await tell(started("web"), ["web", "task.completed", { by: "file" }], failed("web"));
    await noticesIn("sent", 1);
    const [muted] = await noticesIn("muted", 1);
    expect(titles(roots())).toEqual([expect.stringContaining("web on box failed")]);
    const why = await get<OperationOutput<"routes.why">>(`/routes/why/${muted?.event_id}`);
    expect(why.notices).toMatchObject([{ state: "muted", reason: expect.stringContaining("quiet (verbosity)") }]);
  });

  it("is each step, too, in the thread of a card that is there, where it is verbose", async () => {
    await open({ verbosity: "verbose" }, { routes });
    const message = (id: string, role: string, text: string) => ({
      messageId: id,
      role,
      state: "complete",
      text,
      createdAt: now,
    });
    await tell(started("web"), ["web", "session.message", message("m0", "user", "before")], failed("web"));
    await noticesIn("sent", 1);
    await tell(
      ["web", "session.message", message("m1", "user", "try again")],
      ["web", "session.message", message("m2", "assistant", "I do")],
      ["web", "session.compacted"],
      ["web", "session.idle", { turn: "finished" }],
    );
    await noticesIn("sent", 4);
    expect(titles(roots())).toHaveLength(1);
    expect(titles(inThreads())).toEqual([
      expect.stringContaining("web on box is told: try again"),
      expect.stringContaining("web on box has compacted its context"),
      expect.stringContaining("web on box rests: finished its turn"),
    ]);
  });
});

describe("the digest of a day", () => {
  it("comes once, at its time, whatever is restarted and whatever is done to a clock", async () => {
    await open({ digest_at: "14:00", quiet_hours: { ...UTC_NIGHT, time_zone: "Europe/Berlin" } }, { routes: [] });
    await tell(started("web"), failed("web"), started("asks"), asks("asks"));
    expect(await target()).toMatchObject({ digest_at: "14:00 Europe/Berlin" });
    now += HOUR - 1;
    await stage.restart();
    expect(roots()).toEqual([]);
    now += 1;
    await noticesIn("sent", 1);
    expect(titles(roots())).toEqual([
      expect.stringContaining("The day's digest: 2 things wait, 2 sessions were at work"),
    ]);
    const said = slackBody(roots()[0] as SlackMessage);
    expect(said).toMatch(/Waits for a person:\n.*BLOCKED asks on box "asks": [^]*FAILED web on box/);
    expect(said).toContain("halctl inbox review --since 2026-11-27T13:00:00.000Z");
    await stage.restart();
    now -= 2 * HOUR;
    await stage.restart();
    now += 3 * HOUR;
    await stage.restart();
    await noticesIn("sent", 1);
    now += 24 * HOUR;
    await noticesIn("sent", 2);
    expect(titles(roots())).toHaveLength(2);
    expect(slackBody(roots()[1] as SlackMessage)).toContain("--since 2026-11-28T13:00:00.000Z");
  });
});
