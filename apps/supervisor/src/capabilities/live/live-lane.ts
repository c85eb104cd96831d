import { HalError, LIMITS, type Live, LIVE_FEATURE, type LiveReader, LiveText } from "@hal/protocol";
import { Wakeup } from "@hal/daemon";
import type { AgentLink } from "../nodes/link.ts";

/** Whether text can come from a node: it is connected, it is not, or its agent is too old for it. */
export type LaneState = "open" | "away" | "unable";

/** One who watches a session. Disposing it twice is once. */
export interface Watcher extends Pick<LiveReader, "next">, Disposable {
  readonly state: LaneState;
  /** resolves when there may be something new, or when `signal` aborts */
  arm(signal: AbortSignal): Promise<void>;
}

interface Watched {
  readonly nodeId: string;
  readonly sessionId: string;
  readonly text: LiveText;
  readonly wakeup: Wakeup;
  watchers: number;
  link: AgentLink | undefined;
  /** of the watch on that link; undefined where none was asked for */
  watchId: string | undefined;
}

/**
 * The watched sessions (protocol §10). However many watch a session, its node is asked once; each watcher reads what is
 * known of it at its own pace. It is in memory only.
 */
export class LiveLane {
  /** by node and session */
  readonly #watched = new Map<string, Watched>();
  readonly #byWatchId = new Map<string, Watched>();
  readonly #most: number;
  #watches = 0;
  #watchers = 0;

  constructor(mostWatchers: number) {
    this.#most = mostWatchers;
  }

  /** How many watch. */
  get watchers(): number {
    return this.#watchers;
  }

  /** Whether somebody watches a session now. */
  isWatched(nodeId: string, sessionId: string): boolean {
    return this.#watched.has(`${nodeId}/${sessionId}`);
  }

  /** Begins to watch; throws where too much is watched already. */
  join(link: AgentLink | undefined, nodeId: string, sessionId: string): Watcher {
    if (this.#watchers >= this.#most)
      throw new HalError("rate_limited", `${this.#most} watchers are connected; end one of them`);
    const watched = this.#watched.get(`${nodeId}/${sessionId}`) ?? this.#open(link, nodeId, sessionId);
    const reader = watched.text.reader();
    watched.watchers += 1;
    this.#watchers += 1;
    let hasLeft = false;
    return {
      get state() {
        return stateOf(watched.link);
      },
      next: () => (hasLeft ? undefined : reader.next()),
      arm: (signal) => watched.wakeup.arm(signal),
      [Symbol.dispose]: () => {
        if (hasLeft) return;
        hasLeft = true;
        reader.end();
        this.#leave(watched);
      },
    };
  }

  /** A node is connected: what is watched there is asked for again. */
  linked(link: AgentLink): void {
    for (const watched of this.#of(link.nodeId)) {
      // what was in progress may have ended meanwhile
      watched.text.clear();
      this.#ask(watched, link);
    }
  }

  /** A node's connection is gone, and that is noted. */
  unlinked(link: AgentLink): void {
    for (const watched of this.#of(link.nodeId)) if (watched.link === link) this.#ask(watched, undefined);
  }

  /** Takes in what an agent sent, for whoever watches. */
  take(link: AgentLink, { type: _type, id, session: _session, ...piece }: Live): void {
    const watched = this.#byWatchId.get(id);
    if (watched?.link !== link) return;
    watched.text.write(piece);
    watched.wakeup.notify();
  }

  #open(link: AgentLink | undefined, nodeId: string, sessionId: string): Watched {
    if ([...this.#of(nodeId)].length >= LIMITS.liveWatches)
      throw new HalError("rate_limited", `${LIMITS.liveWatches} sessions of this node are watched; end one of them`);
    const watched: Watched = {
      nodeId,
      sessionId,
      text: new LiveText(),
      wakeup: new Wakeup(),
      watchers: 0,
      link: undefined,
      watchId: undefined,
    };
    this.#watched.set(`${nodeId}/${sessionId}`, watched);
    this.#ask(watched, link);
    return watched;
  }

  #ask(watched: Watched, link: AgentLink | undefined): void {
    if (watched.watchId !== undefined) this.#byWatchId.delete(watched.watchId);
    watched.link = link;
    watched.watchId = undefined;
    if (link !== undefined && stateOf(link) === "open") {
      this.#watches += 1;
      watched.watchId = `watch-${this.#watches}`;
      this.#byWatchId.set(watched.watchId, watched);
      link.send({ type: "watch", id: watched.watchId, session: watched.sessionId });
    }
    watched.wakeup.notify();
  }

  #leave(watched: Watched): void {
    this.#watchers -= 1;
    watched.watchers -= 1;
    if (watched.watchers > 0) return;
    this.#watched.delete(`${watched.nodeId}/${watched.sessionId}`);
    if (watched.watchId === undefined) return;
    this.#byWatchId.delete(watched.watchId);
    watched.link?.send({ type: "unwatch", id: watched.watchId });
  }

  *#of(nodeId: string): Generator<Watched> {
    for (const watched of this.#watched.values()) if (watched.nodeId === nodeId) yield watched;
  }
}

function stateOf(link: AgentLink | undefined): LaneState {
  if (link === undefined) return "away";
  return link.features.includes(LIVE_FEATURE) ? "open" : "unable";
}
