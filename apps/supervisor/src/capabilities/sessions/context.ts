import type { Context as HealthContext } from "../health/context.ts";

/** What sessions may use. */
export interface Context extends HealthContext {
  /** whether several root sessions of a project may be active at a time */
  readonly isParallel: () => boolean;
  /** whether none is started where one on another node is active on the same branch */
  readonly refusesClaimed: () => boolean;
}
