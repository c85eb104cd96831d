import type { SourceFact } from "../../domain/source-fact.ts";

/** What the stream said and nobody applied yet, in its order. */
export class HeldBack {
  #facts: SourceFact[] = [];

  get size(): number {
    return this.#facts.length;
  }

  add(fact: SourceFact): void {
    this.#facts.push(fact);
  }

  /** Gives all of it, and keeps nothing. */
  takeAll(): SourceFact[] {
    const facts = this.#facts;
    this.#facts = [];
    return facts;
  }

  /** Sessions of which it says what they do. */
  get sessions(): Set<string> {
    return new Set(this.#facts.flatMap((fact) => spokenOf(fact) ?? []));
  }
}

/** The session of which a fact says what it does, or what it waits for. */
function spokenOf(fact: SourceFact): string | undefined {
  switch (fact.kind) {
    case "status":
    case "failed":
    case "answered":
      return fact.sessionId;
    case "asked":
      return fact.request.sessionId;
    // a row has its place, and comes late without harm; the others say nothing that a comparison could contradict
    default:
      return undefined;
  }
}
