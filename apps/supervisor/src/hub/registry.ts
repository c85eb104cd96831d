import type { Hello } from "@hal/protocol";
import type { Context } from "../context.ts";
import type { Admission } from "../capabilities/nodes/admit-node.ts";
import type { AgentConnection } from "./agent-connection.ts";

/** What a connection needs of the hub. */
export interface Registry {
  readonly context: Context;
  /** judges a hello; one that is welcome makes this the node's link */
  admit(link: AgentConnection, hello: Hello): Promise<Admission>;
  /** notes that who meant to be an agent was not let in */
  refuse(link: AgentConnection, code: number, reason: string): void;
  /** false where another link has taken the node over */
  unregister(link: AgentConnection): boolean;
}
