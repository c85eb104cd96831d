import type { Context as InteractionsContext } from "../interactions/context.ts";
import type { PromptSender } from "./prompt-sender.ts";

/** What prompts may use, and what sends those that wait. */
export interface Context extends InteractionsContext {
  readonly promptSender: PromptSender;
  /** of all files of a prompt */
  readonly mostFileBytes: () => number;
}
