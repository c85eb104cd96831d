import type { Context as ReferencesContext } from "../references/context.ts";
import type { CommandSpans } from "./command-spans.ts";

/** What commands may use, and the spans of those that are under way. */
export interface Context extends ReferencesContext {
  readonly commandSpans: CommandSpans;
}
