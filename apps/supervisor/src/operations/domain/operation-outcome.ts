/** How an operation ended: `failed` is what a correct caller may meet, `broken` a bug. */
export const OPERATION_OUTCOMES = ["ok", "refused", "failed", "broken"] as const;
export type OperationOutcome = (typeof OPERATION_OUTCOMES)[number];
