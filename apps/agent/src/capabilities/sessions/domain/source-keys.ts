import { contentHash } from "./messages/content-hash.ts";

/**
 * The source keys of what is told of one session (protocol §4.3). Each names a content or an occurrence, so that two
 * facts never have one key, and one that is told again after a crash has the key that it had.
 */
export class SourceKeys {
  readonly #session: string;
  #occurrences: number;

  constructor(session: string, occurrences = 0) {
    this.#session = session;
    this.#occurrences = occurrences;
  }

  /** How many tellings had a number of their own: opencode numbers neither statuses nor what is told again. */
  get occurrences(): number {
    return this.#occurrences;
  }

  /** Told again only with another content. */
  message(id: string, hash: string): string {
    return this.#key(id, hash);
  }

  /** opencode removes a message, or a part of one, once. */
  removed(messageId: string, partId: string | undefined): string {
    return this.#key(messageId, "removed", ...(partId === undefined ? [] : [partId]));
  }

  /** What was so before may be so again, at another time; `again` where the same is told once more. */
  facts(text: string, updatedAt: number, again = false): string {
    return this.#key("facts", contentHash(text), ...(again ? this.#occurrence(updatedAt) : [updatedAt]));
  }

  tool(partId: string, status: string): string {
    return this.#key("tool", partId, status);
  }

  /** A message is a compaction once. */
  compacted(messageId: string): string {
    return this.#key(messageId, "compacted");
  }

  status(type: string, at: number): string {
    return this.#key("status", ...this.#occurrence(at), type);
  }

  /** opencode names a request once; `againAt` where it is told once more, such as one that was told to be closed and is not. */
  request(what: "ask" | "answered" | "expired", id: string, againAt: number | undefined): string {
    return this.#key(what, id, ...this.#again(againAt));
  }

  /** A session that lives again has a newer message, or was archived at another time; `again` where its end is told once more. */
  ended(newestMessageId: string | undefined, at: number, again = false): string {
    return this.#key("ended", newestMessageId ?? "", ...(again ? this.#occurrence(at) : [at]));
  }

  /** Told again from an older copy of this disk, one has the same number and time. */
  #occurrence(at: number): [count: number, at: number] {
    this.#occurrences += 1;
    return [this.#occurrences, at];
  }

  #again(at: number | undefined): (string | number)[] {
    return at === undefined ? [] : this.#occurrence(at);
  }

  #key(...parts: readonly (string | number)[]): string {
    return [this.#session, ...parts].join("/");
  }
}
