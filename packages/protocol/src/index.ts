export { type ControlClientOptions, type ControlSocket, createControlClient } from "./client/control-client.ts";
export { refusedToken, unreachable } from "./client/failures.ts";
export { createHttpClient, type HttpClientOptions } from "./client/http-client.ts";
export type {
  CallName,
  CallOptions,
  CallResult,
  OperatorClient,
  StreamedItem,
  StreamName,
} from "./client/operator-client.ts";
export * from "./bounds.ts";
export * from "./budgets.ts";
export * from "./close-codes.ts";
export * from "./codec.ts";
export * from "./commands.ts";
export * from "./depth.ts";
export * from "./errors.ts";
export * from "./events/event.ts";
export * from "./events/idle-reason.ts";
export * from "./events/subjects.ts";
export * from "./frames/agent.ts";
export * from "./frames/control.ts";
export * from "./frames/node-reports.ts";
export * from "./frames/supervisor.ts";
export * from "./holds.ts";
export * from "./ids.ts";
export * from "./limits.ts";
export * from "./leases.ts";
export type { LivePiece } from "./live/live-piece.ts";
export { type LiveReader, LiveText } from "./live/live-text.ts";
export * from "./money.ts";
export * from "./operations/audit.ts";
export * from "./operations/commands.ts";
export * from "./operations/budgets.ts";
export * from "./operations/cost.ts";
export * from "./operations/cost-bills.ts";
export * from "./operations/cost-forecast.ts";
export * from "./operations/cost-report.ts";
export * from "./operations/db.ts";
export * from "./operations/events.ts";
export * from "./operations/followers.ts";
export * from "./operations/holds.ts";
export * from "./operations/inbox.ts";
export * from "./operations/inbox-review.ts";
export * from "./operations/index.ts";
export * from "./operations/interactions.ts";
export * from "./operations/nodes.ts";
export * from "./operations/operation.ts";
export * from "./operations/projects.ts";
export * from "./operations/prompts.ts";
export * from "./operations/policies.ts";
export * from "./operations/rules.ts";
export * from "./operations/schedules.ts";
export * from "./operations/channels.ts";
export * from "./operations/incoming.ts";
export * from "./operations/routes.ts";
export * from "./operations/session-acts.ts";
export * from "./operations/sessions.ts";
export * from "./operations/session-reads.ts";
export * from "./operations/session-wait.ts";
export * from "./operations/status.ts";
export * from "./operations/stop-all.ts";
export * from "./operations/tokens.ts";
export * from "./operations/typed-fields.ts";
export { type Reference, REFERENCES } from "./operations/references.ts";
export * from "./operations/watch.ts";
export * from "./operations/whoami.ts";
export * from "./operations/why.ts";
export * from "./prices.ts";
export * from "./roles.ts";
export * from "./rules.ts";
export * from "./schedules.ts";
export * from "./channels.ts";
export * from "./incoming.ts";
export * from "./tokens.ts";
export * from "./version.ts";
