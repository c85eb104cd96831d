import { touchHttp } from "../http.ts";
import { directoryQuery } from "./calls.ts";

/** How long a directory's instance may take to come up. */
const BOOT_MS = 30_000;

/** What opencode has up for each directory that it works in. */
export class Instances {
  readonly #baseUrl: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #booting = new Map<string, Promise<void>>();

  constructor(baseUrl: string, headers: Readonly<Record<string, string>>) {
    this.#baseUrl = baseUrl;
    this.#headers = headers;
  }

  /** Brings the instance of a directory up, once for each life of it. */
  async boot(directory: string): Promise<void> {
    // what asks for the models of all providers is what the first turn waits for, too
    const url = `${this.#baseUrl}/config/providers?${directoryQuery(directory)}`;
    const booted =
      this.#booting.get(directory) ?? touchHttp({ url, headers: this.#headers }, AbortSignal.timeout(BOOT_MS));
    this.#booting.set(directory, booted);
    // where it fails the turn will say why
    await booted.catch(() => this.#booting.delete(directory));
  }

  /** Some were disposed of: what was up is not any more. */
  forget(): void {
    this.#booting.clear();
  }
}
