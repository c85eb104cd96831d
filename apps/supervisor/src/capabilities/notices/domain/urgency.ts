/** What a person has to act on at night, whatever its route says: money runs, or what was to stop something did not. */
const URGENT = /^(cost\.daily|budget\.(?!changed$|reopened$)[^.]+|[^.]+\.stopped)$/;

/** What somebody wants at a time that is set, whatever else is quiet then. */
const WANTED_AT_ITS_TIME: ReadonlySet<string> = new Set(["cost.reported"]);

/**
 * Whether something of a type is told in quiet hours, too.
 * @param commandType of a command that failed, what it was to do
 */
export function isUrgentType(type: string, commandType?: string, standing: readonly string[] = []): boolean {
  if (URGENT.test(type) || WANTED_AT_ITS_TIME.has(type)) return true;
  return type === "command.failed" && commandType !== undefined && standing.includes(commandType);
}
