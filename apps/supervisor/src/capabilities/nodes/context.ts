import type { Context as AccessContext } from "../access/context.ts";
import type { Differences } from "./domain/differences.ts";
import type { RefusedAgents } from "./domain/refused-agents.ts";
import type { Held } from "./held.ts";
import type { Briefings } from "./briefings.ts";
import type { Links } from "./link.ts";

/** What nodes may use, and the connections to them. */
export interface Context extends AccessContext {
  readonly links: Links;
  /** what nodes must know; whoever has something to say to them adds it */
  readonly briefings: Briefings;
  /** what may not begin where */
  readonly held: Held;
  readonly refusedAgents: RefusedAgents;
  /** where the log differs from what agents told */
  readonly differences: Differences;
  /** which ends of connections were told already; only spares asking the database, which decides */
  readonly announced: Set<string>;
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
}
