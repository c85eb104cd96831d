import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  awaitedAnswers,
  dueAnswers,
  incomingCase,
  listArrivals,
  openArrivals,
  pruneArrivals,
  recordAnswer,
  recordAnswerEnd,
  recordArrivalEnd,
  recordArrivalStart,
  switchRepository,
  takeArrival,
  toldRepositories,
} from "../../../src/supervisor/index.ts";
import { LogStage, NODE } from "../../support/log-stage.ts";

let stage: LogStage;
beforeAll(async () => {
  stage = await LogStage.open();
});
beforeEach(() => stage.anew());
afterAll(() => stage[Symbol.asyncDispose]());

let made = 0;
function arrival(changes: { mark?: string; bodyHash?: string; thing?: string; repository?: string; at?: number } = {}) {
  made += 1;
  const { mark = `m${made}`, bodyHash = `b${made}`, thing = "issue/7", repository = "octo/web", at = 1_000 } = changes;
  return {
    id: `arr_${String(made).padStart(6, "0")}`,
    sender: "github",
    mark,
    bodyHash,
    event: "workflow_run.completed",
    repository,
    thing,
    person: "octocat",
    rule: "incoming.github.rules.0",
    work: { project: "p", prompt: "do" },
    answer: "awaited" as const,
    createdAt: at,
  };
}
const BOUNDS = { open: 1_000 };
const take = (changes: Parameters<typeof arrival>[0] = {}, bounds: Parameters<typeof takeArrival>[3] = BOUNDS) =>
  takeArrival(stage.store, arrival(changes), `case_${made}`, bounds);

// I32
describe("what a service told", () => {
  it("is kept once by its id and by what it says, in any order and however often, with one case for each thing", async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant("take" as const),
        mark: fc.constantFrom("a", "b", "c", "d"),
        bodyHash: fc.constantFrom("1", "2", "3", "4"),
        thing: fc.constantFrom("issue/1", "issue/2", "branch/main"),
        repository: fc.constantFrom("octo/web", "Octo/Web", "octo/api"),
      }),
      fc.record({
        kind: fc.constant("switch" as const),
        isOn: fc.boolean(),
        repository: fc.constantFrom("OCTO/web", "octo/api"),
      }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        await stage.anew();
        const [marks, hashes, off] = [new Set<string>(), new Set<string>(), new Set<string>()];
        const [found, wanted]: [string[], string[]] = [[], []];
        for (const one of steps) {
          if (one.kind === "switch") {
            const by = { repository: one.repository, actor: "ada", now: 1 };
            await switchRepository(stage.store, by, one.isOn, undefined);
            if (one.isOn) off.delete(one.repository.toLowerCase());
            else off.add(one.repository.toLowerCase());
          } else if (one.kind === "take") {
            const isKnown = marks.has(one.mark) || hashes.has(one.bodyHash);
            const expected = isKnown ? "known" : off.has(one.repository.toLowerCase()) ? "refused" : "new";
            const all = await Promise.all([take(one), take(one), take(one)]);
            found.push(...all.map(({ kind }) => kind));
            wanted.push(expected, "known", "known");
            if (isKnown) continue;
            marks.add(one.mark);
            hashes.add(one.bodyHash);
          }
        }
        expect(found).toEqual(wanted);
        const rows = listArrivals(stage.store, { limit: 1_000 });
        const of = ({ repository, thing }: (typeof rows)[number]): string => `${repository.toLowerCase()} ${thing}`;
        expect(new Set(rows.map(({ mark }) => mark)).size).toBe(rows.length);
        expect(new Set(rows.map(({ bodyHash }) => bodyHash)).size).toBe(rows.length);
        expect(new Set(rows.map(({ caseId }) => caseId)).size).toBe(new Set(rows.map(of)).size);
        expect(new Set(rows.map((row) => `${of(row)} ${row.caseId}`)).size).toBe(new Set(rows.map(of)).size);
      }),
      { numRuns: 40 },
    );
  });

  it("is not taken where too much waits, nor where nobody was behind it too often in a day", async () => {
    await take({ thing: "branch/main", at: 1_000 });
    expect((await take({}, { open: 1 })).kind).toBe("full");
    const ofEvent = { most: 2, since: 500 };
    const main = { thing: "branch/main" };
    expect((await take(main, { ...BOUNDS, ofEvent })).kind).toBe("new");
    expect((await take(main, { ...BOUNDS, ofEvent })).kind).toBe("refused");
    expect((await take({ thing: "branch/next" }, { ...BOUNDS, ofEvent })).kind).toBe("new");
    expect((await take(main, { ...BOUNDS, ofEvent: { most: 2, since: 1_001 } })).kind).toBe("new");
  });

  it("comes to one end, whoever else looked at it, and its case has the session then", async () => {
    await take();
    const [one] = openArrivals(stage.store);
    if (one === undefined) throw new Error("it is not there");
    const again = { kind: "again", code: "held", reason: "held", dueAt: 2_000, wasAsked: true } as const;
    expect(await recordArrivalEnd(stage.store, one, again, 1)).toBe(true);
    // somebody who looked before that
    const started = { kind: "started", nodeId: NODE, sessionId: "ses_1" } as const;
    expect(await recordArrivalEnd(stage.store, one, started, 1)).toBe(false);
    const [tried] = openArrivals(stage.store);
    expect(tried).toMatchObject({ state: "waiting", tries: 1, starts: 1, dueAt: 2_000 });
    await recordArrivalStart(stage.store, one.id, { commandId: "cmd_1", nodeId: NODE });
    expect(await recordArrivalEnd(stage.store, { ...one, tries: 1, starts: 1 }, started, 2)).toBe(true);
    expect(await recordArrivalEnd(stage.store, { ...one, tries: 1, starts: 1 }, started, 3)).toBe(false);
    expect(openArrivals(stage.store)).toEqual([]);
    expect(incomingCase(stage.store, one.caseId)).toMatchObject({ nodeId: NODE, sessionId: "ses_1" });
  });

  it("has one answer, which is due until it is written, and goes when it is old", async () => {
    await take();
    const [one] = openArrivals(stage.store);
    if (one === undefined) throw new Error("it is not there");
    await recordArrivalEnd(stage.store, one, { kind: "started", nodeId: NODE, sessionId: "ses_1" }, 2_000);
    expect(awaitedAnswers(stage.store, NODE).map(({ id }) => id)).toEqual([one.id]);
    expect(await recordAnswer(stage.store, one.id, { text: "done", isGood: true, now: 3_000 })).toBe(true);
    expect(await recordAnswer(stage.store, one.id, { text: "another", isGood: true, now: 3_000 })).toBe(false);
    expect(dueAnswers(stage.store, 2_999, 10)).toEqual([]);
    expect(dueAnswers(stage.store, 3_000, 10)).toMatchObject([{ id: one.id, answerText: "done" }]);
    expect(await pruneArrivals(stage.store, 9_000, 10)).toBe(0);
    await recordAnswerEnd(stage.store, one.id, { kind: "written", reason: "it was written" });
    expect(dueAnswers(stage.store, 9_000, 10)).toEqual([]);
    expect(toldRepositories(stage.store)).toMatchObject([{ repository: "octo/web", senders: ["github"], arrivals: 1 }]);
    expect(await pruneArrivals(stage.store, 2_000, 10)).toBe(0);
    expect(await pruneArrivals(stage.store, 2_001, 10)).toBe(1);
    expect(listArrivals(stage.store, { limit: 10 })).toEqual([]);
  });
});
