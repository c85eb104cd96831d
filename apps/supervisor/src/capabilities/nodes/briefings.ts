import type { Hello, Update } from "@hal/protocol";
import type { NodeRow } from "@hal/store/supervisor";
import type { AgentLink, Links } from "./link.ts";

/** A connected node that is told what it must know, by what its agent came with. */
export interface Briefed {
  readonly nodeId: string;
  /** as it was known before it came; undefined where it comes for the first time */
  readonly node: NodeRow | undefined;
  /** fingerprint of its agent's token */
  readonly credential: string;
  /** whether its agent has proven to be the node's */
  readonly isProven: boolean;
  readonly features: readonly string[];
}

/** What an agent keeps of what it is told; nothing where there is nothing to say. */
export type Briefing = Omit<Update, "type">;

/** Tells every connected node one part of what it must know, as that is now; one that was not welcomed yet is told all of it then. */
export function briefEach(links: Links, briefingOf: (link: AgentLink) => Briefing): void {
  for (const link of links.all()) {
    const briefing = link.isWelcomed ? briefingOf(link) : {};
    if (Object.keys(briefing).length > 0) link.send({ type: "update", ...briefing });
  }
}

/** What nodes must know: each capability adds its part, and an agent hears all of it on its welcome and when it changes. */
export class Briefings {
  readonly #parts: ((node: Briefed) => Briefing)[] = [];
  readonly #before: ((hello: Hello) => Promise<void>)[] = [];

  add(part: (node: Briefed) => Briefing): void {
    this.#parts.push(part);
  }

  /** Looks at what an agent says of itself before it is told anything. */
  addBefore(look: (hello: Hello) => Promise<void>): void {
    this.#before.push(look);
  }

  /** Lets each capability look at a hello. */
  async prepare(hello: Hello): Promise<void> {
    for (const look of this.#before) await look(hello);
  }

  /** The frames for one node, one for each part: what one has to say fits into a frame, and all of it together may not. */
  updatesFor(node: Briefed): Update[] {
    return this.#parts
      .map((part) => part(node))
      .filter((briefing) => Object.keys(briefing).length > 0)
      .map((briefing) => ({ type: "update", ...briefing }));
  }
}
