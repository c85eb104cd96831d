import type {
  auditLogs,
  commands,
  events,
  interactions,
  messages,
  nodes,
  sessions,
  sharedTokens,
  tokens,
} from "./schema.ts";

/** Where a page of a list ended that is sorted by a time, then by id and node. */
export interface RowPlace {
  readonly at: number;
  readonly id: string;
  readonly nodeId: string;
}

export type NodeRow = typeof nodes.$inferSelect;
export type EventRow = typeof events.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
export type MessageRow = typeof messages.$inferSelect;
export type InteractionRow = typeof interactions.$inferSelect;
export type CommandRow = typeof commands.$inferSelect;
export type AuditRow = typeof auditLogs.$inferSelect;
export type SharedTokenRow = typeof sharedTokens.$inferSelect;
export type TokenRow = typeof tokens.$inferSelect;
