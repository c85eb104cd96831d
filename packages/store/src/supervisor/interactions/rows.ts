import { rowStatements } from "../row-statements.ts";
import { rowsOf } from "../rows.ts";
import { type InteractionRow, interactions } from "./schema.ts";

/** By node and id. */
export const interactionRows = rowsOf(
  rowStatements<InteractionRow>(interactions, [interactions.nodeId, interactions.id]),
  "interactions",
);
