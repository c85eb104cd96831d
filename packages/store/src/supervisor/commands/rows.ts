import { rowStatements } from "../row-statements.ts";
import { rowsOf } from "../rows.ts";
import { type CommandRow, commands } from "./schema.ts";

export const commandStatements = rowStatements<CommandRow>(commands, [commands.id]);

/** By id. */
export const commandRows = rowsOf(commandStatements, "commands");
