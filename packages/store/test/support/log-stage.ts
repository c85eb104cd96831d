import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { EventEnvelope, Hello } from "@hal/protocol";
import {
  type CommandRow,
  recordConnected,
  openSupervisorStore,
  queueCommand,
  type SupervisorStore,
  type Taken,
  takeFrame,
} from "../../src/supervisor/index.ts";

export const NODE = "01900000-0000-7000-8000-000000000001";
export const OTHER_NODE = "01900000-0000-7000-8000-000000000002";
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
/** A prompt that waits for the node. */
export const COMMAND: CommandRow = {
  id: "cmd_1",
  type: "session.prompt",
  nodeId: NODE,
  project: null,
  sessionId: "ses_a",
  actor: "x",
  args: {},
  state: "queued",
  output: null,
  error: null,
  createdAt: 1,
  deadlineAt: 9,
  sentAt: null,
  sentEpoch: null,
  cancelRequestedAt: null,
  keyHash: null,
  payloadHash: null,
  finishedAt: null,
};

/** A copy of the migrations that were there before one of them, in a new folder within `folder`. */
export async function migrationsBefore(folder: string, first: string): Promise<string> {
  const copy = await mkdtemp(join(folder, "migrations-"));
  await cp(MIGRATIONS, copy, { recursive: true });
  const journalFile = join(copy, "meta", "_journal.json");
  const journal = JSON.parse(await readFile(journalFile, "utf8")) as { entries: { readonly tag: string }[] };
  const count = journal.entries.findIndex(({ tag }) => tag === first);
  await writeFile(journalFile, JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }));
  return copy;
}

/** A supervisor's database in a temporary folder, which knows one node. */
export class LogStage implements AsyncDisposable {
  readonly folder: string;
  store!: SupervisorStore;
  #made = 0;
  readonly #seqs = new Map<string, number>();

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
  tell(at: number, ...events: readonly Omit<EventEnvelope, "seq" | "at">[]): Promise<Taken> {
    return this.tellAs(NODE, at, ...events);
  }

  /** The same of any node. */
  async tellAs(nodeId: string, at: number, ...events: readonly Omit<EventEnvelope, "seq" | "at">[]): Promise<Taken> {
    const before = this.#seqs.get(nodeId) ?? 0;
    const last = before + events.length;
    this.#seqs.set(nodeId, last);
    const numbered = events.map((event, index) => ({ ...event, seq: before + index + 1, at }));
    const bytes = Buffer.from(JSON.stringify({ type: "events", epoch: "e1", events: numbered }));
    const taken = await takeFrame(this.store, { nodeId, bytes, receivedAt: at });
    if (taken.kind !== "taken" || taken.seq !== last) throw new Error(`not taken: ${JSON.stringify(taken)}`);
    return taken;
  }

  /** A node comes, for the first time or once more. */
  async greet(nodeId: string): Promise<void> {
    const hello = { ...HELLO, node: { ...HELLO.node, id: nodeId } };
    await recordConnected(this.store, hello, SECRET, { now: 1, goesOn: true });
  }

  /** Somebody asks for something, maybe under a key. */
  async queue(changes: Partial<CommandRow>, key?: string): Promise<void> {
    const idempotency = key === undefined ? undefined : { actor: "x", key, payloadHash: "h" };
    await queueCommand(this.store, { ...COMMAND, ...changes }, idempotency);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.store.close();
    await rm(this.folder, { recursive: true });
  }

  async #begin(): Promise<void> {
    this.#made += 1;
    this.#seqs.clear();
    this.store = openSupervisorStore({ file: join(this.folder, `${this.#made}.db`), migrations: MIGRATIONS });
    await this.greet(NODE);
  }
}
