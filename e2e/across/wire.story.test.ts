import path from "node:path";
import type { CommandView, EventView, NodeView, SessionView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { printLogOnFailure } from "../harness/print-log-on-failure.ts";
import { Stage } from "../harness/stage.ts";
import { expectUnderstanding } from "./expect-understanding.ts";
import { type Frame, readRecordedLink } from "./recorded-link.ts";
import { ReplayedAgent } from "./replayed-agent.ts";

/** The last revision before the event log had named followers; `npm run across` has the programs themselves meet. */
const RECORDED = readRecordedLink(path.join(import.meta.dirname, "link-of-47d483e.jsonl"));

interface ToldEvent {
  readonly type: string;
  readonly session?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const TOLD = RECORDED.frames.flatMap(({ frame }) => (frame["events"] ?? []) as readonly ToldEvent[]);

/** What an agent of before would miss in a frame: fields that are gone, or have another type. */
function lacks(before: unknown, now: unknown, at = ""): string[] {
  if (typeof before !== typeof now || Array.isArray(before) !== Array.isArray(now)) return [at];
  if (typeof before !== "object" || before === null || now === null) return [];
  return Object.entries(before).flatMap(([key, value]) =>
    lacks(value, (now as Readonly<Record<string, unknown>>)[key], `${at}.${key}`),
  );
}

describe("an agent of an earlier revision, as it was recorded, and this supervisor", () => {
  let stage: Stage;
  let agent: ReplayedAgent;
  /** ids of commands as they were, and as they are in this run */
  const commandIds = new Map<string, string>();
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"), { heartbeat: { seconds: 1, count: 60 } });
    await stage.startSupervisor();
    agent = await ReplayedAgent.connect({ url: `ws://127.0.0.1:${stage.ports.socket}`, token: stage.token });
  });
  afterAll(async () => {
    agent[Symbol.dispose]();
    await stage[Symbol.asyncDispose]();
  });

  /** With the ids that commands have in this run. */
  const today = <T>(said: T): T => {
    let text = JSON.stringify(said);
    for (const [was, is] of commandIds) text = text.replaceAll(was, is);
    return JSON.parse(text) as T;
  };

  /** Asks for what made the supervisor of before send a command. */
  const askFor = async ({ command, args }: Frame): Promise<void> => {
    const { sessionId, interactionId, ...input } = args as Readonly<Record<string, string>>;
    const routes: Readonly<Record<string, string>> = {
      "session.start": "/sessions",
      "session.prompt": `/sessions/${sessionId}/prompt`,
      "session.abort": `/sessions/${sessionId}/abort`,
      "interaction.answer": `/interactions/${interactionId}/answer`,
    };
    const { kind: _, ...rest } = input;
    await stage.post(routes[command as string] ?? `/no-route-for-${String(command)}`, { ...rest, wait_ms: 0 });
  };

  const answerTo = async (frame: Frame): Promise<Frame> => {
    if (frame.type === "ack") return agent.acknowledged(frame["seq"] as number);
    if (frame.type === "command") await askFor(frame);
    const answer = await agent.next(frame.type);
    if (frame.type === "command") {
      expect(answer).toMatchObject({ command: frame["command"], args: today(frame["args"]) });
      commandIds.set(frame["id"] as string, answer["id"] as string);
    }
    return answer;
  };

  test("is answered what its own supervisor answered, in the form that it knows", async () => {
    expect(RECORDED.frames.length).toBeGreaterThan(50);
    const missed: string[] = [];
    for (const { from, frame } of RECORDED.frames) {
      if (frame.type === "bye") continue;
      if (from === "agent") agent.say(today(frame));
      else missed.push(...lacks(frame, await answerTo(frame), frame.type));
    }
    expect(missed).toEqual([]);
    const known = new Set(RECORDED.frames.filter(({ from }) => from === "supervisor").map(({ frame }) => frame.type));
    expect(agent.heard.map(({ type }) => type).filter((type) => !known.has(type))).toEqual([]);
  });

  test("has everything that it told in the log, once, in order, and nothing of it ignored", async () => {
    const node = (await stage.api<NodeView[]>("/nodes"))[0] as NodeView;
    const events = await stage.events({ node_id: node.id });
    const ofSupervisor = new Set(["node.online", "command.queued"]);
    const kept = events
      .filter(({ type }) => !ofSupervisor.has(type))
      .map(({ type, session_id: session, data }: EventView) => ({ type, session, data }));
    expect(kept).toMatchObject(TOLD.map(({ type, session = null, data }) => today({ type, session, data })));
    await expectUnderstanding(stage);
  });

  test("is seen with its sessions at rest and its commands done", async () => {
    const sessions = await stage.api<SessionView[]>("/sessions?limit=100");
    expect(sessions.map(({ status }) => status)).toEqual(sessions.map(() => "idle"));
    const commands = await stage.api<CommandView[]>("/commands?limit=100");
    expect(commands.map(({ state }) => state)).toEqual(commands.map(() => "succeeded"));
    expect(commands.map(({ id }) => id).toSorted()).toEqual([...commandIds.values()].toSorted());
    const facts = TOLD.filter(({ type }) => type === "session.updated");
    const costs = new Map(facts.map(({ session, data }) => [session, Number(data["costMicroUsd"]) / 1_000_000]));
    expect(new Map(sessions.map(({ id, cost }) => [id, cost]))).toEqual(costs);
  });

  test("says goodbye and is offline at once, for the reason that it gave", async () => {
    const bye = RECORDED.frames.at(-1)?.frame as Frame;
    agent.say(bye);
    agent[Symbol.dispose]();
    await eventually(async () => {
      const [node] = await stage.api<NodeView[]>("/nodes");
      expect(node).toMatchObject({
        status: "offline",
        reason: expect.stringContaining(bye["reason"] as string) as string,
      });
    });
  });
});
