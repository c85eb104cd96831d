import { HalError, type HoldBrief, holdsProject, releaseCommand } from "@hal/protocol";
import type { Logger } from "@hal/daemon";
import { type AgentStore, keepHolds, keptHolds } from "@hal/store/agent";
import { KeptBriefing } from "../../kept-briefing.ts";

/**
 * What is held on this node: nothing that begins work is done there. It is on the disk before a stop that came behind it stops
 * anything, and a hold that the supervisor does not name any more is released.
 */
export class Holds extends KeptBriefing<HoldBrief> {
  readonly #nodeName: string;

  constructor(store: AgentStore, log: Logger, nodeName: string) {
    super({
      read: () => keptHolds(store),
      write: (all) => keepHolds(store, all),
      log,
      say: {
        shown: (all) => ({ holds: all.map(({ id }) => id) }),
        changed: "what is held on this node has changed",
        unsaved: "what is held counts, but could not be kept; it is said again at the next connection",
        tooOld:
          "this supervisor is too old to have holds and could release none; they are kept, and do not count meanwhile",
      },
    });
    this.#nodeName = nodeName;
  }

  /** Throws HalError("held") where work of a project may not begin. */
  refuse(project: string | undefined): void {
    const holding = this.counting.filter((hold) => holdsProject(hold, project));
    const [first] = holding;
    if (first === undefined) return;
    const commands = new Set(holding.map(({ scope, project: of = null }) => this.#release(scope, of)));
    throw new HalError(
      "held",
      `${first.by} holds ${this.#what(first)}, and nothing begins until it is released: ${[...commands].join("; ")}`,
      { details: { holds: holding.map(({ id }) => id) } },
    );
  }

  #what({ scope, project }: HoldBrief): string {
    const where = scope === "fleet" ? "the fleet" : "this node";
    return project === undefined ? where : `project ${project} on ${where}`;
  }

  #release(scope: HoldBrief["scope"], project: string | null): string {
    return releaseCommand({ node: scope === "fleet" ? null : this.#nodeName, project });
  }
}
