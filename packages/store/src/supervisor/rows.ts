import type { commands, events, interactions, messages, nodes, sessions } from "./schema.ts";

export type NodeRow = typeof nodes.$inferSelect;
export type EventRow = typeof events.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
export type MessageRow = typeof messages.$inferSelect;
export type InteractionRow = typeof interactions.$inferSelect;
export type CommandRow = typeof commands.$inferSelect;
