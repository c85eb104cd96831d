import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventsBetween, listEvents, takeFrame } from "../../../src/supervisor/index.ts";
import { LogStage, NODE } from "../../support/log-stage.ts";

const TYPES = ["session.busy", "node.moon", "session.compacted"] as const;

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(async () => {
  await stage.anew();
  const events = Array.from({ length: 30 }, (_, index) => {
    const type = TYPES[index % TYPES.length] as string;
    return { seq: index + 1, at: 1, type, project: "p", session: "ses_1", data: {} };
  });
  await takeFrame(stage.store, {
    nodeId: NODE,
    bytes: Buffer.from(JSON.stringify({ type: "events", epoch: "e1", events })),
    receivedAt: 1,
  });
});

describe("a stretch of the log", () => {
  it.each([
    { name: "all", types: undefined },
    { name: "those of one type", types: ["node.moon"] },
    { name: "those of some types", types: ["session.compacted", "session.busy", "session.compacted"] },
    { name: "none of a type that is not there", types: ["gap"] },
    { name: "none of no type", types: [] },
  ])("holds $name in the order of the log, from behind a place up to another one", async ({ types }) => {
    const { store } = stage;
    const all = (await listEvents(store, { limit: 100 })).toReversed();
    const [after, upTo] = [all.at(4)?.id ?? 0, all.at(-3)?.id ?? 0];
    const wanted = all
      .filter(({ id, type }) => id > after && id <= upTo && (types?.includes(type) ?? true))
      .map(({ id }) => id);
    const ids = async (limit: number): Promise<number[]> =>
      (await eventsBetween(store, { after, upTo, types, limit })).map(({ id }) => id);
    expect(await ids(100)).toEqual(wanted);
    expect(await ids(3)).toEqual(wanted.slice(0, 3));
  });
});
