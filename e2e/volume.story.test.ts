import { readFileSync, writeFileSync } from "node:fs";
import type { NoticeView, TargetView } from "@hal/protocol";
import {
  type DiscordFault,
  discordBody,
  GUILD,
  slackBody,
  type SlackFault,
  startDiscord,
  startSlack,
} from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import type { Program } from "./harness/program.ts";
import { RawAgent } from "./harness/raw-agent.ts";
import { Stage } from "./harness/stage.ts";

const MANY = 500;
const SESSIONS = 5;
/** of them each is of a session of its own */
const SINGLE = 200;

/** What goes wrong with every so manieth call. */
const FAULTS: Readonly<Record<number, SlackFault & DiscordFault>> = {
  3: { kind: "rate_limited", retryAfterS: 1 },
  11: { kind: "broken_after" },
  17: { kind: "status", status: 502 },
  29: { kind: "broken_before" },
};

/** Where people are told. */
interface Platform extends AsyncDisposable {
  readonly target: string;
  readonly section: object;
  /** What stands in the channel, or in its threads, as people read it. */
  bodies(where: "channel" | "threads"): readonly string[];
  /** With each call that sends or changes something it is asked what goes wrong. */
  failBy(next: () => (SlackFault & DiscordFault) | undefined): void;
}

async function openSlack(): Promise<Platform> {
  const slack = await startSlack({ patienceMs: 60_000 });
  const channel = "C0ALERTS";
  slack.workspace.addChannel(channel, "alerts");
  return {
    target: "slack#alerts",
    section: {
      slack: {
        bot_token: slack.botToken,
        app_token: slack.appToken,
        api_url: slack.apiUrl,
        channels: { alerts: channel },
      },
    },
    bodies: (where) =>
      slack.workspace.messages
        .filter(({ threadTs }) => (threadTs === undefined) === (where === "channel"))
        .map(slackBody),
    failBy: (next) => {
      slack.faults.decide = (method) => (method.startsWith("chat.") ? next() : undefined);
    },
    [Symbol.asyncDispose]: async () => slack[Symbol.asyncDispose](),
  };
}

async function openDiscord(): Promise<Platform> {
  const discord = await startDiscord({ patienceMs: 60_000 });
  const channel = "500000000000000001";
  discord.server.addChannel(channel, "alerts");
  return {
    target: "discord#alerts",
    section: {
      discord: { bot_token: discord.botToken, guild_id: GUILD, api_url: discord.apiUrl, channels: { alerts: channel } },
    },
    bodies: (where) =>
      discord.server.messages
        .filter((message) => message.isOwn && (message.channel === channel) === (where === "channel"))
        .map(discordBody),
    failBy: (next) => {
      discord.faults.decide = (route) => (route.includes("/channels/") ? next() : undefined);
    },
    [Symbol.asyncDispose]: async () => discord[Symbol.asyncDispose](),
  };
}

