import type {
  CommandState,
  OpencodeReport,
  ProjectReport,
  PromptView,
  ResourceReport,
  SessionStatus,
} from "@hal/protocol";
import type { KnownDifference } from "../../nodes/domain/differences.ts";
import type { HealthFacts } from "../../health/domain/marks.ts";
import type { NodeStatus } from "../../nodes/domain/node-status.ts";
import type { KnownProject } from "./project-findings.ts";
import type { OutdatedToken } from "../../nodes/domain/outdated-token.ts";

/** What is known of a node. Times are milliseconds since 1970 on the supervisor's clock. */
export interface NodeSubject {
  readonly id: string;
  readonly name: string;
  readonly hostname: string;
  readonly agentVersion: string;
  readonly status: NodeStatus;
  readonly connected: boolean;
  readonly connectedAt: number | null;
  readonly lastHeartbeatAt: number | null;
  readonly heartbeatIntervalMs: number;
  readonly opencode: OpencodeReport;
  readonly projects: readonly ProjectReport[];
  readonly resources: ResourceReport | undefined;
  readonly outboxDepth: number;
  /** where the log differs from what its agent told */
  readonly differences?: readonly KnownDifference[];
  /** whether its agent has a token with which everything may be asked */
  readonly hasAdminToken?: boolean;
  /** what may not begin there, oldest first */
  readonly holds?: readonly KnownHold[];
  /** the budgets of which nothing is left there */
  readonly budgets?: readonly KnownBudget[];
  /** undefined where its agent has a token that is in use */
  readonly token?: OutdatedToken | undefined;
}

/** A budget that lets nothing begin, or for which a session was stopped. */
export interface KnownBudget {
  readonly id: string;
  readonly text: string;
  readonly since: number | undefined;
}

/** What keeps work from beginning, in words. */
export interface KnownHold {
  readonly text: string;
  readonly release: string;
  readonly since: number;
}

/** What is known of a session; `status` and `reason` are those that people see. */
export interface SessionSubject {
  readonly id: string;
  readonly project: string;
  readonly title: string;
  readonly status: SessionStatus;
  readonly reason: string;
  /** since when it is in the status that its node told */
  readonly since: number;
  readonly startedAt: number;
  readonly isExternal: boolean;
  /** where it works, if that is a worktree of its own, or what became of that */
  readonly worktree?: { readonly text: string; readonly isKept: boolean } | undefined;
  /** the session that it goes on from, or that goes on from it, and how that came about */
  readonly continues?: KnownRestart | undefined;
  readonly continuedBy?: KnownRestart | undefined;
  /** undefined where its agent told nothing of how it gets on */
  readonly health?: HealthFacts | undefined;
  /** what it started and is at work */
  readonly children: readonly { readonly id: string; readonly status: string; readonly reason: string }[];
}

/** What is known of a restart: with which session it has to do, and what became of it. */
export interface KnownRestart {
  readonly sessionId: string;
  /** undefined where its command is not kept any more */
  readonly command?: {
    readonly id: string;
    readonly actor: string;
    readonly at: number;
    /** what came of the handover, in words; undefined while that is not known */
    readonly handover: string | undefined;
  };
}

export interface OpenInteraction {
  readonly id: string;
  readonly kind: "permission" | "question";
  readonly summary: string;
  readonly sessionId: string;
  readonly askedAt: number;
}

export interface KnownCommand {
  readonly id: string;
  readonly type: string;
  readonly state: CommandState;
  readonly reason: string;
  readonly sessionId: string | null;
  readonly createdAt: number;
  readonly deadlineAt: number | null;
}

export interface KnownEvent {
  readonly type: string;
  readonly at: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A named follower that fails at an event and tries it again. */
export interface StuckFollower {
  readonly name: string;
  readonly eventId: number | undefined;
  readonly reason: string;
  readonly attempts: number;
  readonly since: number;
  readonly nextTryAt: number;
}

/** What there is to say of a policy: how it stands now, where it has no time, or what it came to last. */
export interface PolicyStanding {
  readonly policy: string;
  readonly text: string;
  readonly at: number | null;
  /** a person has to look */
  readonly isProblem: boolean;
}

/** Everything from which a "why?" is answered. */
export interface WhyFacts {
  readonly now: number;
  readonly supervisorVersion: string;
  readonly node: NodeSubject;
  /** undefined where the question is about the node */
  readonly session: SessionSubject | undefined;
  /** a project of the node that was asked for and has no session */
  readonly idleProject?: string | undefined;
  /** the project that the question is about, or that the session is in */
  readonly project?: KnownProject | undefined;
  /** of the session and what is below it, or of the node; oldest first */
  readonly open: readonly OpenInteraction[];
  /** what a standing rule, or the expiry, answered last in the session or in what it began */
  readonly unasked?: { readonly summary: string; readonly reason: string; readonly at: number } | undefined;
  /** prompts that the session was sent and with which no turn was seen to begin */
  readonly stalled?: readonly { readonly commandId: string; readonly reason: string; readonly askedAt: number }[];
  /** prompts that wait for the session, the next one first */
  readonly pending?: readonly Pick<PromptView, "id" | "reason" | "created_at" | "actor">[];
  /** how policies stand towards the session, and what they came to last */
  readonly policies?: readonly PolicyStanding[] | undefined;
  /** for whom an item of the session is not in the inbox although it needs somebody */
  readonly notes?: readonly { readonly text: string; readonly at: number }[] | undefined;
  /** newest first: open ones, and some that have their outcome */
  readonly commands: readonly KnownCommand[];
  /** newest first; a session's own, or those that say something of the node */
  readonly events: readonly KnownEvent[];
  /** newest first */
  readonly gaps: readonly KnownEvent[];
  /** parts of the supervisor that do not get on with the event log */
  readonly stuck?: readonly StuckFollower[];
  /** how many sessions of the node are in each status that people see */
  readonly sessions: Readonly<Record<string, number>>;
}
