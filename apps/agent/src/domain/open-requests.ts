import type { SavedSession } from "./saved-session.ts";

/** The requests of one session that wait for a person. */
export class OpenRequests {
  readonly #closed = new Set<string>();
  #open: SavedSession["open"];

  constructor(open: SavedSession["open"]) {
    this.#open = open;
  }

  /** Id to kind. */
  get open(): SavedSession["open"] {
    return this.#open;
  }

  get first(): string | undefined {
    return Object.keys(this.#open)[0];
  }

  has(id: string): boolean {
    return Object.hasOwn(this.#open, id);
  }

  /** Whether it was open and closed again since the agent started. */
  wasClosed(id: string): boolean {
    return this.#closed.has(id);
  }

  add(id: string, kind: SavedSession["open"][string]): void {
    this.#open = { ...this.#open, [id]: kind };
  }

  close(id: string): void {
    if (this.has(id)) this.#closed.add(id);
    const { [id]: _closed, ...open } = this.#open;
    this.#open = open;
  }

  clear(): void {
    for (const id of Object.keys(this.#open)) this.close(id);
  }
}
