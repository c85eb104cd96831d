import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { printLogOnFailure } from "../harness/print-log-on-failure.ts";
import { Chaos } from "./chaos.ts";
import { type Fault, whySkipped } from "./faults/fault.ts";
import { FAULTS } from "./faults/index.ts";
import { Random } from "./random.ts";
import { judge } from "./verdict.ts";

/** Fixed, so that a failure is the change's and not chance's; `npm run chaos` takes another one each time. */
const SEED = 3;
const FAULTS_PER_ROUND = 4;
/** What a slow machine may take; a round is done when nothing is wrong any more, mostly after ten seconds. */
const SETTLE_MS = 120_000;
const ROUND_MS = 240_000;

describe("everything goes wrong at once, and the log says what each opencode holds", () => {
  let chaos: Chaos;
  printLogOnFailure(() => chaos?.world.stage);

  beforeAll(async () => {
    chaos = await Chaos.open({ opencode: inject("opencode"), seed: SEED, agents: 2, settleMs: SETTLE_MS });
  });
  afterAll(() => chaos[Symbol.asyncDispose]());

  const quick = FAULTS.filter(({ isSlow }) => isSlow !== true);
  const anywhere = quick.filter(({ needsDisks }) => needsDisks !== true);
  const onDisks = quick.filter(({ needsDisks }) => needsDisks === true);

  for (const faults of inRounds(anywhere))
    test(`nothing is lost or doubled after: ${names(faults)}`, { timeout: ROUND_MS }, async () => {
      expect((await chaos.round(faults, false)).problems).toEqual([]);
    });

  for (const faults of inRounds(onDisks))
    test(`nothing is lost or doubled after: ${names(faults)}`, { timeout: ROUND_MS }, async ({ skip }) => {
      const [why] = faults.flatMap((fault) => whySkipped(fault, chaos.world) ?? []);
      if (why !== undefined) skip(why);
      expect((await chaos.round(faults, false)).problems).toEqual([]);
    });

  test("at last all of it is right, from the first round on", { timeout: ROUND_MS }, async () => {
    expect((await chaos.round([], true)).problems).toEqual([]);
  });

  describe("a log that somebody meddled with is found wrong", () => {
    const problems = async (): Promise<string[]> =>
      (await judge(chaos.world, [], 0)).problems.map(({ kind, text }) => `${kind}: ${text}`);

    /** Changes the supervisor's database behind its back and returns the row that it chose. */
    const meddle = (choose: string, change: string): Record<string, unknown> => {
      const database = new DatabaseSync(chaos.world.supervisorDatabase, { timeout: 10_000 });
      try {
        const chosen = database.prepare(choose).get();
        if (chosen === undefined) throw new Error(`nothing to choose by ${choose}`);
        expect(database.prepare(change).run({ id: chosen["id"] as number }).changes).toBeGreaterThan(0);
        return chosen;
      } finally {
        database.close();
      }
    };
    const aMessage = (which: "min" | "max"): string =>
      `select ${which}(id) as id, session_id as session, json_extract(data, '$.messageId') as message from events where type = 'session.message'`;

    test("when a message is gone from it", async () => {
      const { session, message } = meddle(aMessage("max"), "delete from events where id = :id");
      expect(await problems()).toContainEqual(
        expect.stringMatching(`^lost: .*${String(session)}: message ${String(message)} `),
      );
    });

    test("when a message is in it twice", async () => {
      const { session, message } = meddle(
        aMessage("min"),
        `insert into events (node_id, epoch, seq, source_key, at, received_at, type, project, session_id, data)
         select node_id, 'another', 1, source_key || '/again', at, received_at, type, project, session_id, data
         from events where id = :id`,
      );
      expect(await problems()).toContainEqual(
        expect.stringMatching(`^doubled: .*${String(session)}: message ${String(message)} `),
      );
    });

    test("when a session is in a state that it is not in", async () => {
      const { id } = meddle(
        "select id from sessions where status = 'idle' limit 1",
        "update sessions set status = 'busy' where id = :id",
      );
      expect(await problems()).toContainEqual(expect.stringMatching(`^contradiction: .*${String(id)} is busy`));
    });

    test("when a place in it comes after a later one", async () => {
      const { epoch } = meddle(
        "select max(id) as id, epoch from events where seq > 1",
        "update events set seq = 1 where id = :id",
      );
      expect(await problems()).toContainEqual(expect.stringMatching(`^order: .*${String(epoch)}`));
    });

    test("when a command has no outcome", async () => {
      const { id } = meddle(
        "select id from commands where state = 'succeeded' limit 1",
        "update commands set state = 'running' where id = :id",
      );
      const [agent] = chaos.world.agents;
      if (agent === undefined) throw new Error("there is no agent");
      const asked = [{ token: "token", agent, commandId: String(id) }];
      const { problems: found } = await judge(chaos.world, asked, 0);
      expect(found.map(({ text }) => text)).toContainEqual(expect.stringMatching(`${String(id)} is still running`));
    });
  });
});

/** All of them, shuffled, some at a time. */
function inRounds(faults: readonly Fault[]): Fault[][] {
  const random = new Random(SEED);
  const shuffled = faults.map((fault) => ({ fault, place: random.next() })).toSorted((a, b) => a.place - b.place);
  return Array.from({ length: Math.ceil(faults.length / FAULTS_PER_ROUND) }, (_, round) =>
    shuffled.slice(round * FAULTS_PER_ROUND, (round + 1) * FAULTS_PER_ROUND).map(({ fault }) => fault),
  );
}

function names(faults: readonly Fault[]): string {
  return faults.map(({ name }) => name).join(", ");
}
