import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EventEnvelope, Hello } from "@hal/protocol";
import { noteConnected, openSupervisorStore, type SupervisorStore, takeFrame } from "../../src/supervisor/index.ts";

export const NODE = "01900000-0000-7000-8000-000000000001";
export const MIGRATIONS = fileURLToPath(new URL("../../migrations/supervisor", import.meta.url));
/** How the node greets. */
export const HELLO = {
  instance: "run-1",
  node: { id: NODE, hostname: "box", version: "0", os: "linux", arch: "x64" },
  outbox: { epoch: "e1", firstSeq: 0, lastSeq: 0, acked: 0 },
  features: [],
  projects: [],
  opencode: { state: "up", since: 1 },
} as unknown as Hello;
export const SECRET = { secretHash: "x", secretConfirmed: true };

/** A supervisor's database in a temporary folder, which knows one node. */
export class LogStage implements AsyncDisposable {
  readonly folder: string;
  store!: SupervisorStore;
  #made = 0;
  #seq = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<LogStage> {
    const stage = new LogStage(await mkdtemp(join(tmpdir(), "hal store ")));
    await stage.#begin();
    return stage;
  }

  /** Goes on with another database, which is empty but for the node. */
  async anew(): Promise<void> {
    await this.store.close();
    await this.#begin();
  }

  /** Goes on with the database of that file, which is brought to this version first. */
  async goOnWith(file: string): Promise<void> {
    await this.store.close();
    this.store = openSupervisorStore({ file, migrations: MIGRATIONS });
  }

  /** The node tells events, in one frame that came at a time. */
  async tell(at: number, ...events: readonly Omit<EventEnvelope, "seq" | "at">[]): Promise<void> {
    const numbered = events.map((event) => ({ ...event, seq: (this.#seq += 1), at }));
    const bytes = Buffer.from(JSON.stringify({ type: "events", epoch: "e1", events: numbered }));
    const taken = await takeFrame(this.store, { nodeId: NODE, bytes, receivedAt: at });
    if (taken.kind !== "taken" || taken.seq !== this.#seq) throw new Error(`not taken: ${JSON.stringify(taken)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    await rm(this.folder, { recursive: true });
  }

  async #begin(): Promise<void> {
    this.#made += 1;
    this.#seq = 0;
    this.store = openSupervisorStore({ file: join(this.folder, `${this.#made}.db`), migrations: MIGRATIONS });
    await noteConnected(this.store, HELLO, SECRET, { now: 1, goesOn: true });
  }
}
