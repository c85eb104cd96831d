/** Every table. Times are milliseconds since 1970, money is micro-dollars; `json` columns hold what `@hal/protocol` describes. */
export * from "./access/schema.ts";
export * from "./audit/schema.ts";
export * from "./commands/schema.ts";
export * from "./followers/schema.ts";
export * from "./health/schema.ts";
export * from "./holds/schema.ts";
export * from "./idempotency/schema.ts";
export * from "./interactions/schema.ts";
export * from "./ledger/schema.ts";
export * from "./log/schema.ts";
export * from "./nodes/schema.ts";
export * from "./policies/schema.ts";
export * from "./projects/schema.ts";
export * from "./prompts/schema.ts";
export * from "./rules/schema.ts";
export * from "./schedules/schema.ts";
export * from "./sessions/schema.ts";
