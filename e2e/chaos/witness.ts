import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import type { EventView } from "@hal/protocol";
import type { Problem } from "./problem.ts";
import type { World } from "./world.ts";

/** Somebody who follows the log through everything that happens, resumes by cursor, and begins anew only when told to. */
export class Witness implements AsyncDisposable {
  readonly #world: World;
  readonly #ending = new AbortController();
  readonly #following: Promise<void>;
  readonly #problems: Problem[] = [];
  /** what was seen, by cursor */
  readonly #seen = new Map<string, string>();
  #life: { readonly id: string; readonly ids: number[] } | undefined;
  #cursor: string | undefined;
  #begun = 0;

  constructor(world: World) {
    this.#world = world;
    this.#following = this.#follow();
  }

  /** How often it had to begin anew, because its cursor was refused. */
  get begun(): number {
    return this.#begun;
  }

  /** What was wrong with what it saw since the last call: twice, out of order, or two things under one cursor. */
  take(): Problem[] {
    return this.#problems.splice(0);
  }

  /** What it did not see yet of what is in the log. */
  missed(): Problem[] {
    const [first, last] = [this.#life?.ids[0], this.#life?.ids.at(-1)];
    if (first === undefined || last === undefined) return [];
    const database = new DatabaseSync(this.#world.supervisorDatabase, { readOnly: true });
    try {
      const seen = new Set(this.#life?.ids);
      const missed = database
        .prepare("select id, type from events where id between ? and ?")
        .all(first, last)
        .filter(({ id }) => !seen.has(Number(id)));
      return missed.slice(0, 5).map(({ id, type }) => ({
        kind: "lost",
        text: `a follower was not told of event ${String(id)} (${String(type)})`,
      }));
    } finally {
      database.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ending.abort();
    await this.#following;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#ending;
    while (!signal.aborted) {
      await this.#readOnce(signal).catch(() => undefined); // the supervisor is away; the cursor resumes
      await delay(100, undefined, { signal }).catch(() => undefined);
    }
  }

  async #readOnce(signal: AbortSignal): Promise<void> {
    const { ports, token } = this.#world.stage;
    const response = await fetch(`http://127.0.0.1:${ports.http}/api/v1/events/stream`, {
      headers: {
        authorization: `Bearer ${token}`,
        ...(this.#cursor === undefined ? {} : { "last-event-id": this.#cursor }),
      },
      signal,
    });
    if (response.status === 410) {
      await response.body?.cancel();
      this.#begun += 1;
      this.#cursor = undefined;
      this.#life = undefined;
      return;
    }
    if (!response.ok || response.body === null) throw new Error(`the stream is answered ${response.status}`);
    let rest = "";
    const decoder = new TextDecoder();
    for await (const bytes of response.body) {
      const blocks = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        // the log began a new life: what comes next is a refusal of the cursor
        if (block.startsWith("event: error")) return;
        const data = block.split("\n").find((line) => line.startsWith("data: "));
        if (data !== undefined) this.#see(JSON.parse(data.slice(6)) as EventView);
      }
    }
  }

  #see({ cursor, id, type, node_id: node, session_id: session, received_at: at }: EventView): void {
    const life = cursor.replace(/:.*$/, "");
    const what = [type, node, session, at].join(" ");
    const before = this.#seen.get(cursor);
    if (before !== undefined && before !== what)
      this.#problems.push({ kind: "life", text: `the cursor ${cursor} names ${before} and ${what}` });
    this.#seen.set(cursor, what);
    if (this.#life !== undefined && this.#life.id !== life)
      this.#problems.push({ kind: "life", text: `a stream went on from ${this.#life.id} to ${life} without a word` });
    const last = this.#life?.ids.at(-1);
    if (last !== undefined && this.#life?.id === life && id <= last)
      this.#problems.push({ kind: "order", text: `a follower was told of event ${id} behind ${last}` });
    this.#life = this.#life?.id === life ? this.#life : { id: life, ids: [] };
    this.#life.ids.push(id);
    this.#cursor = cursor;
  }
}
