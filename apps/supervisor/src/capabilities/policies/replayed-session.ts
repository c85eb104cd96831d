import type { EventData, HalEvent } from "@hal/protocol";
import { foldSession, newPolicySession, policyChangeOf, type SessionRow, sinceHere } from "@hal/store/supervisor";
import { marksOf, type ToldHealth } from "../health/domain/marks.ts";
import type { PolicySettings } from "./domain/policy-settings.ts";
import { NO_STATE, type PolicyState } from "./domain/policy-state.ts";
import type { KnownCompletion, KnownPause, SessionFacts } from "./domain/session-facts.ts";

/** What else is so where a session is, at the moment of a replay. */
export interface Surroundings {
  readonly isAway: boolean;
  readonly pause: KnownPause | undefined;
  readonly held: string | undefined;
}

type Known = ReturnType<typeof newPolicySession>;

/** A session as it was at a moment of the log, as far as that says. */
export class ReplayedSession {
  readonly nodeId: string;
  readonly id: string;
  state: PolicyState = NO_STATE;
  prompted: { readonly id: string; readonly at: number } | undefined;
  readonly #stored: SessionRow;
  readonly #pending = new Set<string>();
  #row: SessionRow;
  #known: Known;
  #health: ToldHealth | undefined;
  #completed: (KnownCompletion & { readonly upTo: number }) | undefined;

  /** `isAsItIs`: nothing happened to it since; else nothing is known of its status until the log says something */
  constructor(stored: SessionRow, at: number, isAsItIs: boolean) {
    const { nodeId, id } = stored;
    this.nodeId = nodeId;
    this.id = id;
    this.#stored = stored;
    this.#row = isAsItIs ? stored : { ...stored, status: "starting", statusReason: "", turn: null, compactions: 0 };
    this.#known = newPolicySession({ nodeId, sessionId: id, status: this.#row.status, since: at });
  }

  get project(): string {
    return this.#stored.project;
  }

  /** Takes in what the log says of it. */
  take(event: HalEvent, receivedAt: number): void {
    const { type } = event;
    if (type === "prompt.queued") this.#pending.add(event.data.promptId);
    if (type === "prompt.sent" || type === "prompt.cancelled" || type === "prompt.refused")
      this.#pending.delete(event.data.promptId);
    if (type === "session.health") this.#health = healthOf(event.data, event.at, receivedAt);
    const key = { nodeId: this.nodeId, sessionId: this.id, project: this.project };
    const row = foldSession(this.#row, key, event) ?? this.#row;
    const isNew = row.status !== this.#row.status;
    this.#row = row;
    this.#known = {
      ...this.#known,
      ...policyChangeOf(this.#known, event, receivedAt),
      ...(isNew ? { status: row.status, since: receivedAt } : {}),
    };
  }

  /** A person asked for a stop, which was done. */
  stopped(at: number, by: string): void {
    this.#known = { ...this.#known, stoppedAt: at, stoppedBy: by };
  }

  /** Somebody said of its task that it is completed, or, where `by` is undefined, that it is not. */
  taskSaid(upTo: number, by: string | undefined): void {
    this.#completed = by === undefined ? undefined : { by, upTo, continues: null };
  }

  factsAt(now: number, settings: PolicySettings, { isAway, pause, held }: Surroundings): SessionFacts {
    const { stoppedAt, stoppedBy, limitUntil, limitMessage, since } = this.#known;
    const { prompted } = this;
    const { status, turn } = this.#row;
    const limits = {
      stuckMs: settings.alert_on_stuck.stuck_minutes * 60_000,
      errors: settings.alert_on_error_loop.errors,
    };
    const seen = isAway && status !== "ended" ? "unreachable" : status;
    const marks = marksOf(this.#health, { status: seen, now, limits });
    const isStopped = stoppedAt !== null && (prompted === undefined || stoppedAt >= prompted.at);
    return {
      project: this.project,
      continues: null,
      status: seen,
      since,
      isRoot: this.#stored.parentId === null,
      isExternal: this.#stored.external,
      episode: prompted?.id,
      stopped: isStopped ? { by: stoppedBy ?? undefined } : undefined,
      completed:
        this.#completed !== undefined && (prompted?.at ?? 0) <= this.#completed.upTo ? this.#completed : undefined,
      isInterrupted: status === "error" && turn === "interrupted",
      limit: limitUntil === null ? undefined : { until: limitUntil, message: limitMessage ?? "" },
      isAttached: false,
      pause,
      held,
      pending: this.#pending.size,
      isComing: false,
      isRestarting: false,
      canRestart: true,
      contextTokens: this.#health?.data.context?.tokens,
      compactions: this.#row.compactions,
      stuck: marks.find(({ mark }) => mark === "stuck"),
      looping: marks.find(({ mark }) => mark === "looping"),
      quietSince: this.#health?.quietSince ?? undefined,
    };
  }
}

function healthOf(data: EventData<"session.health">, at: number, receivedAt: number): ToldHealth {
  const ours = (theirs: number | undefined): number | null =>
    theirs === undefined ? null : sinceHere(theirs, { at, receivedAt });
  return { quietSince: ours(data.quietSince), loopSince: ours(data.loop?.since), data };
}
