import type { auditLogs } from "./audit-schema.ts";
import type { commands, events, interactions, messages, nodes, sessions, sharedTokens, tokens } from "./schema.ts";
import type { Marked } from "./sound-rows.ts";

/** Where a page of a list ended that is sorted by a time, then by id and node. */
export interface RowPlace {
  readonly at: number;
  readonly id: string;
  readonly nodeId: string;
}

export type NodeRow = typeof nodes.$inferSelect & Marked;
/** An event as it is stored. */
export type StoredEvent = typeof events.$inferSelect;
/** An event as it is read: `content` is what its data says. */
export type EventRow = StoredEvent & { readonly content: unknown };
export type SessionRow = typeof sessions.$inferSelect & Marked;
export type MessageRow = typeof messages.$inferSelect & Marked;
export type InteractionRow = typeof interactions.$inferSelect & Marked;
export type CommandRow = typeof commands.$inferSelect & Marked;
export type AuditRow = typeof auditLogs.$inferSelect & Marked;
export type SharedTokenRow = typeof sharedTokens.$inferSelect;
export type TokenRow = typeof tokens.$inferSelect;
