import type { World } from "./world.ts";
import type { Problem } from "./problem.ts";

/** Old cursors of which each life is asked again. */
const KEPT_LIVES = 5;

/** The log ids that were in use, and a cursor of each: one that ended with a restore must never come back. */
export class Lives {
  readonly #world: World;
  readonly #ended = new Map<string, string>();
  readonly #problems: Problem[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Remembers the life that is about to end, with its newest cursor. */
  async end(): Promise<void> {
    const [newest] = await this.#world.stage.api<{ readonly cursor: string }[]>("/events?limit=1");
    if (newest !== undefined) this.#ended.set(newest.cursor.replace(/:.*$/, ""), newest.cursor);
  }

  /** A restored supervisor is up: it must be in a life that never was. */
  async begin(): Promise<void> {
    const { log_id: id } = await this.#world.stage.api<{ readonly log_id: string }>("/status");
    if (this.#ended.has(id))
      this.#problems.push({ kind: "life", text: `the log id ${id} came back with a restored database` });
  }

  /** The lives that came back since the last call. */
  take(): Problem[] {
    return this.#problems.splice(0);
  }

  /** The cursors of ended lives that are not refused. */
  async accepted(): Promise<Problem[]> {
    const problems: Problem[] = [];
    const { ports, token } = this.#world.stage;
    for (const cursor of [...this.#ended.values()].slice(-KEPT_LIVES)) {
      const reading = new AbortController();
      const { status } = await fetch(`http://127.0.0.1:${ports.http}/api/v1/events/stream?after=${cursor}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.any([reading.signal, AbortSignal.timeout(10_000)]),
      });
      reading.abort();
      if (status !== 410)
        problems.push({ kind: "life", text: `the cursor ${cursor} of an ended life is answered ${status}` });
    }
    return problems;
  }
}
