import { type SlackMessage, startSlack } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";
import { until } from "../support/until.ts";

const PLACE = "C0ALERTS";

describe("a session on Slack, where the app is declared an agent", () => {
  let slack: Awaited<ReturnType<typeof startSlack>>;
  let stage: Stage;
  let agent: Peer;
  let seq: number;
  let connections: number;
  let known: string | undefined;
  beforeEach(async () => {
    [seq, connections, known] = [0, 0, undefined];
    slack = await startSlack({ patienceMs: 60_000 });
    slack.workspace.addChannel(PLACE, "alerts");
  });
  afterEach(async () => {
    await stage[Symbol.asyncDispose]();
    await slack[Symbol.asyncDispose]();
  });

  async function open(section: object = { agent: true }): Promise<void> {
    const written = {
      bot_token: slack.botToken,
      app_token: slack.appToken,
      api_url: slack.apiUrl,
      channels: { alerts: PLACE },
      access: { operators: ["U1ANN"] },
      ...section,
    };
    const clock = { now: () => Date.now(), monotonic: () => performance.now() * 20 };
    stage = await startStage({ heartbeat_timeout_count: 1_000 }, { channels: { slack: written } }, { clock });
    await come();
    await tell(
      ["session.started", { title: "mend the tests", createdAt: 1, updatedAt: 1 }],
      ["session.error", { name: "APIError", message: "overloaded" }],
    );
  }

  async function come(): Promise<void> {
    connections += 1;
    agent = await dial(stage.supervisor.port);
    const outbox = { epoch: "e1", firstSeq: 0, lastSeq: seq, acked: seq };
    const about = { instance: `run-${connections}`, connection: connections, outbox };
    agent.send(hello({ ...about, ...(known === undefined ? {} : { secret: known }) }));
    known = ((await agent.next("welcome"))["secret"] as string | undefined) ?? known;
  }

  async function tell(...list: readonly (readonly [type: string, data?: object])[]): Promise<void> {
    agent.send(events(...list.map(([type, data = {}]) => event((seq += 1), type, data, { project: "web" }))));
    await agent.next("ack");
  }

  const card = (): Promise<SlackMessage> =>
    until(() => {
      const found = slack.workspace
        .messagesOf(PLACE)
        .find(({ threadTs, text }) => !threadTs && text.includes("web on"));
      if (found === undefined) throw new Error(slack.transcript(PLACE));
      return found;
    });
  const status = async (wanted: string): Promise<void> => {
    const { ts } = await card();
    await until(() =>
      expect(slack.workspace.sessions).toEqual([
        { channel: PLACE, threadTs: ts, title: "web: mend the tests", status: wanted },
      ]),
    );
  };
  const calls = () => slack.record.calls("agents.sessions.setStatus").length;

  it("is shown as it is, in its thread, also when its message is changed no more", async () => {
    await open();
    await status("active");
    await tell(["session.busy"]);
    await status("processing");
    await tell(["session.waiting", { interactionId: "per_1" }]);
    await status("suspended");
    await tell(["session.busy"], ["session.idle", { turn: "finished" }]);
    await status("active");
    await tell(["session.busy"]);
    await status("processing");
    await tell(["session.ended", { reason: "killed" }]);
    await status("closed");
    expect(slack.record.refused).toEqual([]);
  });

  it("is shown at its newest message, and is closed at the one before", async () => {
    await open();
    const { ts } = await card();
    await status("active");
    await tell(["session.busy"], ["session.idle", { turn: "finished" }]);
    await until(() => expect(slack.transcript(PLACE)).toMatch(/HAL \(changed\):\n.*web on box rests/));
    await tell(["session.busy"], ["session.error", { name: "APIError", message: "refused" }]);
    await until(() => {
      const shown = slack.workspace.sessions.map(({ threadTs, status: told }) => [threadTs === ts, told]);
      expect(shown).toEqual([
        [true, "closed"],
        [false, "active"],
      ]);
    });
    expect(slack.record.refused).toEqual([]);
  });

  it("moves on when somebody has pressed Slack's own button that stops it", async () => {
    await open();
    await tell(["session.busy"]);
    await status("processing");
    await slack.person("U1ANN").stop(PLACE, (await card()).ts);
    const command = await agent.next("command");
    expect(command).toMatchObject({ command: "session.abort", args: { sessionId: "ses_one" } });
    await tell(
      ["command.succeeded", { commandId: command["id"] }],
      ["session.idle", { aborted: true, turn: "aborted" }],
    );
    await status("active");
  });

  it("is told after a restart what is another by then, and nothing else", async () => {
    await open();
    await status("active");
    const before = calls();
    await stage.restart();
    await come();
    await tell(["session.busy"]);
    await status("processing");
    expect(calls()).toBe(before + 1);
  });

  it("is not told where the platform does not take it, which is one warning", async () => {
    slack.workspace.isAgent = false;
    await open();
    await card();
    await until(() =>
      expect(stage.lines.filter((line) => line.includes("is not shown beside their messages"))).toHaveLength(1),
    );
    await tell(["session.busy"]);
    await until(() => expect(slack.transcript(PLACE)).toMatch(/web on box is at work/));
    expect([calls(), slack.workspace.sessions]).toEqual([1, []]);
  });

  it("is told nothing where the configuration does not say that it is one", async () => {
    await open({});
    await card();
    await tell(["session.busy"]);
    await until(() => expect(slack.transcript(PLACE)).toMatch(/web on box is at work/));
    expect(calls()).toBe(0);
  });
});
