import type { Credential, FileChange, OpencodeReport, ProjectReport, Todo } from "@hal/protocol";
import type { Clock, Logger, Tracing } from "@hal/daemon";
import type { AgentStore } from "@hal/store/agent";
import type { PermissionRequest, QuestionRequest } from "./capabilities/sessions/domain/interaction.ts";
import type { OpencodeStatus } from "./capabilities/sessions/domain/turn.ts";
import type { MessageInfo, Part, SessionInfo } from "./capabilities/sessions/domain/messages/sync-row.ts";
import type { Acting } from "./capabilities/sessions/acting.ts";
import type { PromptsUnderWay } from "./capabilities/sessions/prompts-under-way.ts";
import type { Followed } from "./capabilities/sessions/followed.ts";
import type { DurableLog } from "./capabilities/sessions/durable-log.ts";
import type { LiveLane } from "./capabilities/live/live-lane.ts";
import type { Directories } from "./capabilities/projects/per-directory.ts";
import type { Places } from "./capabilities/projects/places.ts";
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
  readonly followed: Followed;
  /** knows directories however they are spelt */
  readonly places: Places;
  /** what opencode wrote down of all sessions, and whether it says it */
  readonly durable: DurableLog;
  /** the one way by which opencode is asked of several directories */
  readonly directories: Directories;
  /** which command is giving the answer to which interaction just now */
  readonly answering: Map<string, string>;
  /** which sessions commands are stopping just now */
  readonly acting: Acting;
  /** what commands are about to give to opencode just now */
  readonly prompts: PromptsUnderWay;
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
  /** the server's API while it is up; throws HalError("opencode_unavailable") otherwise */
  api(): OpencodeApi;
}

/** One event of opencode's global stream. */
export interface OpencodeEvent {
  readonly id: string;
  readonly type: string;
  readonly directory: string | undefined;
  readonly properties: Readonly<Record<string, unknown>>;
  /** the durable row, for events of type `sync` */
  readonly syncEvent: unknown;
}

export interface PromptRequest {
  readonly sessionId: string;
  readonly messageId: string;
  readonly text: string;
  readonly model?: string | undefined;
  readonly agent?: string | undefined;
}

/** What is asked of an opencode server. Failures are HalErrors. */
export interface OpencodeApi {
  /** names the running server: another run remembers nothing of turns that were not over */
  readonly run: string;
  /** ends, or throws, when the stream does */
  events(signal: AbortSignal): AsyncIterable<OpencodeEvent>;
  /** rows of the durable log after the given sequences; all rows of sessions that are not named */
  history(known: Readonly<Record<string, number>>): Promise<unknown[]>;
  /** whether the server as a whole answers, whatever its directories do */
  answers(): Promise<boolean>;
  statuses(directory: string, signal?: AbortSignal): Promise<Readonly<Record<string, OpencodeStatus>>>;
  permissions(directory: string, signal?: AbortSignal): Promise<PermissionRequest[]>;
  questions(directory: string, signal?: AbortSignal): Promise<QuestionRequest[]>;
  hasSession(id: string): Promise<boolean>;
  /** undefined where opencode does not have it */
  sessionInfo(id: string): Promise<SessionInfo | undefined>;
  sessions(directory: string, signal?: AbortSignal): Promise<SessionInfo[]>;
  /** whether the message is there with its text: an opencode that was killed may have one without */
  hasPrompt(sessionId: string, messageId: string): Promise<boolean>;
  todos(sessionId: string): Promise<Todo[]>;
  /** what the turn of a prompt changed in files; opencode may take a moment after it to know */
  diff(sessionId: string, messageId: string): Promise<FileChange[]>;
  /** the newest message of a session; texts that are being written are empty in it */
  newestMessage(
    sessionId: string,
  ): Promise<{ readonly info: MessageInfo; readonly parts: readonly Part[] } | undefined>;
  /** resolves when all that a turn in this directory needs is up; once for each life of the directory's instance */
  boot(directory: string): Promise<void>;
  /** instances were disposed of: what was up there is not any more */
  forgetBooted(): void;
  createSession(request: {
    readonly directory: string;
    readonly title?: string | undefined;
    readonly model?: string | undefined;
    readonly agent?: string | undefined;
    readonly metadata: Readonly<Record<string, unknown>>;
  }): Promise<string>;
  prompt(request: PromptRequest): Promise<void>;
  abort(sessionId: string): Promise<void>;
  archive(sessionId: string, at: number): Promise<void>;
  /** false where nobody waits for it any more */
  answerPermission(request: {
    readonly id: string;
    /** of its session: requests are known only to the instance there */
    readonly directory: string | undefined;
    readonly reply: "once" | "always" | "reject";
    readonly message?: string | undefined;
  }): Promise<boolean>;
  /** `undefined` rejects the question; false where nobody waits for it any more */
  answerQuestion(request: {
    readonly id: string;
    readonly directory: string | undefined;
    readonly answers: readonly (readonly string[])[] | undefined;
  }): Promise<boolean>;
}
