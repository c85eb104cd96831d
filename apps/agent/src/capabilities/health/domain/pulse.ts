import { Count, type EventData, type HalEvent, INTERRUPTED_ERROR, NO_TOKENS, totalTokens } from "@hal/protocol";
import * as v from "valibot";
import type { SourceFact, SourceStatus, ToolPart } from "../../../domain/source-fact.ts";
import type { ToldStatus } from "../../sessions/domain/saved-session.ts";
import { contentHash } from "../../sessions/domain/messages/content-hash.ts";
import { canonical } from "./arguments.ts";
import { Loops } from "./loops.ts";
import { later, type Moment } from "./moment.ts";

export type Health = EventData<"session.health">;

/** Of what a tool is about so much is told. */
const ABOUT_CHARS = 160;
/** A provider that says *later* is waited for at most so long before its silence counts. */
const MOST_WAIT_MS = 24 * 3_600_000;
/** Calls that have no end yet are remembered so many. */
const OPEN_CALLS = 32;

/** What is known of the task at hand. */
export interface Task {
  readonly text: string;
  readonly writtenAt: number | undefined;
}

/** How much of its model's context a session has taken. */
export interface ContextUse {
  readonly tokens: number;
  readonly model: string | undefined;
  /** what an earlier life of this agent knew of what the model takes */
  readonly limit?: number | undefined;
  /** of the message that said it */
  readonly at: number;
}

export interface Judged {
  /** now */
  readonly at: Moment;
  /** when something moved last, in it or in what it started */
  readonly movedAt: Moment;
  readonly status: ToldStatus | undefined;
  /** whether it, or what it started, waits for a person */
  readonly isWaiting: boolean;
  readonly quietMs: number;
  readonly limit: number | undefined;
}

/** What is heard of one session beside its status, and what that says of how it gets on. Pure; all times are given. */
export class Pulse {
  readonly #loops = new Loops();
  readonly #open = new Map<string, NonNullable<Health["last"]>>();
  #last: Health["last"];
  #movedAt: Moment;
  #isWorking = false;
  #context: ContextUse | undefined;
  #compactedAt = 0;
  task: Task | undefined;

  /** `told` is what was told of it in an earlier life: how full its context was, and its task, stay true until something else is heard. */
  constructor(begun: Moment, told: Health | undefined) {
    this.#movedAt = begun;
    if (told?.context !== undefined) this.#context = { ...told.context, model: undefined, at: 0 };
    if (told?.task !== undefined) this.task = { text: told.task, writtenAt: told.taskAt };
  }

  /** When something moved last, or will by what its provider said. */
  get movedAt(): Moment {
    return this.#movedAt;
  }

  get context(): ContextUse | undefined {
    return this.#context;
  }

  /** Takes what its back end says of it: each word is a sign of it. */
  heard(fact: SourceFact, at: Moment): void {
    this.#movedAt = fact.kind === "status" ? nextMove(fact.status, at) : at;
    if (fact.kind === "part" && fact.part.kind === "tool") this.#tool(fact.part, at);
  }

  /** Something moved in what it started. */
  movedBelow(at: Moment): void {
    this.#movedAt = later(this.#movedAt, at);
  }

  /** What was said for a while was not heard. */
  missed(): void {
    this.#loops.missed();
    this.#open.clear();
    this.#last = undefined;
  }

  /** Takes what was told of it: how its turns go, and how full its context is. */
  told(event: HalEvent, at: Moment): void {
    this.#movedAt = later(this.#movedAt, at);
    switch (event.type) {
      case "session.message":
        return this.#answered(event.data);
      case "session.compacted":
        return this.#compacted(event.at);
      case "session.busy":
      case "session.retrying":
      case "session.waiting":
        this.#isWorking = true;
        return;
      case "session.error":
        // that opencode died under it says nothing of the session
        if (event.data.name !== INTERRUPTED_ERROR) this.#rested(true, at.wall);
        return;
      case "session.idle":
      case "session.ended":
        return this.#rested(false, at.wall);
      default:
        return;
    }
  }

