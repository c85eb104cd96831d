import { jsonText } from "@hal/protocol/text";

/** One value of a stream, and the cursor behind it where it is kept. Whoever follows shares it, so that it becomes text once. */
export class StreamItem {
  readonly item: unknown;
  readonly cursor: string | undefined;
  #json: string | undefined;

  constructor(item: unknown, cursor?: string) {
    this.item = item;
    this.cursor = cursor;
  }

  /** The item as JSON that can be shown. */
  get json(): string {
    return (this.#json ??= jsonText(this.item));
  }
}
