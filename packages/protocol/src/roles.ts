import * as v from "valibot";

/** Roles of people and programs that ask, weakest first. */
export const ROLES = ["viewer", "operator", "admin"] as const;
export const Role = v.picklist(ROLES);
export type Role = v.InferOutput<typeof Role>;

/** Roles of tokens: `agent` stands beside the others and may only open an agent link. */
export const TOKEN_ROLES = [...ROLES, "agent"] as const;
export const TokenRole = v.picklist(TOKEN_ROLES);
export type TokenRole = v.InferOutput<typeof TokenRole>;

/** Whether `role` may do what needs `needed`. */
export function roleAllows(role: TokenRole, needed: Role): boolean {
  return role !== "agent" && ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
