import { contentHash } from "./content-hash.ts";

/** One telling of something that opencode does not number: the how many-th of its session, and when. */
export interface Occurrence {
  readonly count: number;
  readonly at: number;
}

/**
 * The source keys of what is told of one session (protocol §4.3). Each names a content or an occurrence, so that two
 * facts never have one key, and one that is told again after a crash has the key that it had.
 */
export class SourceKeys {
  readonly #session: string;

  constructor(session: string) {
    this.#session = session;
  }

  /** Told again only with another content. */
  message(id: string, hash: string): string {
    return this.#key(id, hash);
  }

  /** What was so before may be so again, at another time. */
  facts(text: string, updatedAt: number): string {
    return this.#key("facts", contentHash(text), updatedAt);
  }

  tool(partId: string, status: string): string {
    return this.#key("tool", partId, status);
  }

  /** A message is a compaction once. */
  compacted(messageId: string): string {
    return this.#key(messageId, "compacted");
  }

  status(type: string, { count, at }: Occurrence): string {
    return this.#key("status", count, at, type);
  }

  /** opencode names a request once; `again` where it was told to be closed before and is not. */
  request(what: "ask" | "answered" | "expired", id: string, again: Occurrence | undefined): string {
    return again === undefined ? this.#key(what, id) : this.#key(what, id, again.count, again.at);
  }

  /** A session that lives again has a newer message, or was archived at another time. */
  ended(newestMessageId: string | undefined, at: number): string {
    return this.#key("ended", newestMessageId ?? "", at);
  }

  #key(...parts: readonly (string | number)[]): string {
    return [this.#session, ...parts].join("/");
  }
}
