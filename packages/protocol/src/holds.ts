import * as v from "valibot";
import { list, lenient, Timestamp, Word } from "./bounds.ts";
import { LIMITS } from "./limits.ts";

/** `hold_` and a UUIDv7; one that a node brought back may have the node behind an `@`. */
export const HoldId = v.pipe(
  v.string(),
  v.regex(/^hold_[A-Za-z0-9-]+(@[A-Za-z0-9-]+)?$/, "not a hold id"),
  v.maxLength(128),
);

/** A hold as its node keeps it: nothing that begins a turn is done there, of one project or of all, until it is released. */
export const HoldBrief = v.object({
  id: HoldId,
  /** whether it is of this node alone or of the whole fleet */
  scope: v.picklist(["fleet", "node"]),
  project: lenient(Word),
  since: Timestamp,
  by: Word,
});
export type HoldBrief = v.InferOutput<typeof HoldBrief>;

/** Every hold that concerns a node: its own and the fleet's. */
export const MOST_HOLDS = 2 * (LIMITS.projectHolds + 1);
export const HoldBriefs = list(HoldBrief, MOST_HOLDS);

/** Where a hold stands: on one node or on the fleet, for one project or for all. */
export interface HoldPlace {
  readonly node: string | null;
  readonly project: string | null;
}

/** Whether a hold keeps work of a project from beginning; work that is in no project only one that is for all. */
export function holdsProject(
  hold: { readonly project?: string | null | undefined },
  project: string | undefined,
): boolean {
  return hold.project == null || hold.project === project;
}

/** What is typed to release a hold. */
export function releaseCommand({ node, project }: HoldPlace): string {
  const where = [
    ...(node === null ? [] : [`--node ${typed(node)}`]),
    ...(project === null ? [] : [`--project ${typed(project)}`]),
  ];
  return `halctl release ${where.length === 0 ? "--all" : where.join(" ")}`;
}

function typed(name: string): string {
  return /^[\p{L}\p{N}._:@/][\p{L}\p{N}._:@/-]*$/u.test(name) ? name : `'${name.replaceAll("'", String.raw`'\''`)}'`;
}
