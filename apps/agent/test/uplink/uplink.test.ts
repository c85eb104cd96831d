import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { HalEvent } from "@hal/protocol";
import { fingerprint, hashSecret, newUuid } from "@hal/daemon";
import { outboxDepth, outboxPosition, record } from "@hal/store/agent";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Credentials } from "../../src/uplink/identity/credentials.ts";
import { loadIdentity } from "../../src/uplink/identity/identity.ts";
import { savedTokenFile } from "../../src/uplink/identity/saved-token-file.ts";
import type { Uplink } from "../../src/uplink/uplink.ts";
import { type AgentStage, openAgentStage, PROJECT, type Told } from "../support/agent-stage.ts";
import { type BareLink, BareSupervisor } from "../support/bare-supervisor.ts";
import { welcomeOf } from "../support/welcome.ts";
import { uplinkTo } from "../support/uplink-to.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let supervisor: BareSupervisor;
let stage: AgentStage;
let uplink: Uplink;
let epoch: string;
/** where tokens are kept that are handed out */
let tokens: string;
/** the secrets that it was given and kept */
let kept: string[];

beforeEach(async () => {
  supervisor = await BareSupervisor.open();
  kept = [];
  stage = await openAgentStage(new OpencodeApiDouble());
  ({ epoch } = await outboxPosition(stage.store));
  tokens = mkdtempSync(join(tmpdir(), "hal tokens "));
  uplink = uplinkTo(stage.context, {
    url: supervisor.url,
    folder: tokens,
    saveSecret: (secret) => void kept.push(secret),
  });
});
afterEach(async () => {
  await uplink[Symbol.asyncDispose]();
  await stage[Symbol.asyncDispose]();
  await supervisor[Symbol.asyncDispose]();
  rmSync(tokens, { recursive: true });
});

const idle = (at: number): HalEvent => ({ type: "session.idle", at, session: "ses_1", project: "p", data: {} });

const welcome = (changes: object = {}): object => welcomeOf(epoch, changes);

async function greeted(changes: object = {}): Promise<BareLink> {
  const link = await supervisor.link();
  await link.next("hello");
  link.send(welcome(changes));
  await link.next("heartbeat");
  return link;
}

/** Seqs of the next frame of events. */
async function seqs(link: BareLink): Promise<number[]> {
  const { events } = (await link.next("events")) as unknown as { events: { seq: number }[] };
  return events.map(({ seq }) => seq);
}

const command = (id: string): object => ({ type: "command", id, command: "node.status", args: {}, remainingMs: 1_000 });

