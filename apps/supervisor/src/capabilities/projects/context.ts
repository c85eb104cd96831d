import type { Context as PromptsContext } from "../prompts/context.ts";
import type { DependencyBook } from "./dependency-book.ts";

/** What projects may use, and which of them waits for which. */
export interface Context extends PromptsContext {
  readonly dependencies: DependencyBook;
}
