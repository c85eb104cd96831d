import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createLogger, systemClock, Wakeup, noTracing } from "@hal/daemon";
import { decodeFrame, Events, HalError } from "@hal/protocol";
import { type AgentStore, frameAfter, openAgentStore, outboxPosition } from "@hal/store/agent";
import type { Context, Opencode } from "../../src/context.ts";
import { type HealthParts, HealthWatch } from "../../src/capabilities/health/health-watch.ts";
import { LiveLane } from "../../src/capabilities/live/live-lane.ts";
import { followOpencode } from "../../src/capabilities/sessions/follow-opencode.ts";
import { Preconditions } from "../../src/capabilities/preconditions/preconditions.ts";
import { Acting } from "../../src/capabilities/sessions/acting.ts";
import { refuseToBegin } from "../../src/capabilities/commands/refuse-to-begin.ts";
import { Answering } from "../../src/capabilities/sessions/answering.ts";
import { PromptsUnderWay } from "../../src/capabilities/sessions/prompts-under-way.ts";
import { Followed } from "../../src/capabilities/sessions/followed.ts";
import { DurableLog } from "../../src/capabilities/sessions/durable-log.ts";
import { Directories } from "../../src/capabilities/projects/per-directory.ts";
import { Places } from "../../src/capabilities/projects/places.ts";
import { Worktrees } from "../../src/capabilities/projects/worktrees.ts";
import { SessionBook } from "../../src/capabilities/sessions/session-book.ts";
import { openTold } from "../../src/open-told.ts";
import { OpencodeApiDouble } from "./opencode-api-double.ts";

const migrations = fileURLToPath(new URL("../../../../packages/store/migrations/agent", import.meta.url));

export const PROJECT = "/srv/p1";

/** What was told, as it is in the outbox. */
export interface Told {
  readonly seq: number;
  readonly type: string;
  readonly session?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** An opencode that may be up, on its way, or neither. */
class OpencodeSwitch implements Opencode {
  readonly double: OpencodeApiDouble;
  readonly #changed = new Wakeup();
  #state: "up" | "coming" | "none" = "up";

  constructor(double: OpencodeApiDouble) {
    this.double = double;
  }

  set(state: "up" | "coming" | "none"): void {
    this.#state = state;
    this.#changed.notify();
  }

  report() {
    return { state: this.#state === "up" ? ("up" as const) : ("down" as const), reason: "a reason", since: 1 };
  }

  credentials() {
    return [{ provider: "anthropic", kind: "oauth" as const }];
  }

  hide(text: string): string {
    return text.replaceAll("hidden-from-all", "(secret)");
  }

  async waitUp(signal: AbortSignal): Promise<void> {
    while (this.#state !== "up" && !signal.aborted) await this.#changed.arm(signal);
  }

  async waitComing(signal: AbortSignal): Promise<void> {
    while (this.#state === "coming" && !signal.aborted) await this.#changed.arm(signal);
  }

  api(): OpencodeApiDouble {
    if (this.#state !== "up") throw new HalError("opencode_unavailable", "opencode is down: a reason");
    return this.double;
  }
}

/** One life of an agent without its uplink: a real database, and an opencode double behind the API. */
export interface AgentStage extends AsyncDisposable {
  readonly context: Context;
  readonly store: AgentStore;
  readonly opencode: OpencodeSwitch;
  /** what this life wrote to its log */
  readonly lines: string[];
  /** begins to follow opencode's events */
  follow(silenceMs?: number, lookMs?: number): void;
  /** ends this life without a goodbye and begins another one on the same disk */
  again(): Promise<AgentStage>;
  told(): Promise<Told[]>;
}

/** Makes what looks after sessions. */
type Care = (parts: HealthParts) => HealthWatch;

const CARE: Care = (parts) => new HealthWatch(parts, { quietMs: 60_000, taskMs: 30_000 });

export async function openAgentStage(
  double: OpencodeApiDouble,
  care: Care = CARE,
  directory = PROJECT,
): Promise<AgentStage> {
  const folder = await mkdtemp(join(tmpdir(), "hal agent "));
  return live(double, { folder, care, directory });
}

interface Life {
  readonly folder: string;
  readonly care: Care;
  /** of its one project */
  readonly directory: string;
}

async function live(double: OpencodeApiDouble, life: Life): Promise<AgentStage> {
  const { folder, care } = life;
  const store = openAgentStore({ file: join(folder, "agent.db"), migrations });
  const lines: string[] = [];
  const log = createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } });
  const projects = [{ name: "p1", directory: life.directory, state: "ready" as const }];
  const worktrees = new Worktrees(folder, projects, process.env);
  const places = new Places(projects, systemClock, worktrees);
  const told = await openTold(store, { clock: systemClock, log }, "n1");
  const book = new SessionBook(store, {
    log,
    spending: told.spending,
    placement: {
      projectOf: (directory) => places.projectOf(directory),
      worktreeOf: (directory) => worktrees.of(directory)?.path,
      isExternal: () => false,
    },
  });
  await book.load();
  const stopping = new AbortController();
  const opencode = new OpencodeSwitch(double);
  // whoever does not follow has nothing to wait for
  const followed = new Followed();
  followed.is = true;
  const parts = { book, clock: systemClock, log, opencode, followed, readTask: async () => undefined };
  const context: Context = {
    version: "0.0.0",
    store,
    clock: systemClock,
    log,
    tracing: noTracing,
    book,
    opencode,
    followed,
    answering: new Answering(),
    acting: new Acting(),
    ...told,
    preconditions: new Preconditions(() => ({ PATH: process.env["PATH"] ?? "" })),
    prompts: new PromptsUnderWay((beginning) => refuseToBegin({ book, ...told }, beginning)),
    directories: new Directories(systemClock),
    durable: new DurableLog(),
    places,
    worktrees,
    live: new LiveLane(log, async () => undefined),
    health: care(parts),
    projects: () => projects,
    stopping: stopping.signal,
  };
  let following = Promise.resolve();
  const end = async (): Promise<void> => {
    stopping.abort();
    await following;
    store.sqlite.close();
  };
  return {
    context,
    store,
    opencode,
    lines,
    follow(silenceMs = 30_000, lookMs = 60_000) {
      following = followOpencode(context, { silenceMs, lookMs, doubtMs: 30 }, stopping.signal);
    },
    async again() {
      await end();
      return live(double, life);
    },
    async told() {
      const { epoch } = await outboxPosition(store);
      const frame = await frameAfter(store, epoch, 0);
      if (frame === undefined) return [];
      const decoded = decodeFrame(Events, new Set(["events"]), frame.text);
      if (!decoded.ok) throw new Error(decoded.problem);
      return decoded.frame.events as Told[];
    },
    async [Symbol.asyncDispose]() {
      await end();
      await rm(folder, { recursive: true });
    },
  };
}
