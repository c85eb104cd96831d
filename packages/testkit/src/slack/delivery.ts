/** What Slack tells the app. */
export interface SlackPayload {
  readonly type: "events_api" | "slash_commands" | "interactive";
  readonly body: Readonly<Record<string, unknown>>;
  /** how often it was told before */
  readonly retry?: number;
}

/**
 * What became of it: `acknowledged`, within 3 s; `operation_timeout`, nothing came in that time; `dispatch_failed`, there was
 * nobody to tell, or they refused it.
 */
export interface SlackOutcome {
  readonly outcome: "acknowledged" | "operation_timeout" | "dispatch_failed";
  /** what it was acknowledged with */
  readonly answer: unknown;
  readonly tookMs: number;
}

/** A way to tell the app something: Socket Mode, or signed requests. */
export interface SlackDoor {
  deliver(payload: SlackPayload): Promise<SlackOutcome>;
}

/** So long Slack waits for an acknowledgement, and for a form to be opened. */
export const PATIENCE_MS = 3_000;
