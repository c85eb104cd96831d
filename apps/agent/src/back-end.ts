import type { FileChange, Todo } from "@hal/protocol";
import type { PermissionRequest, QuestionRequest } from "./capabilities/sessions/domain/interaction.ts";
import type { MessageInfo, Part, SessionInfo } from "./capabilities/sessions/domain/messages/sync-row.ts";
import type { OpencodeStatus } from "./capabilities/sessions/domain/turn.ts";

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
export interface BackEnd {
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
