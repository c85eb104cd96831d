import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  cancelCommand,
  commandById,
  type CommandRow,
  createToken,
  expireQueued,
  failLost,
  listEvents,
  recordSent,
  recordUnsent,
  revokeToken,
} from "../../../src/supervisor/index.ts";
import { LogStage, NODE } from "../../support/log-stage.ts";

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

const queued = (id: string, deadlineAt = 1_000): Promise<void> => stage.queue({ id, deadlineAt });

const get = async (id: string): Promise<CommandRow> => (await commandById(stage.store, id)) as CommandRow;

async function told(type: string): Promise<number> {
  return (await listEvents(stage.store, { limit: 100 })).filter((event) => event.type === type).length;
}

// I5
describe("a command has one end", () => {
  it("where it is cancelled twice", async () => {
    await queued("cmd_c");
    expect(await cancelCommand(stage.store, "cmd_c", 20)).toMatchObject({ ended: true, command: { finishedAt: 20 } });
    expect(await cancelCommand(stage.store, "cmd_c", 30)).toMatchObject({ ended: false, command: { finishedAt: 20 } });
    expect(await told("command.cancelled")).toBe(1);
  });

  it("where it is cancelled after it has succeeded", async () => {
    await queued("cmd_c");
    await recordSent(stage.store, ["cmd_c"], "e1", 5);
    await stage.tell(10, { type: "command.succeeded", data: { commandId: "cmd_c", output: 1 } });
    const before = await get("cmd_c");
    expect(await cancelCommand(stage.store, "cmd_c", 20)).toEqual({ command: before, ended: false });
    expect(await get("cmd_c")).toEqual(before);
  });

  it("where its node says that it was cancelled, and only then, once it was sent", async () => {
    await queued("cmd_c");
    await recordSent(stage.store, ["cmd_c"], "e1", 5);
    expect(await cancelCommand(stage.store, "cmd_c", 20)).toMatchObject({ ended: false, command: { state: "sent" } });
    expect(await cancelCommand(stage.store, "cmd_c", 30)).toMatchObject({ command: { cancelRequestedAt: 20 } });
    await stage.tell(40, { type: "command.cancelled", data: { commandId: "cmd_c" } });
    expect(await get("cmd_c")).toMatchObject({ state: "cancelled", finishedAt: 40 });
  });

  it("and expires at its deadline, not before, and not once it was sent", async () => {
    await queued("early", 99);
    await queued("at", 100);
    await queued("late", 101);
    await queued("sent", 50);
    await recordSent(stage.store, ["sent"], "e1", 5);
    expect((await expireQueued(stage.store, 100)).map(({ id }) => id).toSorted()).toEqual(["at", "early"]);
    expect(await expireQueued(stage.store, 100)).toEqual([]);
    expect([(await get("late")).state, (await get("sent")).state]).toEqual(["queued", "sent"]);
  });

  it("and is lost with the life of the outbox that it was sent to, and with no other", async () => {
    for (const [id, epoch] of [
      ["then", "e0"],
      ["now", "e1"],
    ] as const) {
      await queued(id);
      await recordSent(stage.store, [id], epoch, 5);
    }
    await queued("waits");
    expect((await failLost(stage.store, NODE, "e1", 30)).map(({ id }) => id)).toEqual(["then"]);
    expect([(await get("now")).state, (await get("waits")).state]).toEqual(["sent", "queued"]);
  });

  it("which no late word of its sending takes back", async () => {
    await queued("cmd_c");
    await recordSent(stage.store, ["cmd_c"], "e1", 5);
    await stage.tell(10, { type: "command.running", data: { commandId: "cmd_c" } });
    await recordUnsent(stage.store, "cmd_c");
    expect(await get("cmd_c")).toMatchObject({ state: "running", sentEpoch: "e1" });
    await stage.tell(20, { type: "command.succeeded", data: { commandId: "cmd_c", output: 1 } });
    await recordSent(stage.store, ["cmd_c"], "e2", 30);
    expect(await get("cmd_c")).toMatchObject({ state: "succeeded", sentEpoch: "e1" });
  });
});

// I12
describe("a token", () => {
  const row = (id: string, more: object = {}) => ({
    id,
    name: "ci",
    role: "viewer" as const,
    secretHash: `hash of ${id}`,
    createdAt: 10,
    createdBy: "ada",
    createdWith: "mark",
    expiresAt: null,
    lastUsedAt: null,
    revokedAt: null,
    ...more,
  });

  it("ends once: revoked again it keeps the time of its end", async () => {
    await createToken(stage.store, row("t_1"), undefined);
    expect(await revokeToken(stage.store, "t_1", 20)).toMatchObject({ revokedAt: 20 });
    expect(await revokeToken(stage.store, "t_1", 30)).toMatchObject({ revokedAt: 20 });
  });

  it("has its name to itself until it is revoked, or at the moment in which it expires", async () => {
    await createToken(stage.store, row("t_1", { expiresAt: 50 }), undefined);
    expect(await createToken(stage.store, row("t_2", { createdAt: 49 }), undefined)).toEqual({ kind: "taken" });
    expect(await createToken(stage.store, row("t_3", { createdAt: 50 }), undefined)).toMatchObject({ kind: "new" });
    expect(await createToken(stage.store, row("t_4", { createdAt: 60 }), undefined)).toEqual({ kind: "taken" });
    await revokeToken(stage.store, "t_3", 70);
    expect(await createToken(stage.store, row("t_5", { createdAt: 80 }), undefined)).toMatchObject({ kind: "new" });
  });
});
