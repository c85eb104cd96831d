import type { auditLogs, commands, events, interactions, messages, nodes, sessions, tokens } from "./schema.ts";

export type NodeRow = typeof nodes.$inferSelect;
export type EventRow = typeof events.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
export type MessageRow = typeof messages.$inferSelect;
export type InteractionRow = typeof interactions.$inferSelect;
export type CommandRow = typeof commands.$inferSelect;
export type AuditRow = typeof auditLogs.$inferSelect;
export type TokenRow = typeof tokens.$inferSelect;
