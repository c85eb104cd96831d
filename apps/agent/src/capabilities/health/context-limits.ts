import { errorText, type Logger } from "@hal/daemon";
import type { BackEnd } from "../../back-end.ts";

/** So many models of directories are remembered. */
const KEPT = 1_000;

interface Wanted {
  readonly directory: string;
  readonly model: string;
  readonly isAtWork: boolean;
}

/** How much models take, asked of the back end once for each life of it, directory and model. */
export class ContextLimits {
  readonly #api: () => BackEnd;
  readonly #log: Logger;
  /** what was said last, and by which run */
  readonly #known = new Map<string, { readonly run: string; readonly limit: number | undefined }>();
  readonly #asked = new Set<string>();

  constructor(api: () => BackEnd, log: Logger) {
    this.#api = api;
    this.#log = log;
  }

  /**
   * What is known now; `onKnown` is called when there is news. Each opencode is asked once, and where an earlier one has said it only of a
   * session that is at work: a question boots what is in the directory.
   */
  of({ directory, model, isAtWork }: Wanted, onKnown: () => void): number | undefined {
    const key = JSON.stringify([directory, model]);
    const known = this.#known.get(key);
    if (known !== undefined && !isAtWork) return known.limit;
    const api = this.#upOrNot();
    if (api !== undefined && known?.run !== api.run) void this.#ask(api, { key, directory, model }, onKnown);
    return known?.limit;
  }

  #upOrNot(): BackEnd | undefined {
    try {
      return this.#api();
    } catch {
      return undefined; // it is asked when it is up
    }
  }

  async #ask(
    api: BackEnd,
    { key, directory, model }: { readonly key: string; readonly directory: string; readonly model: string },
    onKnown: () => void,
  ): Promise<void> {
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    try {
      const limit = await api.contextLimit(directory, model);
      if (this.#known.size >= KEPT) this.#known.clear();
      this.#known.set(key, { run: api.run, limit });
      onKnown();
    } catch (error) {
      // it is asked once more when it is looked at again
      this.#log.debug({ problem: errorText(error) }, "opencode did not say how much a model takes");
    } finally {
      this.#asked.delete(key);
    }
  }
}
