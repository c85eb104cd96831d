import type { HalEvent } from "@hal/protocol";
import { foldSession, type SessionRow } from "@hal/store/supervisor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NEW_SESSION } from "../../src/capabilities/sessions/domain/saved-session.ts";
import { toldFacts } from "../../src/capabilities/sessions/domain/session-facts.ts";
import { SessionTeller } from "../../src/capabilities/sessions/domain/session-teller.ts";
import { aSession } from "../support/source-facts.ts";

const ID = "ses_1";
const KEY = { nodeId: "n", sessionId: ID, project: "p" };

/** opencode's own facts; a revert costs less, and its time goes back where its clock or its database was put back. */
const anyRevision = fc.record({
  title: fc.constantFrom("t", "renamed"),
  costMicroUsd: fc.constantFrom(0, 900, 7_260),
  updatedAt: fc.integer({ min: 1, max: 4 }),
  /** the supervisor was told it at once, and not only with the next one */
  isHeard: fc.boolean(),
});
type Revision = typeof anyRevision extends fc.Arbitrary<infer T> ? T : never;

/** The log of a supervisor: what has a key that it knows already is dropped. */
class Log {
  row: SessionRow | undefined;
  readonly #keys = new Set<string>();

  take(events: readonly HalEvent[]): void {
    for (const event of events) {
      if (event.sourceKey !== undefined && this.#keys.has(event.sourceKey)) continue;
      if (event.sourceKey !== undefined) this.#keys.add(event.sourceKey);
      this.row = foldSession(this.row, KEY, event);
    }
  }
}

const newTeller = (): SessionTeller =>
  new SessionTeller(ID, { projectOf: () => "p", isExternal: () => false }, NEW_SESSION, new Map());

function tell(teller: SessionTeller, log: Log, { title, costMicroUsd, updatedAt }: Revision): void {
  teller.session({ ...aSession(ID), title, costMicroUsd, updatedAt });
  log.take(teller.take().events);
}

/** Whether the log has what was told last, as the supervisor compares it. */
function isSame({ saved }: SessionTeller, { row }: Log): boolean {
  const told = toldFacts(saved.facts ?? "{}");
  return told?.costMicroUsd === row?.costMicroUsd && told?.title === row?.title && told?.tokens === row?.tokensTotal;
}

/** An agent that hears all that is heard, loses its memory, and reads these revisions of it anew, the newest last. */
function afterLoss(revisions: readonly Revision[], reread: readonly Revision[]): { teller: SessionTeller; log: Log } {
  const log = new Log();
  const first = newTeller();
  const newest = revisions.at(-1) as Revision;
  for (const one of revisions) if (one.isHeard || one === newest) tell(first, log, one);
  const teller = newTeller();
  for (const one of [...reread, newest]) tell(teller, log, one);
  return { teller, log };
}

const OLD: Revision = { title: "t", costMicroUsd: 0, updatedAt: 1, isHeard: false };
const NEW: Revision = { title: "t", costMicroUsd: 7_260, updatedAt: 2, isHeard: true };
const histories = fc
  .array(anyRevision, { minLength: 1, maxLength: 6 })
  .chain((all) => fc.tuple(fc.constant(all), fc.subarray(all)));

// I20
describe("an agent that lost its memory", () => {
  it("may leave older facts in the log, and what was told shows it", () => {
    const { teller, log } = afterLoss([OLD, NEW], [OLD]);
    expect(log.row?.costMicroUsd).toBe(0);
    expect(isSame(teller, log)).toBe(false);
  });

  it("has the newest facts in the log once they were compared, whatever the log knew", () => {
    fc.assert(
      fc.property(histories, ([revisions, reread]) => {
        const { teller, log } = afterLoss(revisions, reread);
        const newest = revisions.at(-1) as Revision;
        if (!isSame(teller, log)) {
          teller.tellAgain([]);
          tell(teller, log, newest);
        }
        const { title, costMicroUsd } = newest;
        expect(log.row).toMatchObject({ title, costMicroUsd });
      }),
      { numRuns: 1_000, examples: [[[[OLD, NEW], [OLD]]]] },
    );
  });
});
