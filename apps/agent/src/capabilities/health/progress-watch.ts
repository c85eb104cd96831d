import { join } from "node:path";
import { type Clock, errorText, type Logger, sleep } from "@hal/daemon";
import type { HalEvent } from "@hal/protocol";
import { type AgentStore, keptProgress, recordProgress } from "@hal/store/agent";
import type { Places } from "../projects/places.ts";
import { contentHash } from "../sessions/domain/messages/content-hash.ts";
import { isAtWork } from "../sessions/domain/turn.ts";
import type { SessionTeller } from "../sessions/domain/session-teller.ts";
import type { SessionBook } from "../sessions/session-book.ts";
import {
  lookAtProgress,
  type ProgressMemory,
  type ProgressNews,
  readProgressMemory,
} from "./domain/progress-memory.ts";
import { readInside } from "./read-inside.ts";

const PROGRESS_FILE = join(".context", "PROGRESS.md");

/** More of the file is not looked at. */
const MOST_BYTES = 64 * 1024;

/** At least so often it is looked at. */
const LOOK_MS = 10_000;

interface NamedDirectory {
  readonly name: string;
  readonly directory: string;
}

interface ProgressParts {
  readonly projects: readonly NamedDirectory[];
  readonly book: Pick<SessionBook, "all" | "get" | "listen">;
  readonly clock: Clock;
  readonly log: Logger;
  readonly places: Pick<Places, "real">;
  readonly store: AgentStore;
}

/** Tells once when the progress file of a project begins to say that its task is completed, and when it says something else (protocol §4.12). */
export class ProgressWatch {
  readonly #parts: ProgressParts;
  readonly #memories = new Map<string, ProgressMemory>();
  /** looks come one after the other: each goes by what the one before it remembers */
  #looking: Promise<void> = Promise.resolve();

  constructor(parts: ProgressParts) {
    this.#parts = parts;
  }

  /** Takes up what an earlier run remembered. */
  async load(): Promise<void> {
    for (const { project, directory, memory } of await keptProgress(this.#parts.store)) {
      const read = readProgressMemory(memory);
      if (read !== undefined) this.#memories.set(keyOf({ name: project, directory }), read);
    }
  }

  /** Looks now and then, and whenever a session comes to rest, until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { book, projects } = this.#parts;
    const stop = book.listen((event) => this.#told(event));
    while (!signal.aborted) {
      for (const project of projects) await this.look(project);
      await sleep(LOOK_MS, signal);
    }
    stop();
    await this.#looking;
  }

  /** Tells what changed in a project's file; `rested` is the session that came to rest just now. */
  look(project: NamedDirectory, rested?: SessionTeller): Promise<void> {
    this.#looking = this.#looking.then(() => this.#look(project, rested));
    return this.#looking;
  }

  async #look(project: NamedDirectory, rested: SessionTeller | undefined): Promise<void> {
    const { clock, log, store } = this.#parts;
    const { name, directory } = project;
    const before = this.#memories.get(keyOf(project));
    const found = await readInside(directory, PROGRESS_FILE, MOST_BYTES);
    const now = clock.now();
    const { memory, news } = lookAtProgress(before, found?.text, now);
    if (before !== undefined && JSON.stringify(memory) === JSON.stringify(before)) return;
    const event = news && this.#eventOf(project, news, { at: now, rested });
    try {
      await recordProgress(store, { project: name, directory, memory }, event);
      this.#memories.set(keyOf(project), memory);
      if (news !== undefined) log.info({ project: name, session: event?.session }, SAID[news.type]);
    } catch (error) {
      // the next look finds the same
      log.warn({ project: name, problem: errorText(error) }, "what a project's progress file says could not be kept");
    }
  }

  #eventOf(
    project: NamedDirectory,
    news: ProgressNews,
    { at, rested }: { readonly at: number; readonly rested: SessionTeller | undefined },
  ): HalEvent {
    const session = this.#writerIn(project, rested);
    const about = {
      at,
      sourceKey: [news.type, contentHash(keyOf(project)), news.key].join("/"),
      project: project.name,
      ...(session === undefined ? {} : { session }),
    };
    if (news.type === "task.reopened") return { ...about, type: news.type, data: { by: "file" } };
    const { title } = news;
    return { ...about, type: news.type, data: { by: "file", ...(title === undefined ? {} : { title }) } };
  }

  /** The root session that worked in the project's directory while the file was written; undefined where that is not one alone. */
  #writerIn({ directory }: NamedDirectory, rested: SessionTeller | undefined): string | undefined {
    const { book, places } = this.#parts;
    const own = places.real(directory);
    const found = [...book.all()].filter(
      (teller) =>
        teller.managed &&
        teller.parentId === undefined &&
        (isAtWork(teller.status) || teller.id === rested?.id) &&
        teller.directory !== undefined &&
        places.real(teller.directory) === own,
    );
    return found.length === 1 ? found[0]?.id : undefined;
  }

  #told({ type, session }: HalEvent): void {
    if (session === undefined || (type !== "session.idle" && type !== "session.error")) return;
    const teller = this.#parts.book.get(session);
    if (teller?.directory === undefined || teller.parentId !== undefined) return;
    const { places, projects } = this.#parts;
    const real = places.real(teller.directory);
    const project = projects.find(({ directory }) => places.real(directory) === real);
    if (project !== undefined) void this.look(project, teller);
  }
}

const SAID = {
  "task.completed": "the progress file of a project says that its task is completed",
  "task.reopened": "the progress file of a project does not say any more that its task is completed",
} as const;

/** The same project in another directory is another one. */
function keyOf({ name, directory }: NamedDirectory): string {
  return JSON.stringify([name, directory]);
}
