import type { NoticeView, TargetView } from "@hal/protocol";
import {
  type DiscordFault,
  discordBody,
  GUILD,
  type SlackFault,
  slackBody,
  startDiscord,
  startSlack,
} from "@hal/testkit";
import fc from "fast-check";
import { expect, it } from "vitest";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage } from "../support/start.ts";
import { until } from "../support/until.ts";

const NOTICES = 500;
const STORM = 60;
const RESTARTS = 4;

/** A platform of which some calls go wrong by chance. */
interface Platform extends AsyncDisposable {
  readonly section: object;
  readonly target: string;
  /** messages in the channel, as people see them */
  roots(): readonly string[];
  /** those in threads */
  lines(): readonly string[];
  /** how many calls were refused or broke */
  failures(): number;
  /** what it would be sorry for */
  notes(): readonly string[];
}

/** By chance, and the same each time. */
function chances<T>(faults: readonly T[], seed: number): () => T | undefined {
  const list = fc.sample(fc.integer({ min: 0, max: 8 * faults.length }), { numRuns: 10_000, seed });
  let count = 0;
  return () => faults[list[count++ % list.length] ?? -1];
}

async function onSlack(): Promise<Platform> {
  const slack = await startSlack({ patienceMs: 60_000 });
  slack.workspace.addChannel("C1", "alerts");
  const next = chances<SlackFault>(
    [
      { kind: "rate_limited", retryAfterS: 1 },
      { kind: "status", status: 502 },
      { kind: "broken_before" },
      { kind: "broken_after" },
      { kind: "refused", error: "internal_error" },
    ],
    7,
  );
  slack.faults.decide = (method) => (/^(chat|conversations)\./.test(method) ? next() : undefined);
  const tokens = { bot_token: slack.botToken, app_token: slack.appToken, api_url: slack.apiUrl };
  return {
    section: { slack: { ...tokens, channels: { alerts: "C1" } } },
    target: "slack#alerts",
    roots: () => slack.workspace.messages.filter(({ threadTs }) => threadTs === undefined).map(slackBody),
    lines: () => slack.workspace.messages.filter(({ threadTs }) => threadTs !== undefined).map(slackBody),
    failures: () => slack.record.refused.length,
    notes: () => slack.record.notes,
    [Symbol.asyncDispose]: () => slack[Symbol.asyncDispose](),
  };
}

async function onDiscord(): Promise<Platform> {
  const place = "500000000000000001";
  const discord = await startDiscord({ patienceMs: 60_000 });
  discord.server.addChannel(place, "alerts");
  const next = chances<DiscordFault>(
    [
      { kind: "rate_limited", retryAfterS: 0.1 },
      { kind: "status", status: 502 },
      { kind: "broken_before" },
      { kind: "broken_after" },
    ],
    11,
  );
  discord.faults.decide = (route) => (route.includes("/channels/") ? next() : undefined);
  const section = {
    bot_token: discord.botToken,
    guild_id: GUILD,
    api_url: discord.apiUrl,
    channels: { alerts: place },
  };
  return {
    section: { discord: section },
    target: "discord#alerts",
    roots: () => discord.server.messages.filter(({ channel }) => channel === place).map(discordBody),
    lines: () => discord.server.messages.filter(({ channel }) => channel !== place).map(discordBody),
    failures: () => discord.record.refused.length,
    notes: () => discord.record.notes,
    [Symbol.asyncDispose]: () => discord[Symbol.asyncDispose](),
  };
}

// I31
it.each([
  ["Slack", onSlack],
  ["Discord", onDiscord],
])(
  `${NOTICES} notices are told on %s once each, in a message or in one that tells several, though it drops and refuses some and the supervisor is started anew in between`,
  async (_name, open) => {
    await using platform = await open();
    // what waits is looked at ten times a second, and by this clock hours are a moment
    let now = Date.UTC(2026, 10, 28, 12);
    const clock = { now: () => now, monotonic: () => performance.now() * 20 };
    const { target } = platform;
    const rest = { channels: platform.section, routes: [{ match: "session.error", target }] };
    await using stage = await startStage({ heartbeat_interval_sec: 0.1, heartbeat_timeout_count: 100_000_000 }, rest, {
      clock,
    });
    const said = Array.from({ length: NOTICES }, (_, index) => index);
    const sessionOf = (index: number): string => (index < NOTICES - STORM ? `ses_${index % 8}` : `ses_storm_${index}`);
    let secret: string | undefined;
    let acked = 0;
    const come = async (connection: number): Promise<Peer> => {
      const agent = await dial(stage.supervisor.port);
      const outbox = { epoch: "e1", firstSeq: 0, lastSeq: acked, acked };
      const about = { instance: `run-${connection}`, connection, outbox };
      agent.send(hello({ ...about, ...(secret === undefined ? {} : { secret }) }));
      secret = ((await agent.next("welcome"))["secret"] as string | undefined) ?? secret;
      return agent;
    };
    const get = async <T>(path: string): Promise<T> =>
      ((await (await stage.get(`/api/v1${path}`)).json()) as { data: T }).data;
    for (let part = 0; part < RESTARTS; part += 1) {
      const agent = await come(part + 1);
      const own = said.slice((part * NOTICES) / RESTARTS, ((part + 1) * NOTICES) / RESTARTS);
      const told = own.map((index) =>
        event(
          index + 1,
          "session.error",
          { name: "E", message: `number <${index}>` },
          { at: now, session: sessionOf(index), project: "many" },
        ),
      );
      agent.send(events(...told));
      await agent.next("ack");
      acked += own.length;
      const before = platform.lines().length;
      await until(() => {
        now += 2_000;
        expect(platform.lines().length).toBeGreaterThan(before + 5);
      }, 60_000);
      await stage.restart();
    }
    await come(RESTARTS + 1);
    await until(async () => {
      now += 60_000;
      expect(await get<TargetView[]>("/channels")).toMatchObject([{ waiting: 0 }]);
    }, 300_000);
    const all = await get<NoticeView[]>("/notices?limit=1000");
    expect(all).toHaveLength(NOTICES);
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(["sent", "digested"]));
    const lines = platform.lines().map((body) => /number <(\d+)>/.exec(body)?.[1]);
    // no line twice, and none of what a digest tells
    expect(lines.length).toBe(new Set(lines).size);
    const inOrder = all.toSorted((one, other) => (one.event_id ?? 0) - (other.event_id ?? 0));
    const byCard = Map.groupBy(inOrder, ({ card }) => card);
    expect(platform.roots()).toHaveLength(byCard.size);
    const isInThread = (notice: NoticeView): boolean => lines.includes(String(inOrder.indexOf(notice)));
    // a card says by itself what it was posted for, and a digest all that it tells
    const wrong = [...byCard.values()].filter((notices) => {
      const without = notices.filter((notice) => !isInThread(notice)).length;
      return notices[0]?.state === "digested" ? without < notices.length : without > 1;
    });
    expect(wrong).toEqual([]);
    const digested = all.filter(({ state }) => state === "digested").length;
    const counts = platform
      .roots()
      .map((body) => Number(/\*\*\S+ PROBLEM (\d+) sessions failed\*\*/.exec(body)?.[1] ?? 0));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(digested);
    expect(digested).toBeGreaterThan(STORM / 2);
    expect(platform.failures()).toBeGreaterThan(NOTICES / 20);
    expect(platform.notes()).toEqual([]);
  },
  400_000,
);
