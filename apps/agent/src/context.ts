import type { Credential, OpencodeReport, ProjectReport } from "@hal/protocol";
import type { Clock, Logger, Tracing } from "@hal/daemon";
import type { AgentStore } from "@hal/store/agent";
import type { BackEnd } from "./back-end.ts";
import type { HealthWatch } from "./capabilities/health/health-watch.ts";
import type { Acting } from "./capabilities/sessions/acting.ts";
import type { StandingRules } from "./capabilities/rules/standing-rules.ts";
import type { Answering } from "./capabilities/sessions/answering.ts";
import type { Holds } from "./capabilities/holds/holds.ts";
import type { Leases } from "./capabilities/leases/leases.ts";
import type { Spending } from "./capabilities/leases/spending.ts";
import type { PromptsUnderWay } from "./capabilities/sessions/prompts-under-way.ts";
import type { Followed } from "./capabilities/sessions/followed.ts";
import type { DurableLog } from "./capabilities/sessions/durable-log.ts";
import type { Preconditions } from "./capabilities/preconditions/preconditions.ts";
import type { LiveLane } from "./capabilities/live/live-lane.ts";
import type { Directories } from "./capabilities/projects/per-directory.ts";
import type { Places } from "./capabilities/projects/places.ts";
import type { Worktrees } from "./capabilities/projects/worktrees.ts";
import type { SessionBook } from "./capabilities/sessions/session-book.ts";

/** What every flow may use. */
export interface Context {
  readonly version: string;
  readonly store: AgentStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly tracing: Tracing;
  readonly book: SessionBook;
  readonly opencode: Opencode;
  readonly live: LiveLane;
  readonly health: HealthWatch;
  readonly followed: Followed;
  /** knows directories however they are spelt */
  readonly places: Places;
  /** the git worktrees that were made for sessions */
  readonly worktrees: Worktrees;
  /** what opencode wrote down of all sessions, and whether it says it */
  readonly durable: DurableLog;
  /** the one way by which opencode is asked of several directories */
  readonly directories: Directories;
  /** who is giving the answer to which interaction just now */
  readonly answering: Answering;
  /** by what requests for permission are answered without a person */
  readonly rules: StandingRules;
  /** which sessions commands are stopping just now */
  readonly acting: Acting;
  /** what may not begin on this node */
  readonly holds: Holds;
  /** what this node may spend */
  readonly leases: Leases;
  /** what this node has spent */
  readonly spending: Spending;
  /** what commands are about to give to opencode just now */
  readonly prompts: PromptsUnderWay;
  /** what starts depend on */
  readonly preconditions: Preconditions;
  /** the projects as they are now */
  readonly projects: () => readonly ProjectReport[];
  readonly stopping: AbortSignal;
}

/** The opencode server of this node, as flows see it. */
export interface Opencode {
  report(): OpencodeReport;
  /** what it may ask providers with, without the secrets themselves */
  credentials(): readonly Credential[];
  /** resolves when a server is up, or `signal` aborts */
  waitUp(signal: AbortSignal): Promise<void>;
  /** resolves when a server is up, when none is on its way, or `signal` aborts */
  waitComing(signal: AbortSignal): Promise<void>;
  /** the text with the names of secrets in the place of them */
  hide(text: string): string;
  /** the server's API while it is up; throws HalError("opencode_unavailable") otherwise */
  api(): BackEnd;
}
