import type { TokenRole } from "@hal/protocol";
import { type Clock, hashSecret, newToken, newUuid } from "@hal/daemon";
import {
  type Created,
  createToken,
  type IdempotencyKey,
  listTokens,
  recordTokenUse,
  revokeToken,
  type SupervisorStore,
  type TokenRow,
} from "@hal/store/supervisor";
import { type ConfiguredTokens, SharedTokens } from "./shared-tokens.ts";

/** Who a token belongs to. */
export interface Identity {
  readonly actor: string;
  readonly role: TokenRole;
  /** whether it may open an agent link */
  readonly mayLink: boolean;
  /** the token's fingerprint */
  readonly credential: string;
  /** milliseconds since 1970; null where it is valid until it is revoked */
  readonly expiresAt: number | null;
  /** aborts when the token is revoked or expires: what was opened with it ends, too */
  readonly valid: AbortSignal;
}

interface Held {
  row: TokenRow;
  readonly end: AbortController;
}

/** The guide's one shared token is agent and admin at once, and valid as long as it is in the configuration. */
const SHARED: Pick<Identity, "actor" | "role" | "mayLink" | "expiresAt"> = {
  actor: "shared-token",
  role: "admin",
  mayLink: true,
  expiresAt: null,
};

/** All tokens that are valid: the shared ones and those with a name. */
export class TokenBook {
  readonly shared: SharedTokens;
  readonly #store: SupervisorStore;
  readonly #clock: Clock;
  /** by the hash of the secret, which tells nothing of it */
  readonly #valid = new Map<string, Held>();
  readonly #used = new Map<string, number>();

  private constructor(store: SupervisorStore, clock: Clock, shared: SharedTokens) {
    this.#store = store;
    this.#clock = clock;
    this.shared = shared;
  }

  static async open(store: SupervisorStore, clock: Clock, configured: ConfiguredTokens): Promise<TokenBook> {
    const book = new TokenBook(store, clock, await SharedTokens.open(store, clock, configured));
    for (const row of await listTokens(store)) if (row.revokedAt === null) book.#hold(row);
    return book;
  }

  /** Undefined where the secret belongs to no valid token. */
  identify(secret: string): Identity | undefined {
    const shared = this.shared.identify(secret);
    if (shared !== undefined) return { ...SHARED, credential: shared.fingerprint, valid: shared.valid };
    const hash = hashSecret(secret);
    const held = this.#valid.get(hash);
    if (held === undefined || this.#isOver(held)) return undefined;
    const { id, name, role, expiresAt } = held.row;
    this.#used.set(id, this.#clock.now());
    return {
      actor: `token:${name}`,
      role,
      mayLink: role === "agent",
      credential: hash.slice(0, 8),
      expiresAt,
      valid: held.end.signal,
    };
  }

  /** Makes a token; its secret is known to the caller of this alone. */
  async create(
    wanted: { readonly name: string; readonly role: TokenRole; readonly expiresInMs: number | undefined },
    by: { readonly actor: string; readonly credential: string; readonly idempotency: IdempotencyKey | undefined },
  ): Promise<Created & { readonly secret?: string }> {
    const secret = `hal_${newToken()}`;
    const now = this.#clock.now();
    const created = await createToken(
      this.#store,
      {
        id: `tok_${newUuid()}`,
        name: wanted.name,
        role: wanted.role,
        secretHash: hashSecret(secret),
        createdAt: now,
        createdBy: by.actor,
        createdWith: by.credential,
        expiresAt: wanted.expiresInMs === undefined ? null : now + wanted.expiresInMs,
        lastUsedAt: null,
        revokedAt: null,
      },
      by.idempotency,
    );
    if (created.kind !== "new") return created;
    this.#hold(created.token);
    return { ...created, secret };
  }

  /** Ends a token, by its id, and what was opened with it. */
  async revoke(id: string): Promise<TokenRow | undefined> {
    const row = await revokeToken(this.#store, id, this.#clock.now());
    if (row !== undefined) this.#letGo(row.secretHash);
    return row;
  }

  /** Ends what was opened with tokens that have expired meanwhile. */
  expire(): void {
    for (const [hash, held] of this.#valid) if (this.#isOver(held)) this.#letGo(hash);
  }

  /** Saves when each token was used last. */
  async saveUses(): Promise<void> {
    await this.shared.saveUses();
    if (this.#used.size === 0) return;
    const uses = [...this.#used].map(([id, at]) => ({ id, at }));
    this.#used.clear();
    await recordTokenUse(this.#store, uses);
  }

  #hold(row: TokenRow): void {
    this.#valid.set(row.secretHash, { row, end: new AbortController() });
  }

  #letGo(hash: string): void {
    this.#valid.get(hash)?.end.abort();
    this.#valid.delete(hash);
  }

  #isOver({ row }: Held): boolean {
    return row.expiresAt !== null && row.expiresAt <= this.#clock.now();
  }
}
