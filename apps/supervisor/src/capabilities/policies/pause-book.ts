import { type PolicyPauseRow, standingPauses, type SupervisorStore } from "@hal/store/supervisor";
import type { KnownPause } from "./domain/session-facts.ts";

/** Where policies are paused now, where everybody can look. */
export class PauseBook {
  readonly #store: SupervisorStore;
  #standing: readonly PolicyPauseRow[] = [];

  constructor(store: SupervisorStore) {
    this.#store = store;
  }

  /** Looks at the database again, whenever something was changed there. */
  async refresh(): Promise<void> {
    this.#standing = await standingPauses(this.#store);
  }

  /** Those that stand, oldest first; one whose time is over stands no more. */
  standing(now: number): PolicyPauseRow[] {
    return this.#standing.filter(({ until }) => until === null || until > now);
  }

  /** What pauses the policies of a session, the narrowest first. */
  of(session: PausedSession, now: number): KnownPause | undefined {
    return narrowestPause(this.#standing, session, now);
  }
}

interface PausedSession {
  readonly nodeId: string;
  readonly project: string;
  readonly id: string;
}

/** What pauses the policies of a session, of several the narrowest. Pure. */
export function narrowestPause(
  pauses: readonly PolicyPauseRow[],
  session: PausedSession,
  now: number,
): KnownPause | undefined {
  const [found] = pauses
    .filter((pause) => (pause.until === null || pause.until > now) && concerns(pause, session))
    .toSorted((one, other) => WIDTH.indexOf(one.kind) - WIDTH.indexOf(other.kind));
  return found && { scope: scopeOf(found), by: found.createdBy, reason: found.reason, until: found.until };
}

const WIDTH: readonly PolicyPauseRow["kind"][] = ["session", "project", "node", "fleet"];

function concerns(pause: PolicyPauseRow, { nodeId, project, id }: PausedSession): boolean {
  switch (pause.kind) {
    case "fleet":
      return true;
    case "node":
      return pause.nodeId === nodeId;
    case "project":
      return pause.project === project;
    case "session":
      return pause.nodeId === nodeId && pause.sessionId === id;
    default:
      return pause.kind satisfies never;
  }
}

/** A place as it is typed. */
export function scopeOf({ kind, nodeId, project, sessionId }: PolicyPauseRow): string {
  if (kind === "fleet") return kind;
  return `${kind}:${(kind === "node" ? nodeId : kind === "project" ? project : sessionId) ?? ""}`;
}
