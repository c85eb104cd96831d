import { sql } from "drizzle-orm";
import { commands } from "./schema.ts";

/** Which interaction a command answers; a row whose arguments are no JSON answers none. */
export const answered = sql<
  string | null
>`case when json_valid(${commands.args}) then ${commands.args} ->> 'interactionId' end`;