  /** All that is to be told of it. */
  judge(judged: Judged): Health {
    const { status, limit } = judged;
    const loop = status === undefined || status === "idle" || status === "ended" ? undefined : this.#loops.loop;
    const tokens = this.#context?.tokens;
    return {
      ...this.#quiet(judged),
      ...(loop === undefined ? {} : { loop }),
      ...(tokens === undefined ? {} : { context: { tokens, ...(limit === undefined ? {} : { limit }) } }),
      ...(this.task === undefined ? {} : { task: this.task.text }),
      ...(this.task?.writtenAt === undefined ? {} : { taskAt: this.task.writtenAt }),
    };
  }

  /** Its turn came to an end; `failed` where it did by itself. */
  #rested(failed: boolean, at: number): void {
    this.#open.clear();
    this.#last = undefined;
    if (!failed) this.#loops.turnEnded();
    // one turn fails once, however often that is told
    else if (this.#isWorking) this.#loops.turnFailed(at);
    this.#isWorking = false;
  }

  #answered({ role, tokens = NO_TOKENS, model, createdAt: at }: EventData<"session.message">): void {
    const total = totalTokens(tokens);
    if (role !== "assistant" || total === 0 || !v.is(Count, total)) return;
    if (at < (this.#context?.at ?? 0) || at <= this.#compactedAt) return;
    this.#context = { tokens: total, model: model ?? undefined, at };
  }

  /** What the conversation takes now is known with the next answer. */
  #compacted(at: number): void {
    this.#compactedAt = Math.max(this.#compactedAt, at);
    if ((this.#context?.at ?? 0) <= this.#compactedAt) this.#context = undefined;
  }

  #quiet({ at, movedAt, status, isWaiting, quietMs }: Judged): Pick<Health, "quietSince" | "last"> {
    const quiet = at.tick - movedAt.tick;
    if (isWaiting || (status !== "busy" && status !== "retrying") || quiet < quietMs) return {};
    const last = [...this.#open.values()].at(-1) ?? this.#last;
    return { quietSince: Math.max(0, Math.round(at.wall - quiet)), ...(last === undefined ? {} : { last }) };
  }

  #tool({ id, tool, about, input, status, isDenied }: ToolPart, at: Moment): void {
    if (status !== "running" && status !== "completed" && status !== "error") return;
    const said = { tool, about: about.replaceAll(/\s+/g, " ").slice(0, ABOUT_CHARS), status };
    if (status === "running") this.#open.set(id, said);
    else this.#open.delete(id);
    if (this.#open.size > OPEN_CALLS) this.#open.delete(this.#open.keys().next().value as string);
    this.#last = said;
    // what a person denied did not fail
    const outcome = isDenied ? "completed" : status;
    this.#loops.called({ id, tool, args: contentHash(canonical(input)), status: outcome }, at.wall);
  }
}

/** A provider that said when it may be asked again is waited for until then. */
function nextMove(status: SourceStatus, at: Moment): Moment {
  const waits = status.type === "retry" ? (status.next ?? at.wall) - at.wall : 0;
  const waitMs = Math.min(Math.max(0, waits), MOST_WAIT_MS);
  return { wall: at.wall + waitMs, tick: at.tick + waitMs };
}

/** When something moved last in each session or in what it started: a child's moves are its ancestors', and not the other way round. Pure. */
export function movesOfTrees(
  moves: Iterable<readonly [id: string, movedAt: Moment]>,
  parentOf: (id: string) => string | undefined,
): ReadonlyMap<string, Moment> {
  const newest = new Map<string, Moment>();
  for (const [id, movedAt] of moves)
    for (const above of lineOf(id, parentOf)) newest.set(above, later(newest.get(above) ?? movedAt, movedAt));
  return newest;
}

/** A tree of sessions is no higher; a ring ends here, too. */
const MOST_ABOVE = 32;

/** A session, and what is above it. */
export function* lineOf(id: string, parentOf: (id: string) => string | undefined): Generator<string> {
  let one: string | undefined = id;
  for (let height = 0; one !== undefined && height <= MOST_ABOVE; height += 1) {
    yield one;
    one = parentOf(one);
  }
}
