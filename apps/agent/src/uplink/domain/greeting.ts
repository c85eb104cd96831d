/** Where this agent's outbox stands when a supervisor answers its hello. */
export interface Standing {
  readonly lastSeq: number;
  readonly acked: number;
  /** the mark of the event at the committed seq; undefined where it is not kept */
  readonly markThere: string | undefined;
}

/** What a supervisor says of the outbox. */
export interface Committed {
  readonly seq: number;
  readonly mark: string;
  readonly resetEpoch: boolean;
}

/** How to go on with a supervisor. */
export type Greeting =
  /** everything fits: send what follows `after` */
  | { readonly kind: "resume"; readonly after: number }
  /** it has lost what it acknowledged: everything behind `after` is to be sent again */
  | { readonly kind: "take back"; readonly after: number }
  /** this outbox is an older copy, or one that went another way: it begins a new epoch */
  | { readonly kind: "renew"; readonly why: string };

/** Compares what both sides remember of one outbox. Pure. Protocol §4.5–4.6. */
export function judgeGreeting(standing: Standing, committed: Committed): Greeting {
  const { seq, mark } = committed;
  if (committed.resetEpoch || seq > standing.lastSeq)
    return { kind: "renew", why: "the supervisor has committed more than this outbox ever held" };
  if (seq > 0 && mark !== "" && standing.markThere !== undefined && standing.markThere !== mark)
    return { kind: "renew", why: "the supervisor has committed another event at this place" };
  if (seq < standing.acked) return { kind: "take back", after: seq };
  return { kind: "resume", after: seq };
}
