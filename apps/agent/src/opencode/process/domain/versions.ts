/** The opencode versions that this agent is tested with. */
export const TESTED_OPENCODE = "1.18.x";

export function isTestedVersion(version: string): boolean {
  return version.startsWith("1.18.");
}
