import type { EventEnvelope } from "@hal/protocol";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listMessages, listSessions, messageMadeAt } from "../../../src/supervisor/index.ts";
import { LogStage, NODE } from "../../support/log-stage.ts";

type Told = Pick<EventEnvelope, "type" | "data">;

let stage: LogStage;
let session: string;
beforeEach(async () => {
  stage = await LogStage.open();
  session = "ses_0";
});
afterEach(() => stage[Symbol.asyncDispose]());

function facts(undoneFrom?: { readonly messageId: string; readonly partId?: string }): Told {
  return { type: "session.updated", data: { title: "t", createdAt: 1, updatedAt: 1, undoneFrom } };
}

function message(id: string, text = "x"): Told {
  const data = { messageId: id, role: "assistant", state: "complete", text, costMicroUsd: 7, createdAt: 5 };
  return { type: "session.message", data };
}

function removed(messageId: string, partId?: string): Told {
  return { type: "message.removed", data: { messageId, partId } };
}

async function tell(...told: readonly Told[]): Promise<void> {
  await stage.tell(9, ...told.map((one) => ({ project: "p", session, ...one })));
}

async function rows() {
  const messages = await listMessages(stage.store, NODE, session, 100);
  // the order of messages that were made at one time is by their ids
  return messages.map(({ id, removed: gone, data }) => [id, gone, (data as { text: string }).text]);
}

describe("what somebody undid", () => {
  it("is known for as long as it may be brought back", async () => {
    const undone = async () =>
      (await listSessions(stage.store, { limit: 1 })).map(({ undoneFrom, undonePart }) => [undoneFrom, undonePart]);
    await tell(facts(), message("msg_1"), facts({ messageId: "msg_1", partId: "prt_1" }));
    expect(await undone()).toEqual([["msg_1", "prt_1"]]);
    await tell(facts({ messageId: "msg_1" }));
    expect(await undone()).toEqual([["msg_1", null]]);
    await tell(facts());
    expect(await undone()).toEqual([[null, null]]);
    expect(await messageMadeAt(stage.store, { nodeId: NODE, sessionId: session, id: "msg_1" })).toBe(5);
  });

  it("stays removed when its message is told again, and what it cost stays paid", async () => {
    await tell(message("msg_1"), message("msg_2"), removed("msg_1"), removed("msg_2", "prt_1"));
    await tell(message("msg_1", "another text"), removed("msg_2", "prt_2"));
    expect(await rows()).toEqual([
      ["msg_1", "whole", "another text"],
      ["msg_2", "part", "x"],
    ]);
    const [row] = await listMessages(stage.store, NODE, session, 1);
    expect(row?.costMicroUsd).toBe(7);
    await tell(removed("msg_2"), removed("msg_1", "prt_1"));
    expect((await rows()).map(([, gone]) => gone)).toEqual(["whole", "whole"]);
  });

  // I2
  it("is the same however the events come in frames, and when they come twice", async () => {
    let count = 0;
    const id = fc.constantFrom("msg_1", "msg_2", "msg_3");
    const part = fc.option(fc.constantFrom("prt_1", "prt_2"), { nil: undefined });
    const one = fc.oneof(
      fc.tuple(id, fc.constantFrom("a", "b")).map(([of, text]) => message(of, text)),
      fc.tuple(id, part).map(([of, prt]) => removed(of, prt)),
      fc.option(id, { nil: undefined }).map((messageId) => facts(messageId === undefined ? undefined : { messageId })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 12 }), fc.nat(12), async (events, cut) => {
        const results = [];
        for (const frames of [
          [events],
          [events.slice(0, cut), events.slice(cut)],
          events.map((event) => [event, event]),
        ]) {
          count += 1;
          session = `ses_${count}`;
          // a removal is of a message that was told
          await tell(message("msg_1"), message("msg_2"), message("msg_3"));
          for (const frame of frames.filter(({ length }) => length > 0)) await tell(...frame);
          const found = (await listSessions(stage.store, { limit: 1000 })).find((row) => row.id === session);
          results.push(JSON.stringify([await rows(), found?.undoneFrom]));
        }
        expect(new Set(results).size).toBe(1);
      }),
      { numRuns: 40 },
    );
  });
});
