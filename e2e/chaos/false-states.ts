import type { SessionView } from "@hal/protocol";
import type { Agent } from "../harness/agent.ts";
import { type HeldSession, heldStates, newestTurn, type Turn } from "./held-state.ts";
import { judgeRow } from "./judge-row.ts";
import type { World } from "./world.ts";

/** So long what is true in opencode may be on its way to the screen. */
const ON_ITS_WAY_MS = 1_500;

/** A row that is not so, and since when it was seen. */
export interface FalseState {
  readonly agent: Agent;
  /** the same as long as the same is wrong */
  readonly key: string;
  readonly text: string;
  readonly seenAt: number;
  readonly since: number;
}

/** Compares again and again the rows that people see with what each opencode says; what only passes is no false state. */
export class FalseStates {
  readonly #world: World;
  /** rests are told from the newest message, which is asked for where something happened since this time */
  readonly #since: number;
  #suspects = new Map<string, FalseState>();

  constructor(world: World, since: number) {
    this.#world = world;
    this.#since = since;
  }

  /** The states that are false for longer than anything is on its way. Throws where somebody does not answer. */
  async look(): Promise<FalseState[]> {
    const suspects = new Map<string, FalseState>();
    const rows = await this.#world.rows();
    for (const agent of this.#world.agents)
      for (const [key, text] of await this.#wrongOf(agent, rows)) {
        const now = Date.now();
        suspects.set(key, { agent, key, text, seenAt: now, since: this.#suspects.get(key)?.since ?? now });
      }
    this.#suspects = suspects;
    return [...suspects.values()].filter(({ seenAt, since }) => seenAt - since >= ON_ITS_WAY_MS);
  }

  async #wrongOf(agent: Agent, before: readonly SessionView[]): Promise<Map<string, string>> {
    const node = agent.nodeId;
    const held = await heldStates(agent);
    const turns = new Map<string, Turn>();
    for (const session of held.values())
      if (session.status === "idle" && this.#mayHaveChanged(session, before))
        turns.set(session.id, await newestTurn(agent.opencode(), session.id));
    const rows = (await this.#world.rows()).filter(({ node_id: id }) => id === node);
    const later = await heldStates(agent);
    const wrong = new Map<string, string>();
    const note = (id: string, text: string): void => {
      wrong.set(`${id} ${text.replaceAll(/\b\d+ ?(?:ms|s|min|m|h|d)\b/g, "")}`, `${agent.name}: session ${id} ${text}`);
    };
    for (const row of rows) {
      const session = held.get(row.id);
      // what moves is on its way
      if (JSON.stringify(session) !== JSON.stringify(later.get(row.id))) continue;
      const text = judgeRow(row, session, turns.get(row.id));
      if (text !== undefined) note(row.id, text);
    }
    const shown = new Set(rows.map(({ id }) => id));
    for (const id of held.keys()) if (!shown.has(id) && later.has(id)) note(id, "is not shown");
    for (const row of await this.#world.rows())
      if (held.has(row.id) && row.node_id !== node && row.status !== "unreachable" && row.status !== "ended")
        note(row.id, `is shown as ${row.status} on ${row.node}, too`);
    return wrong;
  }

  #mayHaveChanged({ id, updatedAt }: HeldSession, rows: readonly SessionView[]): boolean {
    const row = rows.find((one) => one.id === id);
    return updatedAt >= this.#since || row === undefined || !/^(?:ended|idle)$/.test(row.status);
  }
}
