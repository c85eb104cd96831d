import type { PolicyOutcome } from "@hal/protocol";

/** What one session did. */
export interface SessionTally {
  readonly nodeId: string;
  readonly id: string;
  readonly project: string;
  readonly costMicroUsd: number;
  readonly tokens: number;
  readonly answers: number;
  readonly files: ReadonlySet<string>;
}

export interface AnswerFact {
  readonly nodeId: string;
  readonly sessionId: string;
  readonly project: string;
  readonly messageId: string;
  readonly costMicroUsd: number;
  readonly tokens: number;
}

type SessionOf = Pick<SessionTally, "nodeId" | "id" | "project">;
type Ending = "answered" | "by_rule" | "expired";

/** So many files of one session are told apart. */
const MOST_FILES = 1_000;

/**
 * Adds up what was told, whatever is told twice and in whichever order: an answer counts once, as it was told last, by its session
 * and id, since a copied opencode tells the same from two nodes; an interaction has one ending.
 */
export class ReviewTally {
  readonly #answers = new Map<string, AnswerFact>();
  readonly #sessions = new Map<string, SessionOf & { readonly files: Set<string> }>();
  readonly #asked = new Set<string>();
  readonly #endings = new Map<string, Ending>();
  readonly #policies = new Map<string, { policy: string; outcome: PolicyOutcome; count: number }>();

  /** Something was told of a session. */
  seen({ nodeId, id, project }: SessionOf): void {
    const key = `${nodeId}/${id}`;
    if (!this.#sessions.has(key)) this.#sessions.set(key, { nodeId, id, project, files: new Set() });
  }

  answer(answer: AnswerFact): void {
    this.seen({ ...answer, id: answer.sessionId });
    this.#answers.set(`${answer.sessionId}/${answer.messageId}`, answer);
  }

  wrote(session: SessionOf, files: readonly string[]): void {
    this.seen(session);
    const known = this.#sessions.get(`${session.nodeId}/${session.id}`)?.files;
    for (const file of files) if (known !== undefined && known.size < MOST_FILES) known.add(file);
  }

  asked(key: string): void {
    this.#asked.add(key);
  }

  closed(key: string, ending: Ending): void {
    this.#endings.set(key, ending);
  }

  policy(policy: string, outcome: PolicyOutcome): void {
    const key = `${policy}/${outcome}`;
    const known = this.#policies.get(key) ?? { policy, outcome, count: 0 };
    this.#policies.set(key, { ...known, count: known.count + 1 });
  }

  get interactions(): { readonly asked: number } & Readonly<Record<Ending, number>> {
    const count = (ending: Ending): number => [...this.#endings.values()].filter((one) => one === ending).length;
    return {
      asked: this.#asked.size,
      answered: count("answered"),
      by_rule: count("by_rule"),
      expired: count("expired"),
    };
  }

  get policies(): readonly { readonly policy: string; readonly outcome: PolicyOutcome; readonly count: number }[] {
    return [...this.#policies.values()];
  }

  get sessions(): readonly SessionOf[] {
    return [...this.#sessions.values()];
  }

  /** What root sessions did, each with what it started: `rootOf` names the root of a session by its `<node>/<id>`. */
  byRoot(rootOf: (key: string) => string | undefined): SessionTally[] {
    const roots = new Map<string, SessionTally & { readonly files: Set<string> }>();
    const root = ({ nodeId, id, project }: SessionOf): SessionTally & { readonly files: Set<string> } => {
      const rootId = rootOf(`${nodeId}/${id}`) ?? id;
      const key = `${nodeId}/${rootId}`;
      const fresh = { nodeId, id: rootId, project, costMicroUsd: 0, tokens: 0, answers: 0, files: new Set<string>() };
      const found = roots.get(key) ?? fresh;
      roots.set(key, found);
      return found;
    };
    for (const session of this.#sessions.values()) for (const file of session.files) root(session).files.add(file);
    for (const session of this.#sessions.values()) root(session);
    for (const answer of this.#answers.values()) {
      const before = root({ ...answer, id: answer.sessionId });
      roots.set(`${before.nodeId}/${before.id}`, {
        ...before,
        costMicroUsd: before.costMicroUsd + answer.costMicroUsd,
        tokens: before.tokens + answer.tokens,
        answers: before.answers + 1,
      });
    }
    return [...roots.values()];
  }
}