describe("an agent that is sent something wrong", () => {
  it.each<[string, (link: BareLink) => void, number]>([
    ["a binary frame", (link) => link.raw(Buffer.from(JSON.stringify({ type: "tick", serverTime: 1 }))), 4000],
    ["text that is not JSON", (link) => link.raw("{"), 4000],
    ["a frame that does not fit its type", (link) => link.raw(JSON.stringify({ type: "ack", epoch, seq: -1 })), 4000],
    ["an oversized frame", (link) => link.raw("x".repeat(1024 * 1024 + 1)), 1009],
    ["a second welcome", (link) => link.send(welcome()), 4000],
    ["an acknowledgement of what was never told", (link) => link.send({ type: "ack", epoch, seq: 99 }), 4000],
  ])("closes on %s, comes back, and has lost nothing", async (_name, act, code) => {
    await record(stage.store, [idle(1), idle(2)], []);
    const link = await greeted();
    expect(await seqs(link)).toEqual([1, 2]);
    act(link);
    expect((await link.closed).code).toBe(code);
    const again = await greeted();
    expect(await seqs(again)).toEqual([1, 2]);
    expect(await outboxDepth(stage.store)).toMatchObject({ depth: 2 });
    again.send({ type: "ack", epoch, seq: 2 });
    await expect.poll(() => outboxDepth(stage.store)).toMatchObject({ depth: 0 });
  });

  it("begins nothing that comes before the welcome", async () => {
    const link = await supervisor.link();
    await link.next("hello");
    link.send(command("cmd_early"));
    expect(await link.closed).toMatchObject({ code: 4000, reason: "the first frame must be welcome" });
    expect(await stage.told()).toEqual([]);
  });

  it.each([
    ["whose timers would flood the link", { heartbeatIntervalMs: 0 }],
    ["whose timers overflow", { heartbeatTimeoutMs: 2 ** 40 }],
    ["about another outbox", { acknowledged: { epoch: "another", seq: 0 } }],
  ])("gives a link up after a welcome %s, and sends nothing on it", async (_name, changes) => {
    await record(stage.store, [idle(1)], []);
    const link = await supervisor.link();
    await link.next("hello");
    link.raw(JSON.stringify(welcome(changes)));
    await link.closed;
    expect(await seqs(await greeted())).toEqual([1]);
  });

  it("ignores what it does not know, and takes what comes behind it", async () => {
    const link = await greeted();
    link.raw(JSON.stringify({ type: "telepathy", thought: 1 }));
    link.send({ type: "ack", epoch: "another", seq: 7 });
    link.send({ type: "cancel", id: "cmd_unknown" });
    link.send({ ...command("cmd_1"), mood: "new field" });
    const { events } = (await link.next("events")) as unknown as { events: { data: { commandId: string } }[] };
    expect(events[0]?.data.commandId).toBe("cmd_1");
  });
});

it("an agent that is handed a token says at once that it has it, and comes with it the next time", async () => {
  const link = await greeted();
  link.send({ type: "update", authToken: "the-new-one" });
  const version = fingerprint("the-new-one");
  await expect.poll(async () => (await link.next("heartbeat"))["credentialVersion"]).toBe(version);
  link.raw("{");
  await link.closed;
  const again = await supervisor.link();
  expect(again.token).toBe("the-new-one");
  expect((await again.next("hello"))["credentialVersion"]).toBe(version);
  expect(stage.lines.join("")).toContain(version);
  expect(stage.lines.join("")).not.toContain("the-new-one");
});

describe("an agent that is handed what it cannot use", () => {
  const UNUSABLE = ["a\r\nX-Other: 1", "中", "with space", "", "x".repeat(900_000)];

  it("keeps nothing of it, says so once, and the link lives on", async () => {
    const link = await greeted({ secret: "x".repeat(500_000) });
    for (const authToken of UNUSABLE) link.send({ type: "update", authToken });
    link.send(command("cmd_1"));
    const { events } = (await link.next("events")) as unknown as { events: { data: { commandId: string } }[] };
    expect(events[0]?.data.commandId).toBe("cmd_1");
    expect(existsSync(join(tokens, "token.json"))).toBe(false);
    expect(kept).toEqual([]);
    const told = stage.lines.filter((line) => line.includes("handed out what cannot be used"));
    expect(told).toHaveLength(2);
    link.raw("{");
    await link.closed;
    expect((await supervisor.link()).token).toBe("t");
  });

  it("leaves out with one line what an earlier version kept, and starts", () => {
    const file = savedTokenFile(tokens, stage.context.log);
    file.write({ tokens: [...UNUSABLE, "the-good-one"], insteadOf: hashSecret("t"), host: "127.0.0.1" });
    const credentials = new Credentials({ token: "t", url: supervisor.url }, file);
    expect(credentials.all).toEqual(["the-good-one", "t"]);
    writeFileSync(join(tokens, "identity.json"), JSON.stringify({ nodeId: newUuid(), secret: "a\r\nX: 1" }));
    expect(loadIdentity(tokens, stage.context.log).secret).toBeUndefined();
    expect(stage.lines.filter((line) => line.includes("left out"))).toHaveLength(2);
  });

  it("closes on a log id that would not fit into its own hello any more", async () => {
    const link = await supervisor.link();
    await link.next("hello");
    link.raw(JSON.stringify(welcome({ supervisor: { version: "0", logId: "x".repeat(900_000) } })));
    expect((await link.closed).code).toBe(4000);
    const { outbox } = (await (await supervisor.link()).next("hello")) as unknown as { outbox: object };
    expect(outbox).not.toHaveProperty("logId");
  });
});

