import { type HalEvent, parseEvent } from "@hal/protocol";
import {
  commandById,
  type EventRow,
  holdById,
  type HoldRow,
  pauseById,
  type PolicyPauseRow,
  promptedBefore,
  sessionById,
  type SessionRow,
  type SupervisorStore,
} from "@hal/store/supervisor";
import { type Decision, decide } from "./domain/decide.ts";
import type { PolicySettings } from "./domain/policy-settings.ts";
import { DueTimes } from "./due-times.ts";
import { heldText } from "./gather-facts.ts";
import { narrowestPause } from "./pause-book.ts";
import { ReplayedSession } from "./replayed-session.ts";

/** A decision that would have been made. */
export interface ReplayedDecision extends Decision {
  readonly at: number;
  readonly nodeId: string;
  readonly sessionId: string;
  readonly project: string;
}

const STOPS: ReadonlySet<string> = new Set(["session.abort", "session.kill"]);

/** Walks through the log and has policies decide at each moment at which they would have; nothing is done, and nothing is kept. */
export class Replay {
  readonly #store: SupervisorStore;
  readonly #settings: PolicySettings;
  readonly #onDecision: (decision: ReplayedDecision) => void;
  readonly #due: DueTimes<ReplayedSession>;
  readonly #sessions = new Map<string, ReplayedSession | undefined>();
  readonly #away = new Set<string>();
  readonly #holds = new Map<string, HoldRow>();
  readonly #pauses = new Map<string, PolicyPauseRow>();

  constructor(
    store: SupervisorStore,
    {
      settings,
      since,
      onDecision,
    }: {
      readonly settings: PolicySettings;
      readonly since: number;
      readonly onDecision: (decision: ReplayedDecision) => void;
    },
  ) {
    this.#store = store;
    this.#settings = settings;
    this.#onDecision = onDecision;
    this.#due = new DueTimes(since);
  }

  /** How many root sessions were looked at. */
  get sessions(): number {
    return [...this.#sessions.values()].filter((one) => one !== undefined).length;
  }

  /** A hold, or a pause, that stood already. */
  stood(found: { readonly hold: HoldRow } | { readonly pause: PolicyPauseRow }): void {
    if ("hold" in found) this.#holds.set(found.hold.id, found.hold);
    else this.#pauses.set(found.pause.id, found.pause);
  }

  /** A session to which nothing happened in all that is replayed. */
  rested(row: SessionRow, since: number): void {
    const session = new ReplayedSession(row, since, true);
    session.prompted = promptedBefore(this.#store, row.nodeId, row.id, since);
    this.#sessions.set(`${row.nodeId}/${row.id}`, session);
    this.#look(session, since);
  }

  async take(row: EventRow): Promise<void> {
    this.#moveTo(row.receivedAt);
    const { type, at, project, sessionId, nodeId, content, receivedAt } = row;
    const parsed = parseEvent({
      type,
      at,
      ...(project === null ? {} : { project }),
      ...(sessionId === null ? {} : { session: sessionId }),
      data: content,
    });
    if (parsed.kind !== "known") return;
    const { event } = parsed;
    await this.#around(event, nodeId);
    if (event.type === "task.completed" || event.type === "task.reopened") this.#task(event, nodeId, receivedAt);
    if (nodeId === null) return;
    if (event.type === "command.succeeded") return this.#stop(event, nodeId, receivedAt);
    if (sessionId === null) return;
    const session = await this.#sessionOf(nodeId, sessionId, at, receivedAt);
    if (session === undefined) return;
    if (event.type === "session.message") session.prompted = promptedBefore(this.#store, nodeId, sessionId, at);
    session.take(event, receivedAt);
    this.#look(session, receivedAt);
  }

  /** Nothing more happens up to a time. */
  finish(now: number): void {
    this.#moveTo(now);
  }

  #moveTo(now: number): void {
    for (const { one, at } of this.#due.upTo(now)) this.#look(one, at);
  }

  #look(session: ReplayedSession, now: number): void {
    const { nodeId, id, project } = session;
    const held = [...this.#holds.values()].find(
      (hold) => (hold.nodeId === null || hold.nodeId === nodeId) && (hold.project === null || hold.project === project),
    );
    const facts = session.factsAt(now, this.#settings, {
      isAway: this.#away.has(nodeId),
      pause: narrowestPause([...this.#pauses.values()], session, now),
      held: held && heldText(held),
    });
    const { state, decisions, nextAt } = decide(facts, session.state, this.#settings, now);
    session.state = state;
    for (const decision of decisions) this.#onDecision({ ...decision, at: now, nodeId, sessionId: id, project });
    this.#due.put(session, nextAt);
  }

  /** What happens to nodes, holds and pauses. */
  async #around(event: HalEvent, nodeId: string | null): Promise<void> {
    switch (event.type) {
      case "node.offline":
        if (nodeId !== null) this.#away.add(nodeId);
        return;
      case "node.online":
        if (nodeId !== null) this.#away.delete(nodeId);
        return;
      case "hold.began": {
        const hold = await holdById(this.#store, event.data.holdId);
        if (hold !== undefined) this.#holds.set(hold.id, hold);
        return;
      }
      case "hold.released":
        this.#holds.delete(event.data.holdId);
        return;
      case "policy.paused": {
        const pause = await pauseById(this.#store, event.data.pauseId);
        if (pause !== undefined) this.#pauses.set(pause.id, pause);
        return;
      }
      case "policy.resumed":
        this.#pauses.delete(event.data.pauseId);
        return;
      default:
    }
  }

  /** What is said of a task is said of the sessions that were at it: one, or all of its project that are known by then. */
  #task(
    event: Extract<HalEvent, { readonly type: "task.completed" | "task.reopened" }>,
    nodeId: string | null,
    receivedAt: number,
  ): void {
    const { type, project, session: id, at, data } = event;
    const isReopened = type === "task.reopened";
    for (const session of this.#sessions.values()) {
      if (session === undefined || session.project !== project) continue;
      const isMeant =
        isReopened || ((nodeId ?? session.nodeId) === session.nodeId && (id ?? session.id) === session.id);
      if (!isMeant) continue;
      // a person's clock is none of a node's
      session.taskSaid(nodeId === null ? (session.prompted?.at ?? 0) : at, isReopened ? undefined : data.by);
      this.#look(session, receivedAt);
    }
  }

  async #stop(
    event: Extract<HalEvent, { readonly type: "command.succeeded" }>,
    nodeId: string,
    receivedAt: number,
  ): Promise<void> {
    const command = await commandById(this.#store, event.data.commandId);
    if (command?.nodeId !== nodeId || command.sessionId === null || !STOPS.has(command.type)) return;
    if (command.actor.startsWith("policy:")) return;
    const session = await this.#sessionOf(nodeId, command.sessionId, event.at, receivedAt);
    session?.stopped(event.at, command.actor);
    if (session !== undefined) this.#look(session, receivedAt);
  }

  async #sessionOf(nodeId: string, id: string, at: number, receivedAt: number): Promise<ReplayedSession | undefined> {
    const key = `${nodeId}/${id}`;
    if (this.#sessions.has(key)) return this.#sessions.get(key);
    const row = await sessionById(this.#store, nodeId, id);
    const session = row?.parentId === null ? new ReplayedSession(row, receivedAt, false) : undefined;
    if (session !== undefined) session.prompted = promptedBefore(this.#store, nodeId, id, at);
    this.#sessions.set(key, session);
    return session;
  }
}
