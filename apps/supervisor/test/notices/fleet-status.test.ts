import { afterEach, describe, expect, it } from "vitest";
import { BUSY, ChatStage, FAILED, STARTED } from "../support/chat-stage.ts";
import { until } from "../support/until.ts";

const LOG = "dev-log";

describe.each(["slack", "discord"] as const)("the status of the fleet on %s", (kind) => {
  let chat: ChatStage;
  let ahead = 0;
  afterEach(() => chat[Symbol.asyncDispose]());
  const open = async (section: object = { status: LOG }): Promise<void> => {
    ahead = 0;
    const clock = { now: () => Date.now() + ahead };
    chat = await ChatStage.open(kind, { channels: ["alerts", LOG], section, clock });
  };
  const kept = () => chat.platform.messages(LOG).filter(({ body }) => body.includes("The fleet:"));
  const withCost = {
    messageId: "m1",
    role: "assistant",
    state: "complete",
    text: "done",
    costMicroUsd: 3_200_000,
    createdAt: Date.now(),
    completedAt: Date.now(),
  };

  it("is one message that is changed in its place", async () => {
    await open();
    await chat.shown(/The fleet: nothing needs a person[^]*box online[^]*none at work/, LOG);
    await chat.tell(STARTED, BUSY, ["session.message", withCost]);
    await chat.shown(/🟢 web — \$3\.20 today — busy — box/, LOG);
    await chat.shown(/Today \(UTC\)[^]*\$3\.20/, LOG);
    await chat.tell(FAILED);
    await chat.shown(/The fleet: 1 session failed/, LOG);
    await chat.shown(/🔴 web — \$3\.20 today — error — box/, LOG);
    expect(kept()).toHaveLength(1);
    expect(chat.platform.transcript()).not.toContain("The fleet:");
    expect(chat.platform.problems).toEqual([]);
  });

  it("is found again after a restart", async () => {
    await open();
    await chat.shown(/The fleet: nothing needs a person/, LOG);
    await chat.stage.restart();
    await chat.come();
    await chat.tell(STARTED, BUSY);
    await chat.shown(/🟢 web — busy — box/, LOG);
    expect(kept()).toHaveLength(1);
  });

  it("is posted anew with the next day where somebody took it away, and not before", async () => {
    await open();
    const message = await chat.message(/The fleet: nothing needs a person/, LOG);
    message.remove();
    await chat.tell(STARTED, BUSY);
    await until(() => expect(chat.platform.problems).toHaveLength(1));
    await chat.tell(FAILED);
    await chat.shown(/web on box failed/);
    expect(kept()).toEqual([]);
    ahead = 24 * 60 * 60_000;
    await chat.shown(/The fleet: /, LOG);
    expect(kept()).toHaveLength(1);
  });

  it("says that it is kept no more where the configuration does not name it any more", async () => {
    await open();
    await chat.shown(/The fleet: nothing needs a person/, LOG);
    const section = chat.stage.written["channels"]?.[kind] as Record<string, unknown>;
    await chat.stage.restart(async () => void delete section["status"]);
    await chat.shown(/How the fleet is, is not shown here any more/, LOG);
    expect(kept()).toEqual([]);
  });

  it("is nowhere where nobody asked for it", async () => {
    await open({});
    await chat.tell(STARTED, BUSY, FAILED);
    await chat.shown(/web on box failed/);
    expect(kept()).toEqual([]);
  });
});
