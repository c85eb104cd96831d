import { type Abilities, type Channel, DeliveryError, type Edit, type Post, type Posted } from "../channel.ts";
import type { Message } from "../message.ts";

/** A message as it stands. */
export interface Held extends Posted {
  readonly ref: string;
  readonly message: Message;
  /** the message in whose thread it is */
  readonly thread: Posted | undefined;
}

const ABILITIES: Abilities = { edits: true, threads: true, finds: true, buttons: true };

/** Keeps messages in memory, for tests and trials. */
export class MemoryChannel implements Channel {
  readonly kind = "memory";
  readonly abilities = ABILITIES;
  #held: Held[] = [];
  #newest = 0;

  /** All that was sent and stands, oldest first. */
  get held(): readonly Held[] {
    return this.#held;
  }

  async check(): Promise<readonly string[]> {
    return [];
  }

  async post(post: Post): Promise<Posted> {
    const known = await this.find(post);
    if (known !== undefined) return known;
    const { ref, place, message, thread } = post;
    this.#newest += 1;
    const held: Held = { ref, place, id: String(this.#newest), message, thread };
    this.#held.push(held);
    return { place, id: held.id };
  }

  async edit({ posted, message }: Edit): Promise<void> {
    const index = this.#held.findIndex(({ place, id }) => place === posted.place && id === posted.id);
    const held = this.#held[index];
    if (held === undefined) throw new DeliveryError("gone", "that message is there no more");
    this.#held[index] = { ...held, message };
  }

  async find({ ref, place, thread }: Pick<Post, "ref" | "place" | "thread">): Promise<Posted | undefined> {
    const held = this.#held.find((one) => one.ref === ref && one.place === place && one.thread?.id === thread?.id);
    return held && { place, id: held.id };
  }

  /** Takes a message away, as somebody on a platform may. */
  remove(posted: Posted): void {
    this.#held = this.#held.filter(({ place, id }) => place !== posted.place || id !== posted.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // it holds nothing open
  }
}
