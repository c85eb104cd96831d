import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outboxPosition } from "@hal/store/agent";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SOON_MS } from "../../src/capabilities/sessions/compare/ask-soon.ts";
import { ToldSender } from "../../src/uplink/told-sender.ts";
import type { Uplink } from "../../src/uplink/uplink.ts";
import { type AgentStage, openAgentStage, PROJECT } from "../support/agent-stage.ts";
import { type BareLink, BareSupervisor } from "../support/bare-supervisor.ts";
import { welcomeOf } from "../support/welcome.ts";
import { uplinkTo } from "../support/uplink-to.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let stage: AgentStage;
let double: OpencodeApiDouble;
let epoch: string;

beforeEach(async () => {
  double = new OpencodeApiDouble();
  stage = await openAgentStage(double);
  ({ epoch } = await outboxPosition(stage.store));
});
afterEach(() => stage[Symbol.asyncDispose]());

const types = async (): Promise<string[]> => (await stage.told()).map(({ type }) => type);
const lastSeq = async (): Promise<number> => (await outboxPosition(stage.store)).lastSeq;
/** What was told behind a place; what was acknowledged leaves the outbox sooner or later. */
const toldSince = async (place: number) => (await stage.told()).filter(({ seq }) => seq > place);

/** A session at work, told as such. */
async function busy(): Promise<void> {
  double.session("ses_1", PROJECT);
  double.user("ses_1", "msg_1");
  double.working.set("ses_1", { type: "busy" });
  stage.follow();
  await expect.poll(types).toContain("session.busy");
}

describe("the told table", () => {
  let acknowledged: number;
  /** what happens as the sender looks what is acknowledged */
  let onLook: () => void;
  let monotonicMs: number;
  let shown: { readonly seq: number; readonly sessions: readonly { readonly id: string }[] }[];
  let sender: ToldSender;

  beforeEach(() => {
    [acknowledged, monotonicMs, shown, onLook] = [0, 0, [], () => undefined];
    const clock = { now: () => 1, monotonic: () => monotonicMs };
    const position = {
      get acknowledgedAt() {
        const seen = { epoch, seq: acknowledged };
        onLook();
        return seen;
      },
    };
    sender = new ToldSender({ ...stage.context, clock }, position, (text) => {
      shown.push(JSON.parse(text) as (typeof shown)[number]);
    });
  });

  /** Lets the sender do what it is about to do. */
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it("is shown when everything is acknowledged, and as of that place", async () => {
    await busy();
    sender.compared();
    await settled();
    expect(shown).toEqual([]);
    acknowledged = await lastSeq();
    sender.show();
    await settled();
    const facts = { costMicroUsd: 0, tokens: 0, title: "t" };
    const sessions = [{ id: "ses_1", facts, status: "busy", open: [] }];
    expect(shown).toEqual([{ type: "told", epoch, seq: acknowledged, sessions, ended: [], cut: false }]);
  });

  it("is shown when the last acknowledgement comes as the sender finds that it is missing", async () => {
    await busy();
    const last = await lastSeq();
    onLook = () => {
      onLook = () => undefined;
      acknowledged = last;
      sender.show();
    };
    sender.compared();
    await settled();
    await settled();
    expect(shown.map(({ seq }) => seq)).toEqual([last]);
  });

  it("is shown after a comparison, and not twice in a minute", async () => {
    await busy();
    acknowledged = await lastSeq();
    for (const [at, count] of [
      [0, 1],
      [10_000, 1],
      [49_999, 1],
      [60_000, 2],
    ] as const) {
      monotonicMs = at;
      sender.compared();
      await settled();
      expect(shown).toHaveLength(count);
    }
    monotonicMs = 500_000;
    sender.show();
    await settled();
    expect(shown).toHaveLength(2);
  });

  it("is shown at once when something was told anew", async () => {
    await busy();
    acknowledged = await lastSeq();
    sender.show();
    await settled();
    sender.afterNext();
    sender.show();
    await settled();
    expect(shown).toHaveLength(1);
    sender.compared();
    await settled();
    expect(shown).toHaveLength(2);
  });

  it("is not shown while it was forgotten, and not before opencode was compared with it", async () => {
    await busy();
    acknowledged = await lastSeq();
    stage.context.followed.is = false;
    sender.compared();
    await settled();
    stage.context.followed.is = true;
    await stage.context.book.tellAnew();
    sender.compared();
    await settled();
    expect(shown).toEqual([]);
  });
});