it("an agent whose token has ended tries the other one at once", async () => {
  const link = await greeted();
  link.send({ type: "update", authToken: "the-new-one" });
  await link.next("heartbeat");
  await expect.poll(() => existsSync(join(tokens, "token.json"))).toBe(true);
  link.close(4009, "the token is not valid any more");
  const again = await supervisor.link();
  expect(again.token).toBe("the-new-one");
});

it("an agent whose disk is an older copy tells anew how its sessions are, and doubles nothing", async () => {
  const { opencode } = stage;
  opencode.double.session("ses_1", PROJECT);
  opencode.double.status("ses_1", { type: "busy" });
  stage.follow();
  const first = await greeted();
  await expect.poll(async () => (await stage.told()).map(({ type }) => type)).toContain("session.busy");
  await first.next("events");
  const before = await stage.told();
  // the supervisor has more: what the life that is lost had told
  first.raw("{");
  await first.closed;
  const older = await supervisor.link();
  await older.next("hello");
  older.send(welcome({ acknowledged: { epoch, seq: 50, mark: "m" }, resetEpoch: true }));
  await older.closed;
  const link = await supervisor.link();
  const { outbox } = (await link.next("hello")) as unknown as { outbox: { epoch: string } };
  expect(outbox.epoch).not.toBe(epoch);
  link.send(welcome({ acknowledged: { epoch: outbox.epoch, seq: 0 } }));
  await expect.poll(async () => (await stage.told()).length).toBeGreaterThan(before.length);
  const keys = (told: Told[]): unknown[] => told.map((one) => (one as { sourceKey?: string }).sourceKey);
  const after = await stage.told();
  // what was unsent goes out under its keys, and then how the session is now
  expect(keys(after).slice(0, before.length)).toEqual(keys(before));
  expect(new Set(keys(before)).size).toBe(before.length);
  expect(after.at(-1)).toMatchObject({ type: "session.busy", session: "ses_1" });
});

describe("an agent and its supervisor's acknowledgements", () => {
  it("takes one for what an earlier link had on its way", async () => {
    await record(stage.store, [idle(1), idle(2), idle(3)], []);
    const first = await greeted();
    expect(await seqs(first)).toEqual([1, 2, 3]);
    first.raw("{");
    await first.closed;
    const second = await greeted({ acknowledged: { epoch, seq: 1 } });
    second.send({ type: "ack", epoch, seq: 3 });
    await expect.poll(() => outboxDepth(stage.store)).toMatchObject({ depth: 0 });
  });

  it("finds with each beat what nobody told it of", async () => {
    const link = await greeted({ heartbeatIntervalMs: 50 });
    const beside = new DatabaseSync(stage.store.sqlite.driver.name);
    beside.exec("insert into outbox (seq, at, type, data) values (1, 1, 'gap', '{}')");
    beside.close();
    expect(await seqs(link)).toEqual([1]);
  });

  it("beats while its window is full and nothing is acknowledged", async () => {
    const link = await greeted({ heartbeatIntervalMs: 50 });
    for (let at = 1; at <= 12; at += 1) {
      await record(stage.store, [idle(at)], []);
      await delay(5);
    }
    for (let frame = 1; frame <= 8; frame += 1) await link.next("events");
    for (let beat = 1; beat <= 4; beat += 1) await link.next("heartbeat");
    const ninth = await Promise.race([link.next("events"), delay(200).then(() => "none")]);
    expect(ninth).toBe("none");
    link.send({ type: "tick", serverTime: Date.now() });
  });
});
