import { type Clock, fingerprint, hashSecret, sameSecret } from "@hal/daemon";
import {
  recordSharedTokens,
  recordSharedTokenUse,
  revokeSharedToken,
  type SharedTokenRow,
  type SupervisorStore,
} from "@hal/store/supervisor";
import { type SharedFacts, type SharedStanding, standingOf } from "./domain/rotation.ts";

/** The shared token as the configuration has it, and those that it replaced. */
export interface ConfiguredTokens {
  readonly current: string;
  readonly previous: readonly string[];
}

/** A shared token that is accepted. */
export interface AcceptedToken {
  readonly fingerprint: string;
  readonly valid: AbortSignal;
}

interface Accepted extends AcceptedToken {
  readonly secret: string;
  readonly hash: string;
  readonly end: AbortController;
}

/** The tokens of the configuration: the current one, and, while they overlap, the previous ones. Protocol §11. */
export class SharedTokens {
  readonly #store: SupervisorStore;
  readonly #clock: Clock;
  #configured: ConfiguredTokens;
  #rows: readonly SharedTokenRow[] = [];
  #facts: SharedFacts = { current: "", previous: [], revoked: new Set(), known: new Set() };
  #accepted: readonly Accepted[] = [];
  readonly #used = new Map<string, number>();

  private constructor(store: SupervisorStore, clock: Clock, configured: ConfiguredTokens) {
    this.#store = store;
    this.#clock = clock;
    this.#configured = configured;
  }

  static async open(store: SupervisorStore, clock: Clock, configured: ConfiguredTokens): Promise<SharedTokens> {
    const shared = new SharedTokens(store, clock, configured);
    await shared.change(configured);
    return shared;
  }

  /** Takes what the configuration says now; what was opened with tokens that are not accepted any more ends. */
  async change({ current, previous }: ConfiguredTokens): Promise<void> {
    const earlier = [...new Set(previous)].filter((secret) => secret !== current);
    const hashes = { current: hashSecret(current), previous: earlier.map(hashSecret) };
    this.#rows = await recordSharedTokens(this.#store, hashes, this.#clock.now());
    this.#configured = { current, previous: earlier };
    this.#accept();
  }

  get current(): string {
    return this.#configured.current;
  }

  /** Rows of the current one and of the previous ones that the configuration still has, the current one first. */
  rows(): SharedTokenRow[] {
    const { current, previous } = this.#facts;
    return [current, ...previous].flatMap((hash) => this.#rows.find((row) => row.hash === hash) ?? []);
  }

  /** Undefined where the secret is no shared token that is accepted. */
  identify(secret: string): AcceptedToken | undefined {
    let found: Accepted | undefined;
    // all of them are compared, so that the time says nothing
    for (const accepted of this.#accepted) if (sameSecret(secret, accepted.secret)) found = accepted;
    if (found !== undefined) this.#used.set(found.hash, this.#clock.now());
    return found;
  }

  /** How the token with that fingerprint stands; undefined where it never was a shared one. */
  standing(mark: string): SharedStanding | undefined {
    const hash = this.#rows.find((row) => row.hash.startsWith(mark))?.hash;
    return hash === undefined ? undefined : standingOf(hash, this.#facts);
  }

  /** Whether the secret was a shared token once. */
  wasReplaced(secret: string): boolean {
    return standingOf(hashSecret(secret), this.#facts) === "replaced";
  }

  /** When the token with that fingerprint was replaced by the next one. */
  replacedAt(mark: string): number {
    const index = this.#rows.findIndex((row) => row.hash.startsWith(mark));
    return this.#rows[index + 1]?.since ?? Number.NEGATIVE_INFINITY;
  }

  /** Ends a previous token, and what was opened with it. */
  async revoke(hash: string): Promise<SharedTokenRow | undefined> {
    const row = await revokeSharedToken(this.#store, hash, this.#clock.now());
    if (row === undefined) return undefined;
    this.#rows = this.#rows.map((known) => (known.hash === hash ? row : known));
    this.#accept();
    return row;
  }

  /** Saves when each one was used last. */
  async saveUses(): Promise<void> {
    if (this.#used.size === 0) return;
    const uses = [...this.#used].map(([hash, at]) => ({ hash, at }));
    this.#used.clear();
    this.#rows = this.#rows.map((row) => {
      const at = uses.find(({ hash }) => hash === row.hash)?.at;
      return at === undefined ? row : { ...row, lastUsedAt: at };
    });
    await recordSharedTokenUse(this.#store, uses);
  }

  #accept(): void {
    const { current, previous } = this.#configured;
    this.#facts = {
      current: hashSecret(current),
      previous: previous.map(hashSecret),
      revoked: new Set(this.#rows.flatMap((row) => (row.revokedAt === null ? [] : [row.hash]))),
      known: new Set(this.#rows.map((row) => row.hash)),
    };
    const before = this.#accepted;
    this.#accepted = [current, ...previous].flatMap((secret) => {
      const hash = hashSecret(secret);
      if (standingOf(hash, this.#facts) === "replaced") return [];
      const known = before.find((accepted) => accepted.hash === hash);
      if (known !== undefined) return known;
      const end = new AbortController();
      return { secret, hash, fingerprint: fingerprint(secret), end, valid: end.signal };
    });
    for (const accepted of before) if (!this.#accepted.includes(accepted)) accepted.end.abort();
  }
}
