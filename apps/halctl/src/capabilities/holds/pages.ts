import type { HoldView, KeptHoldView, OperationOutput } from "@hal/protocol";
import { duration, holdText } from "@hal/words";
import { lackingLines } from "../../output/lacking-lines.ts";
import type { Look } from "../../output/look.ts";
import { paint } from "../../output/paint.ts";

/** What is held, a line each, for the top of a page; nothing where nothing is. */
export function heldLines(holds: readonly HoldView[], { now }: Pick<Look, "now">): string {
  return holds
    .map((hold) => {
      const forHow = duration(Math.max(0, now - Date.parse(hold.since)));
      return `${paint("bad", "HELD")}  ${holdText(hold)} for ${forHow} now, and nothing begins there until it is released: ${hold.release}\n`;
    })
    .join("");
}

/** The same, and the nodes that do not hold it themselves. */
export function holdsPage(holds: readonly KeptHoldView[], look: Look): string {
  return heldLines(holds, look) + lackingLines(holds);
}

/** What a release released, and what holds all the same. */
export function releasedPage({ released, remaining }: OperationOutput<"holds.release">, look: Look): string {
  const gone = released.map((hold) => `${paint("good", "RELEASED")}  ${holdText(hold)} no more\n`).join("");
  const said =
    released.length === 0 ? `nothing was released${remaining.length === 0 ? ": nothing is held" : ""}\n` : gone;
  return said + heldLines(remaining, look);
}
