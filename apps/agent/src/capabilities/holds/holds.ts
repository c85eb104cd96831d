import { HalError, type HoldBrief, holdsProject, releaseCommand } from "@hal/protocol";
import type { Logger } from "@hal/daemon";
import { type AgentStore, describeStorageProblem, isStorageProblem, keepHolds, keptHolds } from "@hal/store/agent";

/**
 * What is held on this node: nothing that begins work is done there.
 *
 * What holds here:
 *
 * - H1 What the supervisor says counts at once, and is on the disk before a stop that came behind it stops anything.
 * - H2 What it says is all that there is: a hold that it does not name any more is released.
 * - H3 A supervisor that has no holds could release none: while it is the one that is connected they do not count.
 */
export class Holds {
  readonly #store: AgentStore;
  readonly #log: Logger;
  readonly #nodeName: string;
  #all: readonly HoldBrief[] = [];
  #isSaved = true;
  #counts = true;

  constructor(store: AgentStore, log: Logger, nodeName: string) {
    this.#store = store;
    this.#log = log;
    this.#nodeName = nodeName;
  }

  /** Takes up what an earlier run kept, before anything can begin. */
  async load(): Promise<void> {
    this.#all = await keptHolds(this.#store);
  }

  /** What is to be shown to the supervisor: all of it, whether it counts or not. */
  get all(): readonly HoldBrief[] {
    return this.#all;
  }

  /** Those that are on the disk. */
  get saved(): readonly string[] {
    return this.#isSaved ? this.#all.map(({ id }) => id) : [];
  }

  /** A supervisor welcomed this agent. H3 */
  welcomed(hasHolds: boolean): void {
    this.#counts = hasHolds;
    if (!hasHolds && this.#all.length > 0)
      this.#log.warn(
        { holds: this.#all.map(({ id }) => id) },
        "this supervisor is too old to have holds and could release none; they are kept, and do not count meanwhile",
      );
  }

  /** What is held from now on. H1, H2 */
  async take(held: readonly HoldBrief[]): Promise<void> {
    const isNews = JSON.stringify(held) !== JSON.stringify(this.#all);
    if (!isNews && this.#isSaved) return;
    this.#all = held;
    this.#isSaved = false;
    this.#log.info({ holds: held.map(({ id }) => id) }, "what is held on this node has changed");
    try {
      await this.save();
    } catch (error) {
      if (!isStorageProblem(error)) throw error;
      this.#log.error(
        { problem: describeStorageProblem(error.code) },
        "what is held counts, but could not be kept; it is said again at the next connection",
      );
    }
  }

  /** Brings what is held to the disk, where it is not there yet. */
  async save(): Promise<void> {
    if (this.#isSaved) return;
    const held = this.#all;
    await keepHolds(this.#store, held);
    if (held === this.#all) this.#isSaved = true;
  }

  /** Throws HalError("held") where work of a project may not begin. */
  refuse(project: string | undefined): void {
    const holding = this.#counts ? this.#all.filter((hold) => holdsProject(hold, project)) : [];
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
