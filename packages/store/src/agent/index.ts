export * from "./executions.ts";
export { type AgentStore, openAgentStore } from "./open.ts";
export { acknowledge, outboxAfter, outboxDepth, type OutboxPosition, outboxPosition, resetEpoch } from "./outbox.ts";
export * from "./record.ts";
export { StoreError } from "../store-error.ts";
