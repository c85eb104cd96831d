/** A permission request, as opencode says it. */
export const askedPermission = (id: string, sessionID: string) => ({
  id,
  sessionID,
  permission: "bash",
  patterns: ["git push"],
  always: [],
  metadata: {},
});
