/** What is known of a database from reading it through; `unread` is one too big for that before its use. */
export const CHECK_STATES = ["sound", "reading", "unread", "damaged"] as const;
export type CheckState = (typeof CHECK_STATES)[number];

/** Whether the database takes writes, so that a long trouble is said once when it begins and once when it ends. */
export class StorageHealth {
  #problem: string | undefined;

  /** Why the last commit failed, in words for a person; undefined where it did not. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Takes how a commit ended, and returns what changed by it. */
  observe(problem: string | undefined): "failed" | "recovered" | undefined {
    const before = this.#problem;
    this.#problem = problem;
    if (problem !== undefined && before === undefined) return "failed";
    return problem === undefined && before !== undefined ? "recovered" : undefined;
  }
}
