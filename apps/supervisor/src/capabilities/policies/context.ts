import type { Context as LiveContext } from "../live/context.ts";
import type { Context as ProjectsContext } from "../projects/context.ts";
import type { PolicySettings } from "./domain/policy-settings.ts";
import type { PauseBook } from "./pause-book.ts";
import type { PolicyWatch } from "./policy-watch.ts";

/** What a look of policies stands on. */
export interface LookContext extends ProjectsContext, LiveContext {
  /** as they are now */
  readonly policySettings: () => PolicySettings;
  readonly pauses: PauseBook;
}

/** What policies may use, and what looks at sessions for them. */
export interface Context extends LookContext {
  readonly policyWatch: PolicyWatch;
  /** what a session is told that is to go on, as it is configured now */
  readonly resumePrompt: () => string;
}
