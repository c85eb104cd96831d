import { rowStatements } from "../row-statements.ts";
import { rowsOf } from "../rows.ts";
import { type PolicySessionRow, policySessions } from "./schema.ts";

export const policyStatements = rowStatements<PolicySessionRow>(policySessions, [
  policySessions.nodeId,
  policySessions.sessionId,
]);

/** By node and session. */
export const policySessionRows = rowsOf(policyStatements);
