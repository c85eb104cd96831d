import { expect, it, vi } from "vitest";
import type { Abilities } from "../../src/back-end.ts";
import type { Scene } from "./conformance.ts";
import { messagesIn } from "./ear.ts";

/** How a log says again what was said live. */
export function tellsItsLog({ history }: Abilities, given: () => Scene): void {
  const isKept = history === "log";
  it.runIf(isKept)("has the rows of a session from 0 on without a hole, the same as they were said live", async () => {
    const { create, ear, turn, stand } = given();
    const id = await create();
    await turn(id, stand.prompts.runs("for the log"));
    await turn(id, stand.prompts.says("and this"));
    // some come a moment after a turn
    await vi.waitFor(async () => expect(ear.rows(id)).toEqual(await rowsOf(given(), id)), { timeout: 20_000 });
    const rows = ear.rows(id);
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index));
    expect(rows[0]?.change).toMatchObject({ kind: "session", session: { id } });
    expect(messagesIn(rows)).toHaveLength(5);
  });

  it.runIf(isKept)("says what came after a place, and all of a session that is not named", async () => {
    const { create, turn, stand } = given();
    const [one, other] = [await create(), await create()];
    for (const id of [one, other]) await turn(id, stand.prompts.says("some words"));
    const [all, others] = [await rowsOf(given(), one), await rowsOf(given(), other)];
    const known = { [one]: 2 };
    expect((await rowsOf(given(), one, known)).slice(0, all.length - 3)).toEqual(all.slice(3));
    expect((await rowsOf(given(), other, known)).slice(0, others.length)).toEqual(others);
    for (const { seq } of await rowsOf(given(), one, { [one]: all.length - 1 }))
      expect(seq).toBeGreaterThanOrEqual(all.length);
    // nothing of it was read yet
    expect((await rowsOf(given(), one, { [one]: -1 })).slice(0, all.length)).toEqual(all);
  });
}

/** The rows of one session in the log, in their order, behind what is known. */
async function rowsOf({ backEnd }: Scene, id: string, known: Readonly<Record<string, number>> = {}) {
  const rows = (await backEnd.history(known)).filter(({ sessionId }) => sessionId === id);
  return rows.toSorted((a, b) => a.seq - b.seq);
}
