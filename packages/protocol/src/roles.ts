import * as v from "valibot";

/** Roles of actors, weakest first; `agent` stands beside them and may only open an agent link. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export const Role = v.picklist(ROLES);
export type Role = v.InferOutput<typeof Role>;

/** Whether `role` may do what needs `needed`. */
export function roleAllows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