// I31
describe.each([
  ["Slack", openSlack],
  ["Discord", openDiscord],
])("people on %s who are told of much at a time", (_name, open) => {
  let stage: Stage;
  let supervisor: Program;
  let platform: Platform;
  let agent: RawAgent;
  let seq = 0;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    platform = await open();
    stage = await Stage.open(inject("opencode"));
    configure({});
    supervisor = await stage.startSupervisor();
    agent = await RawAgent.greet({ url: `ws://127.0.0.1:${stage.ports.socket}`, token: stage.token }, "teller");
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await platform[Symbol.asyncDispose]();
  });

  function configure(more: object): void {
    const config = JSON.parse(readFileSync(stage.supervisorConfig, "utf8")) as object;
    const channels = Object.fromEntries(
      Object.entries(platform.section).map(([kind, section]) => [kind, { ...(section as object), ...more }]),
    );
    const routes = [{ match: "session.error", target: platform.target }];
    writeFileSync(stage.supervisorConfig, JSON.stringify({ ...config, channels, routes }));
  }
  const target = async () => (await stage.halctl.json<TargetView[]>("channels", "list"))[0];
  const notices = () => stage.api<NoticeView[]>("/notices?limit=1000");

  function failures(count: number): object[] {
    return Array.from({ length: count }, (_, index) => {
      seq += 1;
      const session = index < count - SINGLE ? `ses_${index % SESSIONS}` : `ses_single_${seq}`;
      const data = { name: "E", message: `number <${seq}>` };
      return { seq, at: Date.now(), type: "session.error", project: "many", session, data };
    });
  }

  test(`see ${MANY} notices once each, in threads and digests, though some are dropped and refused and the supervisor is killed`, async () => {
    let calls = 0;
    platform.failBy(() => FAULTS[(calls += 1) % 37]);
    const told = failures(MANY);
    // sessions that have their messages before the storm begins
    agent.sendEvents(told.slice(0, MANY - SINGLE));
    await eventually(async () => {
      if (platform.bodies("threads").length < MANY / 20) throw new Error("too few were told");
    }, 120_000);
    agent.sendEvents(told.slice(MANY - SINGLE));
    await eventually(async () => {
      if (agent.acknowledged < MANY) throw new Error(`${agent.acknowledged} events are in the log`);
      if (!platform.bodies("channel").some((body) => body.includes("sessions failed")))
        throw new Error("no digest is there");
    }, 60_000);
    await supervisor.kill();
    supervisor = await stage.startSupervisor();
    await eventually(async () => {
      const waiting = (await target())?.waiting;
      if (waiting !== 0) throw new Error(`${waiting} wait, ${platform.bodies("threads").length} are in threads`);
    }, 240_000);
    const all = (await notices()).toSorted((one, other) => (one.event_id ?? 0) - (other.event_id ?? 0));
    expect(all).toHaveLength(MANY);
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(["sent", "digested"]));
    const lines = platform.bodies("threads").map((body) => Number(/number <(\d+)>/.exec(body)?.[1]));
    expect(new Set(lines).size).toBe(lines.length);
    const byCard = Map.groupBy(all, ({ card }) => card);
    expect(platform.bodies("channel")).toHaveLength(byCard.size);
    const wrong = [...byCard.values()].filter((own) => {
      const without = own.filter((notice) => !lines.includes(all.indexOf(notice) + 1)).length;
      return own[0]?.state === "digested" ? without < own.length : without > 1;
    });
    expect(wrong).toEqual([]);
    const counted = platform.bodies("channel").map((body) => Number(/(\d+) sessions failed\*\*/.exec(body)?.[1] ?? 0));
    const digested = all.filter(({ state }) => state === "digested").length;
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(digested);
    expect(digested).toBeGreaterThan(SINGLE / 2);
    const listed = await stage.halctl.run(
      "notices",
      "list",
      "--target",
      platform.target,
      "--state",
      "digested",
      "--limit",
      "1",
    );
    expect(listed.stdout).toMatch(new RegExp(`${platform.target} +digested +session\\.error`));
  }, 400_000);

  test("hear nothing in quiet hours from a reload on, and halctl says until when and why", async () => {
    platform.failBy(() => undefined);
    const now = new Date();
    const clock = (plusMs: number): string => new Date(now.getTime() + plusMs).toISOString().slice(11, 16);
    configure({
      verbosity: "quiet",
      digest_at: "00:00",
      quiet_hours: { from: clock(-3_600_000), to: clock(7_200_000), time_zone: "UTC" },
    });
    process.kill(supervisor.pid, "SIGHUP");
    const listed = await eventually(async () => {
      const { stdout } = await stage.halctl.run("channels", "list");
      if (!stdout.includes("quiet until")) throw new Error(stdout);
      return stdout;
    });
    expect(listed).toMatch(
      new RegExp(`${platform.target} .*quiet, quiet until (?:\\d{4}-\\d\\d-\\d\\d )?[\\d:]{8}, digest at 00:00 UTC`),
    );
    // the digest of the day is wanted at its time, whatever that is
    await eventually(async () => {
      if (!platform.bodies("channel").some((body) => body.includes("The day's digest")))
        throw new Error("there is none");
    });
    const before = platform.bodies("channel").length;
    const night = await RawAgent.greet({ url: `ws://127.0.0.1:${stage.ports.socket}`, token: stage.token }, "night");
    night.sendEvents([{ ...failures(1)[0], seq: 1, session: "ses_night" }]);
    const waiting = await eventually(async () => {
      const { stdout } = await stage.halctl.run("notices", "list", "--state", "waiting");
      if (!stdout.includes("session.error")) throw new Error(stdout);
      return stdout;
    });
    expect(waiting).toContain(`quiet hours until ${clock(7_200_000)} (UTC)`);
    expect(platform.bodies("channel")).toHaveLength(before);
  });
});
