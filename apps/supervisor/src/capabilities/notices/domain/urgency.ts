/** What a person has to act on at night, whatever its route says: money runs, or what was to stop something did not. */
const URGENT = /^(cost\.daily|budget\.[^.]+|[^.]+\.stopped)$/;

/**
 * Whether something of a type is told in quiet hours, too.
 * @param commandType of a command that failed, what it was to do
 */
export function isUrgentType(type: string, commandType?: string, standing: readonly string[] = []): boolean {
  if (URGENT.test(type)) return true;
  return type === "command.failed" && commandType !== undefined && standing.includes(commandType);
}
