import type { HalError } from "@hal/protocol";
import type { AgentLink } from "../nodes/link.ts";

/** Where something is to begin. */
export interface BeginPlace {
  readonly nodeId: string;
  readonly project?: string | undefined;
  /** undefined of one that is not there yet */
  readonly sessionId?: string | undefined;
}

/** Who has a say before work begins on a node; those above commands are known here by this alone. */
export interface BeginGuard {
  /** makes room for it, and says why there is none; what it waits for has an end */
  admit(place: BeginPlace): Promise<HalError | undefined>;
  /** why there is none as it stands now, without doing anything for it */
  refusal(place: BeginPlace): HalError | undefined;
  /** whether commands that begin work may be sent on a connection already; else it has them delivered later */
  isReady(link: AgentLink): boolean;
}

/** What is asked before anything begins; without a guard everything may. */
export class BeginGate implements BeginGuard {
  #guard: BeginGuard | undefined;

  guardBy(guard: BeginGuard): void {
    this.#guard = guard;
  }

  async admit(place: BeginPlace): Promise<HalError | undefined> {
    return this.#guard?.admit(place);
  }

  refusal(place: BeginPlace): HalError | undefined {
    return this.#guard?.refusal(place);
  }

  isReady(link: AgentLink): boolean {
    return this.#guard?.isReady(link) ?? true;
  }
}
