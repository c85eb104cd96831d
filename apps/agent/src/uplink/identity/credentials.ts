import { fingerprint, hashSecret } from "@hal/daemon";
import { type ConfiguredToken, type KeptTokens, nextToken, tokensToTry } from "../domain/token-choice.ts";
import type { KeptTokenFile } from "./saved-token-file.ts";

/** So many tokens that were handed out are kept: the newest, and the one before, should the newer one be taken back. */
const KEPT = 2;

/** By which token this agent comes, and which it tries when that is refused. Protocol §11. */
export class Credentials {
  readonly #file: KeptTokenFile;
  #configured: ConfiguredToken;
  #kept: KeptTokens | undefined;
  #worked: string | undefined;
  readonly #refused = new Set<string>();

  constructor(configured: { readonly token: string; readonly url: string }, file: KeptTokenFile) {
    this.#file = file;
    this.#kept = file.read();
    this.#configured = asConfigured(configured);
  }

  /** The token to dial with. */
  next(): string {
    const tokens = tokensToTry(this.#configured, this.#kept);
    return nextToken(tokens, { worked: this.#worked, refused: this.#refused }) ?? tokens[0];
  }

  /** All tokens that it may come with. */
  get all(): readonly string[] {
    return tokensToTry(this.#configured, this.#kept);
  }

  /** Fingerprint of the token that it means to come with. */
  get version(): string {
    return fingerprint(tokensToTry(this.#configured, this.#kept)[0]);
  }

  /** A link was opened with it; what was handed out before the configuration changed has no use any more. */
  accepted(token: string): void {
    this.#worked = token;
    this.#refused.clear();
    if (this.#kept === undefined || token !== this.#configured.token) return;
    if (this.#kept.insteadOf === this.#configured.hash && token !== this.#kept.tokens[0]) return;
    this.#kept = undefined;
    this.#file.write(undefined);
  }

  /** It was refused; true where there is another one to be tried at once. */
  refused(token: string): boolean {
    this.#refused.add(token);
    const tokens = tokensToTry(this.#configured, this.#kept);
    if (nextToken(tokens, { worked: this.#worked, refused: this.#refused }) !== undefined) return true;
    this.#worked = undefined;
    this.#refused.clear();
    return false;
  }

  /** Keeps what the supervisor handed out, for good. */
  keep(token: string): void {
    const { hash, host } = this.#configured;
    const before = this.#kept?.host === host ? this.#kept.tokens : [];
    const tokens = [token, ...before.filter((other) => other !== token)].slice(0, KEPT);
    const kept = { tokens, insteadOf: hash, host };
    this.#file.write(kept);
    this.#kept = kept;
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
