import { slackBody, type SlackDouble, type SlackMessage, startSlack } from "@hal/testkit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { dial, event, events, hello, type Peer } from "../support/socket.ts";
import { startStage, type Stage } from "../support/start.ts";

const PLACE = "C0ALERTS";

let stage: Stage;
let slack: SlackDouble;
let agent: Peer | undefined;
let seq: number;
let connections: number;
let known: string | undefined;

beforeEach(async () => {
  [seq, connections, known, agent] = [0, 0, undefined, undefined];
  slack = await startSlack();
  slack.workspace.addChannel(PLACE, "alerts");
});
afterEach(async () => {
  await stage[Symbol.asyncDispose]();
  await slack[Symbol.asyncDispose]();
});

async function open(): Promise<void> {
  const section = {
    bot_token: slack.botToken,
    app_token: slack.appToken,
    api_url: slack.apiUrl,
    channels: { alerts: PLACE },
  };
  // cards are changed so far apart that people can read them; here time is short
  const clock = { now: () => Date.now(), monotonic: () => performance.now() * 20 };
  stage = await startStage({ heartbeat_timeout_count: 1_000 }, { channels: { slack: section } }, { clock });
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

async function tell(...list: readonly (readonly [type: string, data?: object])[]): Promise<void> {
  const said = list.map(([type, data = {}]) => event((seq += 1), type, data, { project: "web" }));
  agent?.send(events(...said));
  await agent?.next("ack");
}

const STARTED = [
  "session.started",
  { title: "mend the tests", createdAt: Date.UTC(2026, 10, 28), updatedAt: 1 },
] as const;
const ASKED = [
  "interaction.asked",
  {
    interactionId: "per_1",
    kind: "permission",
    summary: "bash git push",
    permission: "bash",
    patterns: ["git push"],
    askedAt: 1,
  },
] as const;

function messagesOf(text: string): readonly SlackMessage[] {
  return slack.workspace.messages.filter((message) => slackBody(message).includes(text));
}

async function waiting(): Promise<number> {
  const { data } = (await (await stage.get("/api/v1/notices?state=waiting")).json()) as { data: unknown[] };
  return data.length;
}

async function shown(text: string | RegExp): Promise<string> {
  return vi.waitFor(() => {
    const transcript = slack.transcript(PLACE);
    expect(transcript).toMatch(text);
    return transcript;
  }, 15_000);
}

describe("a session on Slack", () => {
  it("is one message that is changed in its place, with what is told of it in its thread", async () => {
    await open();
    await shown(/box is online/);
    await tell(STARTED, ["session.busy"], ASKED);
    const asks = await shown("web on box waits for a person: bash git push");
    expect(asks).toContain("It asks: bash git push (risk: medium, it pushes to others)");
    await tell(
      ["interaction.answered", { interactionId: "per_1", reply: "once" }],
      ["session.error", { name: "APIError", message: "overloaded" }],
    );
    const failed = await shown(/HAL \(changed\):\n +\*\*🔴 PROBLEM web on box failed: APIError: overloaded\*\*/);
    expect(failed).not.toContain("waits for a person");
    expect(failed).toMatch(/\n {4}HAL:\n {6}\*\*🔴 PROBLEM web on box failed: APIError: overloaded\*\*/);
    await tell(["session.busy"], ["session.idle", { turn: "finished" }]);
    const rests = await shown("🟢 OK web on box rests: finished its turn");
    expect(messagesOf("web on box").filter(({ threadTs }) => threadTs === undefined)).toHaveLength(1);
    expect(rests).not.toMatch(/\d+ s:/);
    // the next thing that is told of it is a message of its own
    await tell(["session.busy"], ["session.error", { name: "APIError", message: "again" }]);
    await shown("web on box failed: APIError: again");
    expect(messagesOf("web on box").filter(({ threadTs }) => threadTs === undefined)).toHaveLength(2);
    expect([slack.record.refused, slack.record.notes]).toEqual([[], []]);
  });

  it("is one message over a restart, and whoever takes it away gets another one", async () => {
    await open();
    await shown(/box is online/);
    await tell(STARTED, ["session.busy"], ASKED);
    await shown("web on box waits for a person");
    await stage.restart();
    await come();
    await tell(
      ["interaction.answered", { interactionId: "per_1", reply: "once" }],
      ["session.error", { name: "APIError", message: "overloaded" }],
    );
    await shown(/HAL \(changed\):\n +\*\*🔴 PROBLEM web on box/);
    const roots = messagesOf("web on box").filter(({ threadTs }) => threadTs === undefined);
    expect(roots).toHaveLength(1);
    slack.workspace.remove(roots[0] as SlackMessage);
    await tell(["session.busy"], ["session.error", { name: "APIError", message: "once more" }]);
    await shown("failed: APIError: once more");
    expect(messagesOf("web on box").filter(({ threadTs }) => threadTs === undefined)).toHaveLength(1);
  });

  it("is there once where Slack's answer was lost", async () => {
    await open();
    await shown(/box is online/);
    slack.faults.add("chat.postMessage", { kind: "broken_after" });
    await tell(STARTED, ["session.busy"], ASKED);
    await shown("web on box waits for a person");
    await vi.waitFor(async () => expect(await waiting()).toBe(0), 20_000);
    expect(messagesOf("web on box waits")).toHaveLength(1);
  });
});
