import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { printLogOnFailure } from "../harness/print-log-on-failure.ts";
import { Chaos } from "./chaos.ts";
import { FalseStates } from "./false-states.ts";
import { whySkipped } from "./faults/fault.ts";
import { faultOf } from "./faults/index.ts";
import { judge } from "./verdict.ts";

/** Fixed, so that a failure is the change's and not chance's; `npm run chaos` takes another one each time. */
const SEED = 3;
/** What a slow machine may take; a round is done when nothing is wrong any more, mostly after ten seconds. */
const SETTLE_MS = 60_000;
const ROUND_MS = 240_000;

/** What is quick, and what found most; `npm run chaos` has all of them, in any order. */
const ROUNDS: readonly (readonly string[])[] = [
  ["supervisor killed", "frames doubled", "agent killed while its sessions work", "opencode's connections broken"],
  ["agent's disk full", "links cut", "agent stopped in order"],
];

describe("everything goes wrong at once, and the log says what each opencode holds", () => {
  let chaos: Chaos;
  printLogOnFailure(() => chaos?.world.stage);

  beforeAll(async () => {
    chaos = await Chaos.open({ opencode: inject("opencode"), seed: SEED, agents: 2, settleMs: SETTLE_MS });
  });
  afterAll(() => chaos[Symbol.asyncDispose]());

  for (const names of ROUNDS)
    test(`nothing is lost, doubled or false after: ${names.join(", ")}`, { timeout: ROUND_MS }, async () => {
      const faults = names.map(faultOf).filter((fault) => whySkipped(fault, chaos.world) === undefined);
      expect((await chaos.round(faults, true)).problems).toEqual([]);
    });

  describe("a log that somebody meddled with is found wrong", () => {
    const problems = async (): Promise<string[]> =>
      (await judge(chaos.world, [], 0)).problems.map(({ kind, text }) => `${kind}: ${text}`);

    /** Changes the supervisor's database behind its back and returns the row that it chose. */
    const meddle = (choose: string, change: string): Record<string, unknown> =>
      inDatabase((database) => {
        const chosen = database.prepare(choose).get();
        if (chosen === undefined) throw new Error(`nothing to choose by ${choose}`);
        expect(database.prepare(change).run({ id: chosen["id"] as number }).changes).toBeGreaterThan(0);
        return chosen;
      });
    /** Once more, where that was mended: agent and supervisor compare what they have now and then. */
    const meddleAgain = (change: string, id: unknown): void => {
      inDatabase((database) => database.prepare(change).run({ id: id as number }));
    };
    const inDatabase = <T>(work: (database: DatabaseSync) => T): T => {
      const database = new DatabaseSync(chaos.world.supervisorDatabase, { timeout: 10_000 });
      try {
        return work(database);
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

    /** What is wrong on the screen for longer than anything is on its way to it, once this is among it: each row has its own time. */
    const falseStates = async (what: RegExp, meddled: () => void): Promise<string[]> => {
      const states = new FalseStates(chaos.world, 0);
      return eventually(async () => {
        meddled();
        const found = (await states.look()).map(({ text }) => text);
        if (!found.some((text) => what.test(text))) throw new Error(`not found yet: ${String(what)}`);
        return found;
      });
    };

    test("when a session is in a state that it is not in", async () => {
      const change = "update sessions set status = 'busy' where id = :id";
      const { id } = meddle("select id from sessions where status = 'idle' limit 1", change);
      expect(await problems()).toContainEqual(expect.stringMatching(`^contradiction: .*${String(id)} is busy`));
      const what = new RegExp(`${String(id)} is shown busy .*but rests`);
      expect(await falseStates(what, () => meddleAgain(change, id))).toContainEqual(expect.stringMatching(what));
    });

    test("when a turn that is complete is told as interrupted", async () => {
      const { session, message } = meddle(
        `select max(event_id) as id, session_id as session, id as message from messages
         where role = 'assistant' and state = 'complete' and event_id in (select id from events)`,
        `update events set data = json_set(data, '$.state', 'interrupted') where id = :id`,
      );
      expect(await problems()).toContainEqual(
        expect.stringMatching(`^false state: .*${String(session)}: message ${String(message)} is told interrupted`),
      );
    });

    test("when opencode has a prompt twice", async () => {
      const [agent] = chaos.world.agents;
      const session = (await chaos.world.rows()).find(
        ({ node_id: node, status }) => node === agent?.nodeId && status === "idle",
      );
      if (agent === undefined || session === undefined) throw new Error("nobody rests");
      const part = { type: "text", text: "token-twice. [[say: done]]" };
      for (const _ of [1, 2]) await agent.opencode().post(`/session/${session.id}/message`, { parts: [part] });
      const asked = [{ token: "token-twice.", agent, commandId: undefined }];
      const { problems: found } = await judge(chaos.world, asked, 0);
      expect(found.map(({ kind, text }) => `${kind}: ${text}`)).toContainEqual(
        expect.stringMatching(/^done twice: .*token-twice\. reached opencode 2 times/),
      );
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

    test("when a session is told by two nodes", async () => {
      const [one, another] = chaos.world.agents.map(({ nodeId }) => nodeId);
      const change = `insert or ignore into sessions (node_id, id, project, title, status, status_reason, status_since, cost_micro_usd, tokens,
           tokens_total, compactions, external, started_at, last_activity_at)
         select '${another}', id, project, title, status, status_reason, status_since, cost_micro_usd, tokens,
           tokens_total, compactions, external, started_at, last_activity_at from sessions where rowid = :id`;
      const rests = `select rowid as id from sessions where node_id = '${one}' and status in ('idle', 'error') limit 1`;
      const { id } = meddle(rests, change);
      const what = / is shown as (?:idle|error) on agent-2, too/;
      expect(await falseStates(what, () => meddleAgain(change, id))).toContainEqual(expect.stringMatching(what));
    });
  });
});
