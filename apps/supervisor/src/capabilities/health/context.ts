import type { Context as CommandsContext } from "../commands/context.ts";
import type { HealthLimits } from "./domain/marks.ts";

/** What sessions' health may use, and from when on it has marks. */
export interface Context extends CommandsContext {
  readonly healthLimits: () => HealthLimits;
}
