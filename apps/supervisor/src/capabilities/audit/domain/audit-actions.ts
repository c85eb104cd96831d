import { OPERATION_NAMES, type OperationName } from "@hal/protocol";

/** What is audited beside operations. */
const OTHERS = [
  "authenticate",
  "certificate.renew",
  "chat",
  "config.reload",
  "connect",
  "events.refer",
  "holds.adopt",
  "incoming",
  "interactions.expire",
  "nodes.connect",
  "nodes.secret",
  "tokens.handOut",
  "v1.commands",
] as const;

/** What somebody can have done, or been refused. */
export type AuditAction = OperationName | (typeof OTHERS)[number];
export const AUDIT_ACTIONS: readonly string[] = [...OPERATION_NAMES, ...OTHERS];
