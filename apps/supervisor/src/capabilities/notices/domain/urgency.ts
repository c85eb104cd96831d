/** What is told whatever its route says: money runs, what was to stop something did not, or a report is wanted at its time. */
const URGENT = /^(cost\.(daily|reported)|budget\.(warned|reached|stopped)|[^.]+\.stopped)$/;

/**
 * Whether something of a type is told in quiet hours, too.
 * @param commandType of a command that failed, what it was to do
 */
export function isUrgentType(type: string, commandType?: string, standing: readonly string[] = []): boolean {
  if (URGENT.test(type)) return true;
  return type === "command.failed" && commandType !== undefined && standing.includes(commandType);
}
