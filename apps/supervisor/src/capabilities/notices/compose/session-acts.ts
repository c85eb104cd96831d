import { isAtRest, type OperationName, type SessionStatus } from "@hal/protocol";

/** What can be done to a session by a button on its card. */
export type SessionAct = "resume" | "restart" | "kill";

export const OPERATION_OF = {
  resume: "sessions.resume",
  restart: "sessions.restart",
  kill: "sessions.kill",
} as const satisfies Record<SessionAct, OperationName>;

/** What decides whether an act is done. */
export interface ActFacts {
  readonly status: SessionStatus;
  /** types of commands that are to stop it or to begin it anew, and are under way */
  readonly underWay: readonly string[];
  /** an operator holds work where it is */
  readonly isHeld: boolean;
  /** whether its agent can begin a session anew */
  readonly canRestart: boolean;
}

/** Why an act would be refused, behind the name of the session; undefined where it would be done. */
export function refusalOf(act: SessionAct, { status, underWay, isHeld, canRestart }: ActFacts): string | undefined {
  if (status === "ended") return "has ended";
  if (underWay.includes("session.kill")) return "is being killed";
  if (act === "kill") return undefined;
  if (underWay.includes("session.restart")) return "is being restarted";
  if (status === "unreachable") return "cannot be reached";
  if (isHeld) return "is held: nothing begins there until an operator releases it";
  if (act === "restart") return canRestart ? undefined : "has an agent that is older and cannot restart it; upgrade it";
  if (status === "waiting") return "waits for a person: answer that first";
  return isAtRest(status) ? undefined : "is at work: there is nothing to resume";
}

/** What is offered, in this order: to whom rests, failed or does not get on. What would be refused is not offered. */
export function offeredActs(facts: ActFacts & { readonly isTroubled: boolean }): readonly SessionAct[] {
  if (!isAtRest(facts.status) && !facts.isTroubled) return [];
  return (["resume", "restart", "kill"] as const).filter((act) => refusalOf(act, facts) === undefined);
}

/** Since when a session does what it does: part of the key of a button, so that the next time has buttons of its own. */
export function keyOf(act: SessionAct, since: number): string {
  return `${act}/${since}`;
}

/** What a key says; undefined for that of another kind of button. */
export function actIn(key: string): { readonly act: SessionAct; readonly since: number } | undefined {
  const match = /^(resume|restart|kill)\/(\d+)$/.exec(key);
  return match === null ? undefined : { act: match[1] as SessionAct, since: Number(match[2]) };
}