describe("an agent whose supervisor compares what was told", () => {
  let supervisor: BareSupervisor;
  let uplink: Uplink | undefined;
  let folder: string;
  beforeEach(async () => {
    supervisor = await BareSupervisor.open();
    folder = mkdtempSync(join(tmpdir(), "hal tokens "));
  });
  afterEach(async () => {
    await uplink?.[Symbol.asyncDispose]();
    uplink = undefined;
    await supervisor[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  /** A link of the agent, which dials now: it would give one up that is not greeted for as long as a test prepares on a busy machine. */
  async function greeted(features: readonly string[] | undefined): Promise<BareLink> {
    uplink = uplinkTo(stage.context, { url: supervisor.url, folder });
    const link = await supervisor.link();
    expect((await link.next("hello"))["features"]).toContain("told");
    link.send(welcomeOf(epoch, features === undefined ? {} : { features }));
    await link.next("heartbeat");
    return link;
  }

  it("shows what it told as soon as all of it is acknowledged", async () => {
    await busy();
    const link = await greeted(["told"]);
    const seq = await lastSeq();
    link.send({ type: "ack", epoch, seq });
    expect(await link.next("told")).toMatchObject({ epoch, seq, sessions: [{ id: "ses_1", status: "busy" }] });
  });

  it("shows nothing to a supervisor that does not say that it compares", async () => {
    await busy();
    const link = await greeted(undefined);
    link.send({ type: "ack", epoch, seq: await lastSeq() });
    stage.context.followed.onCompared();
    await link.next("heartbeat");
    await link.next("heartbeat");
    expect(await Promise.race([link.next("told"), link.next("heartbeat")])).toMatchObject({ type: "heartbeat" });
  });

  it("tells a session once more when it is asked to, with what the supervisor has open, and shows it then", async () => {
    await busy();
    const before = await lastSeq();
    const link = await greeted(["told"]);
    link.send({ type: "ack", epoch, seq: before });
    await link.next("told");
    link.send({
      type: "retell",
      sessions: [
        { id: "ses_1", open: ["per_lost"] },
        { id: "ses_unknown", open: [] },
      ],
    });
    await expect.poll(async () => (await toldSince(before)).at(-1)?.type).toBe("session.busy");
    const told = await toldSince(before);
    expect(told.map(({ type, session }) => [type, session])).toEqual([
      ["session.updated", "ses_1"],
      ["interaction.expired", "ses_1"],
      ["session.busy", "ses_1"],
    ]);
    expect(told.at(-1)?.data).toEqual({ corrects: true });
    const seq = before + told.length;
    link.send({ type: "ack", epoch, seq });
    expect(await link.next("told")).toMatchObject({ seq, sessions: [{ id: "ses_1", status: "busy", open: [] }] });
  });

  it("shows it when it was told, where its directory answered late", async () => {
    await busy();
    const before = await lastSeq();
    const link = await greeted(["told"]);
    link.send({ type: "ack", epoch, seq: before });
    await link.next("told");
    let late: Promise<void> | undefined;
    double.before.set("statuses", () => (late ??= delay(SOON_MS + 100)));
    link.send({ type: "retell", sessions: [{ id: "ses_1", open: [] }] });
    await expect.poll(async () => (await toldSince(before)).at(-1)?.type).toBe("session.busy");
    const seq = await lastSeq();
    link.send({ type: "ack", epoch, seq });
    expect(await link.next("told")).toMatchObject({ seq, sessions: [{ id: "ses_1", status: "busy" }] });
  });

  it("tells the end of a session once more, by what opencode says of it", async () => {
    double.session("ses_1", PROJECT, { time: { created: 1, updated: 1, archived: 5 } });
    double.session("ses_2", PROJECT);
    stage.follow();
    await expect.poll(types).toContain("session.idle");
    double.sessionsIn.delete("ses_2");
    double.tell("session.deleted", { sessionID: "ses_2" });
    await expect.poll(async () => (await types()).filter((type) => type === "session.ended")).toHaveLength(2);
    const before = await lastSeq();
    const link = await greeted(["told"]);
    link.send({ type: "ack", epoch, seq: before });
    expect(await link.next("told")).toMatchObject({ sessions: [] });
    double.unlisted.add("ses_1");
    link.send({ type: "retell", sessions: ["ses_1", "ses_2"].map((id) => ({ id, open: [] })) });
    const endedAgain = async () => (await toldSince(before)).filter(({ type }) => type === "session.ended");
    await expect.poll(endedAgain).toHaveLength(2);
    expect(new Map((await endedAgain()).map(({ session, data }) => [session, data["reason"]]))).toEqual(
      new Map([
        ["ses_1", "archived"],
        ["ses_2", "deleted"],
      ]),
    );
  });
});
