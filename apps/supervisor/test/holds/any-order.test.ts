import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { HOLD_FEATURE, type HoldBrief, holdsProject } from "@hal/protocol";
import { addHold, openSupervisorStore, releaseHolds, type SupervisorStore } from "@hal/store/supervisor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adoptFrom } from "../../src/capabilities/holds/adopt-holds.ts";
import type { Context } from "../../src/capabilities/holds/context.ts";
import { holdBriefing } from "../../src/capabilities/nodes/brief-holds.ts";
import { isReleased } from "../../src/capabilities/nodes/domain/holds-on.ts";
import { Held } from "../../src/capabilities/nodes/held.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/supervisor", import.meta.url));
const NODES = ["01900000-0000-7000-8000-00000000000a", "01900000-0000-7000-8000-00000000000b"] as const;
const PROJECTS = ["p1", "p2"] as const;

interface Place {
  readonly node: number | null;
  readonly project: string | null;
}
type Step =
  | { readonly kind: "hold" | "release"; readonly place: Place }
  | { readonly kind: "come" | "hear" | "lose"; readonly node: number }
  | { readonly kind: "restart" };

const place: fc.Arbitrary<Place> = fc.record({
  node: fc.constantFrom(null, 0, 1),
  project: fc.constantFrom(null, ...PROJECTS),
});
const node = fc.constantFrom(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constantFrom("hold" as const, "release" as const), place }),
  fc.record({ kind: fc.constantFrom("come" as const, "hear" as const, "lose" as const), node }),
  fc.constant({ kind: "restart" as const }),
);

/** An agent: what is on its disk, and what is on its way to it. */
interface Agent {
  readonly id: string;
  kept: readonly HoldBrief[];
  /** undefined while it is away */
  coming: (readonly HoldBrief[])[] | undefined;
}

/** The supervisor's own rules and database, and agents that keep what they hear. */
class World {
  readonly agents: Agent[] = NODES.map((id) => ({ id, kept: [], coming: undefined }));
  readonly #store: SupervisorStore;
  #held: Held;
  #made = 0;

  constructor(store: SupervisorStore) {
    this.#store = store;
    this.#held = new Held(store);
  }

  async does(one: Step): Promise<void> {
    switch (one.kind) {
      case "hold":
        await addHold(this.#store, this.#row(one.place), undefined);
        await this.#changed();
        break;
      case "release": {
        const { nodeId, project } = this.#row(one.place);
        const scope = { nodeIds: nodeId === null ? undefined : [nodeId], project: project ?? undefined };
        const ids = this.#held.standing.filter((hold) => isReleased(hold, scope)).map(({ id }) => id);
        await releaseHolds(this.#store, ids, { id: `release_${(this.#made += 1)}`, by: "ann", at: 1 }, undefined);
        await this.#changed();
        break;
      }
      case "come":
        await this.#come(this.agents[one.node] as Agent);
        break;
      case "hear":
        this.hear(this.agents[one.node] as Agent);
        break;
      case "lose":
        (this.agents[one.node] as Agent).coming = undefined;
        break;
      case "restart":
        this.#held = new Held(this.#store);
        await this.#held.refresh();
        for (const agent of this.agents) agent.coming = undefined;
        break;
      default:
        one satisfies never;
    }
  }

  /** The next frame that is on its way arrives. */
  hear(agent: Agent): boolean {
    const next = agent.coming?.shift();
    if (next !== undefined) agent.kept = next;
    return next !== undefined;
  }

  async settle(): Promise<void> {
    for (const agent of this.agents) {
      if (agent.coming === undefined) await this.#come(agent);
      while (this.hear(agent));
    }
  }

  async #come(agent: Agent): Promise<void> {
    const context = { store: this.#store, held: this.#held, links: { all: () => [] }, audit: {}, log: {} };
    await adoptFrom(context as unknown as Context, { node: { id: agent.id }, holds: agent.kept } as never);
    agent.coming = [this.#briefing(agent)];
  }

  async #changed(): Promise<void> {
    await this.#held.refresh();
    for (const agent of this.agents) agent.coming?.push(this.#briefing(agent));
  }

  #briefing({ id }: Agent): readonly HoldBrief[] {
    return holdBriefing(this.#held, { nodeId: id, features: [HOLD_FEATURE] }).holds ?? [];
  }

  #row({ node: index, project }: Place) {
    this.#made += 1;
    const nodeId = index === null ? null : (NODES[index] ?? null);
    const about = { createdAt: this.#made, createdBy: "ann", releasedAt: null, releasedBy: null, releaseId: null };
    return { id: `hold_${this.#made}`, nodeId, project, ...about };
  }
}

/** What is held by the steps alone, as a person would count it. */
class Expected {
  #places: Place[] = [];

  does(one: Step): void {
    if (one.kind === "hold") this.#places.push(one.place);
    if (one.kind !== "release") return;
    const { node: at, project } = one.place;
    const isNamed = (held: Place): boolean =>
      (at === null || held.node === at) && (project === null || held.project === project);
    this.#places = this.#places.filter((held) => !isNamed(held));
  }

  refuses(at: number, project: string): boolean {
    return this.#places.some(
      (held) => (held.node === null || held.node === at) && (held.project === null || held.project === project),
    );
  }
}

// I23
describe("in any order of holds, releases, losses of connections and restarts", () => {
  it("each node that heard all holds exactly what is held", { timeout: 60_000 }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "hal holds "));
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const store = openSupervisorStore({ file: join(folder, `${(runs += 1)}.db`), migrations });
        try {
          const world = new World(store);
          const expected = new Expected();
          for (const one of steps) {
            await world.does(one);
            expected.does(one);
          }
          await world.settle();
          for (const [at, agent] of world.agents.entries())
            for (const project of PROJECTS)
              expect(agent.kept.some((hold) => holdsProject(hold, project))).toBe(expected.refuses(at, project));
        } finally {
          await store.close();
        }
      }),
      { numRuns: 60 },
    );
    await rm(folder, { recursive: true });
  });
});
