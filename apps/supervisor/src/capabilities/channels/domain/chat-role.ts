/** Who may do what on a platform, by its own ids. */
export interface ChatAccess {
  readonly viewers: readonly string[];
  readonly operators: readonly string[];
  readonly admins: readonly string[];
}

/** Somebody there. */
export interface ChatPerson {
  readonly id: string;
  readonly roles: readonly string[];
}

/** The highest role that somebody has; undefined where nobody gave them one. */
export function chatRole(access: ChatAccess, person: ChatPerson): "viewer" | "operator" | "admin" | undefined {
  if (isAmong(access.admins, person)) return "admin";
  if (isAmong(access.operators, person)) return "operator";
  return isAmong(access.viewers, person) ? "viewer" : undefined;
}

function isAmong(listed: readonly string[], { id, roles }: ChatPerson): boolean {
  const names = new Set(["everyone", id, `user:${id}`, ...roles.map((role) => `role:${role}`)]);
  return listed.some((one) => names.has(one));
}
