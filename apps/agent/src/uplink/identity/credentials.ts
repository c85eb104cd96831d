import { fingerprint, hashSecret } from "@hal/daemon";
import { type ConfiguredToken, type SavedTokens, nextToken, tokensToTry } from "../domain/token-choice.ts";
import type { SavedTokenFile } from "./saved-token-file.ts";

/** So many tokens that were handed out are kept: the newest, and the one before, should the newer one be taken back. */
const KEPT = 2;

/** By which token this agent comes, and which it tries when that is refused. Protocol §11. */
export class Credentials {
  readonly #file: SavedTokenFile;
  #configured: ConfiguredToken;
  #saved: SavedTokens | undefined;
  #worked: string | undefined;
  readonly #refused = new Set<string>();

  constructor(configured: { readonly token: string; readonly url: string }, file: SavedTokenFile) {
    this.#file = file;
    this.#saved = file.read();
    this.#configured = asConfigured(configured);
  }

  /** The token to dial with. */
  next(): string {
    const tokens = tokensToTry(this.#configured, this.#saved);
    return nextToken(tokens, { worked: this.#worked, refused: this.#refused }) ?? tokens[0];
  }

  /** All tokens that it may come with. */
  get all(): readonly string[] {
    return tokensToTry(this.#configured, this.#saved);
  }

  /** Fingerprint of the token that it means to come with. */
  get version(): string {
    return fingerprint(tokensToTry(this.#configured, this.#saved)[0]);
  }

  /** A link was opened with it; what was handed out before the configuration changed has no use any more. */
  accepted(token: string): void {
    this.#worked = token;
    this.#refused.clear();
    if (this.#saved === undefined || token !== this.#configured.token) return;
    if (this.#saved.insteadOf === this.#configured.hash && token !== this.#saved.tokens[0]) return;
    this.#saved = undefined;
    this.#file.write(undefined);
  }

  /** It was refused; true where there is another one to be tried at once. */
  refused(token: string): boolean {
    this.#refused.add(token);
    const tokens = tokensToTry(this.#configured, this.#saved);
    if (nextToken(tokens, { worked: this.#worked, refused: this.#refused }) !== undefined) return true;
    this.#worked = undefined;
    this.#refused.clear();
    return false;
  }

  /** Saves what the supervisor handed out, for good. */
  save(token: string): void {
    const { hash, host } = this.#configured;
    const before = this.#saved?.host === host ? this.#saved.tokens : [];
    const tokens = [token, ...before.filter((other) => other !== token)].slice(0, KEPT);
    const kept = { tokens, insteadOf: hash, host };
    this.#file.write(kept);
    this.#saved = kept;
    this.#worked = undefined;
    this.#refused.clear();
  }

  /** The configuration was changed. */
  configure(token: string): void {
    this.#configured = { ...this.#configured, token, hash: hashSecret(token) };
    this.#worked = undefined;
    this.#refused.clear();
  }
}

function asConfigured({ token, url }: { readonly token: string; readonly url: string }): ConfiguredToken {
  return { token, hash: hashSecret(token), host: new URL(url).hostname };
}
