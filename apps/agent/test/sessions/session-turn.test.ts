import { describe, expect, it } from "vitest";
import { NEW_SESSION } from "../../src/capabilities/sessions/domain/saved-session.ts";
import type { SourceMessage } from "../../src/domain/source-fact.ts";
import { anAnswer } from "../support/source-facts.ts";
import { SessionTurn } from "../../src/capabilities/sessions/domain/session-turn.ts";

const answer = (end: Pick<Partial<SourceMessage>, "completedAt" | "goesOn">) =>
  anAnswer("msg_2", { createdAt: 2, ...end });

/** How a turn stands after its answer's row and so many comparisons that did not name its session. */
function after(end: Parameters<typeof answer>[0], looks: number, hasUnended: boolean, isDenied = false) {
  const turn = new SessionTurn(NEW_SESSION);
  turn.message(answer(end), true, { isDenied });
  turn.does({ type: "busy" });
  for (let look = 0; look < looks; look += 1) turn.unnamed(hasUnended);
  return turn.turn.kind;
}

// I19
describe("a turn that opencode does not name as working", () => {
  it("is judged by the second comparison, not by the first", () => {
    expect(after({}, 1, true)).toBe("open");
    expect(after({}, 2, true)).toBe("interrupted");
  });

  it("was left to itself, and is not said to be interrupted, where its last answer ended with tools", () => {
    expect(after({ completedAt: 3, goesOn: true }, 1, false)).toBe("open");
    expect(after({ completedAt: 3, goesOn: true }, 2, false)).toBe("unknown");
  });

  it("is over at once where a person denied what it asked for, whether its run ends or not", () => {
    const end = { completedAt: 3, goesOn: true };
    expect(after(end, 1, false, true)).toBe("denied");
    const turn = new SessionTurn(NEW_SESSION);
    turn.message(answer(end), true, { isDenied: true });
    turn.runEnded("runEnded");
    expect(turn.turn.kind).toBe("denied");
  });
});
