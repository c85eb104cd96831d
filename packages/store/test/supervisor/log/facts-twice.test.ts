import type { EventEnvelope, HalEvent } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { foldSession, listInteractions, listSessions, type SessionRow } from "../../../src/supervisor/index.ts";
import { LogStage } from "../../support/log-stage.ts";

type Fact = Omit<EventEnvelope, "seq" | "at">;

let stage: LogStage;
beforeEach(async () => {
  stage = await LogStage.open();
});
afterEach(() => stage[Symbol.asyncDispose]());

function fact(type: string, data: object = {}, sourceKey?: string): Fact {
  return { type, project: "p", session: "ses_1", data, ...(sourceKey === undefined ? {} : { sourceKey }) };
}

const asked = fact("interaction.asked", {
  interactionId: "per_1",
  kind: "permission",
  summary: "bash: ls",
  askedAt: 1,
});
const answered = (reply: string): Fact => fact("interaction.answered", { interactionId: "per_1", reply });
const expired = fact("interaction.expired", { interactionId: "per_1", reason: "nobody waits" });

async function session(): Promise<SessionRow | undefined> {
  return (await listSessions(stage.store, { limit: 10 }))[0];
}

async function interaction() {
  const [row] = await listInteractions(stage.store, { limit: 10 });
  return [row?.state, row?.reply];
}

// I2
describe("a fact that is in the log already", () => {
  const compacted = fact("session.compacted", {}, "ses_1/compacted/1");

  it("is not folded again, whatever it counts, in the frame that has it or in a later one", async () => {
    await stage.tell(1, compacted, compacted);
    await stage.tell(2, compacted);
    expect((await session())?.compactions).toBe(1);
    await stage.tell(3, { ...compacted, sourceKey: "ses_1/compacted/2" });
    expect((await session())?.compactions).toBe(2);
  });

  it("does not put back what was told since", async () => {
    await stage.tell(1, fact("session.busy", {}, "ses_1/busy/1"), fact("session.idle", {}, "ses_1/idle/1"));
    await stage.tell(2, fact("session.busy", {}, "ses_1/busy/1"));
    expect((await session())?.status).toBe("idle");
  });
});

// I2
describe("two facts about one question", () => {
  it.each<[string, readonly Fact[], readonly unknown[]]>([
    ["the first answer stays", [asked, answered("once"), answered("reject")], ["answered", "once"]],
    ["an answer stays where its end is told behind it", [asked, answered("once"), expired], ["answered", "once"]],
    [
      "an answer that is told behind its end takes the place of that",
      [asked, expired, answered("once")],
      ["answered", "once"],
    ],
    ["it opens once", [asked, answered("once"), asked], ["answered", "once"]],
    ["an answer in front of its question is none", [answered("once"), asked], ["open", null]],
  ])("%s, in one frame and in one each", async (_name, facts, expected) => {
    await stage.tell(1, ...facts);
    expect(await interaction()).toEqual(expected);
    await stage.anew();
    for (const one of facts) await stage.tell(1, one);
    expect(await interaction()).toEqual(expected);
  });
});

describe("a session of which less is told than before", () => {
  const facts = (at: number, costMicroUsd: number, input: number): HalEvent => ({
    type: "session.updated",
    at,
    data: {
      title: "t",
      costMicroUsd,
      tokens: { input, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 },
      createdAt: 1,
      updatedAt: at,
      external: false,
    },
  });
  const key = { nodeId: "n", sessionId: "ses_1", project: "p" };

  // I9
  it("costs what opencode says now, as after a revert", () => {
    const before = foldSession(undefined, key, facts(1, 900, 70));
    expect(foldSession(before, key, facts(2, 400, 30))).toMatchObject({ costMicroUsd: 400, tokensTotal: 30 });
  });

  it("was active when it was last, though an older fact comes late", () => {
    const before = foldSession(undefined, key, { type: "session.busy", at: 50, data: {} });
    expect(foldSession(before, key, { type: "session.compacted", at: 20, data: {} })?.lastActivityAt).toBe(50);
  });
});
