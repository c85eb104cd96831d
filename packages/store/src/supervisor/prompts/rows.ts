import { rowStatements } from "../row-statements.ts";
import { type PromptRow, prompts } from "./schema.ts";

export const promptStatements = rowStatements<PromptRow>(prompts, [prompts.id]);
