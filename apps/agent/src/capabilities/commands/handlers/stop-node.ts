import { type CommandOutput, HalError } from "@hal/protocol";
import { sleep } from "@hal/daemon";
import type { BackEnd } from "../../../back-end.ts";
import type { Context } from "../../../context.ts";
import { statusesOf } from "../../sessions/compare/ask-statuses.ts";
import { directoriesOf } from "../../projects/directories-of.ts";
import type { Handler } from "./index.ts";
import { untilSaved } from "../until-saved.ts";
import { rejectRequests } from "./reject-requests.ts";

/** How often opencode is asked whether what was stopped rests, and how far apart. */
const LOOKS = 12;
const LOOK_EVERY_MS = 250;

const REASON = "its turn was aborted, with everything that was at work";

/** Stops what opencode says is at work, each session for itself and whatever is known of it, and asks again whether it rests. */
export const stopNode: Handler<"node.stop"> = async (context, { project }) => {
  // what is held is on the disk before anything is stopped, so that no later run lets a start through
  await untilSaved(context, () => context.holds.save());
  const kept = context.prompts.stop(project);
  const stop = new Stop(context, project);
  try {
    for (let look = 0; look < LOOKS && (await stop.round()); look += 1) await sleep(LOOK_EVERY_MS, context.stopping);
    return { ...stop.outcome(), kept };
  } finally {
    stop.leave();
  }
};

class Stop {
  readonly #context: Context;
  readonly #project: string | undefined;
  readonly #api: BackEnd;
  readonly #projects: ReadonlyMap<string, string>;
  readonly #directories: Set<string>;
  readonly #failing = new Map<string, string>();
  /** where each session is that was found at work */
  readonly #found = new Map<string, string>();
  readonly #leave: (() => void)[] = [];
  readonly #refused = new Map<string, string>();
  #working: ReadonlySet<string> = new Set();

  constructor(context: Context, project: string | undefined) {
    this.#context = context;
    this.#project = project;
    this.#api = context.opencode.api();
    this.#projects = projectsByDirectory(context);
    this.#directories = new Set(
      [...directoriesOf(context)].filter((one) => project === undefined || this.#projects.get(one) === project),
    );
  }

  /** Stops what is at work; false where nothing was. */
  async round(): Promise<boolean> {
    const working = new Set<string>();
    const stopping: Promise<void>[] = [];
    // as the answers come: a directory that hangs keeps nothing else at work
    for await (const answer of this.#context.directories.ask(this.#api, this.#directories, statusesOf(this.#api))) {
      const { directory } = answer;
      if (!answer.ok) {
        this.#failing.set(directory, answer.reason);
        this.#directories.delete(directory);
        continue;
      }
      const ids = Object.entries(answer.value).flatMap(([id, { type }]) => (type === "idle" ? [] : [id]));
      for (const id of ids) working.add(id);
      if (ids.length > 0) stopping.push(this.#stopIn(directory, ids));
    }
    await Promise.all(stopping);
    await this.#context.book.write();
    this.#working = working;
    // a prompt that is on its way is at work in a moment
    return working.size > 0 || this.#context.prompts.isPosting(this.#project);
  }

  async #stopIn(directory: string, ids: readonly string[]): Promise<void> {
    await this.#api.boot(directory);
    await Promise.all(ids.map((id) => this.#abort(directory, id)));
    try {
      await this.#rejectIn(directory, new Set(ids));
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      for (const id of ids) this.#refused.set(id, error.message);
    }
  }

  async #abort(directory: string, id: string): Promise<void> {
    if (!this.#found.has(id)) this.#leave.push(this.#context.acting.begin(id));
    this.#found.set(id, directory);
    try {
      await this.#api.abort(id);
      if (this.#context.book.get(id)?.managed === true) this.#context.book.open(id).aborted();
      this.#refused.delete(id);
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      this.#refused.set(id, error.message);
    }
  }

  async #rejectIn(directory: string, ids: ReadonlySet<string>): Promise<void> {
    const [permissions, questions] = await Promise.all([
      this.#api.permissions(directory),
      this.#api.questions(directory),
    ]);
    const requests = [...permissions, ...questions]
      .filter(({ sessionId }) => ids.has(sessionId))
      .map(({ id, kind, sessionId }) => ({ id, kind, sessionId, directory }));
    await rejectRequests(this.#context, this.#api, { requests, reason: REASON });
  }

  outcome(): Omit<CommandOutput<"node.stop">, "kept"> {
    const projectOf = (directory: string): string | null => this.#projects.get(directory) ?? null;
    const sessions = [...this.#found].map(([sessionId, directory]) => ({
      sessionId,
      project: this.#context.book.get(sessionId)?.saved.project ?? projectOf(directory),
      ...this.#resultOf(sessionId, directory),
    }));
    const failing = [...this.#failing].map(([directory, reason]) => ({
      directory,
      project: projectOf(directory),
      reason,
    }));
    return { sessions, failing };
  }

  #resultOf(id: string, directory: string): Pick<CommandOutput<"node.stop">["sessions"][number], "result" | "reason"> {
    const failure = this.#failing.get(directory);
    if (failure !== undefined) return { result: "unknown", reason: failure };
    if (!this.#working.has(id)) return { result: "stopped", reason: "opencode says that it rests" };
    return { result: "working", reason: this.#refused.get(id) ?? "opencode says that it is still at work" };
  }

  leave(): void {
    for (const one of this.#leave) one();
  }
}

/** Which project each directory belongs to, by real path. */
function projectsByDirectory({ book, places, projects }: Context): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { saved } of book.all())
    if (saved.directory !== undefined && saved.project !== undefined)
      found.set(places.real(saved.directory), saved.project);
  for (const { name, directory } of projects()) found.set(places.real(directory), name);
  return found;
}
