/** How many answers wait at a time: of one address, and of all. */
const LATE_OF_ONE = 10;
const LATE_OF_ALL = 200;

/** So many addresses are told apart; the one that rests longest is forgotten first. */
const MOST_ADDRESSES = 4_096;

interface Account {
  left: number;
  at: number;
  late: number;
}

/**
 * How soon a wrong token is answered: the first ones at once, then late, and where even of those too many wait, not at all. Right
 * tokens never come here, so that nobody is refused for what others try from the same address.
 */
export class WrongTokens {
  readonly #atOnce: number;
  readonly #oneMoreMs: number;
  readonly #accounts = new Map<string, Account>();
  #late = 0;

  /** So many of one address are answered at once, and one more after each `oneMoreMs`. */
  constructor({ atOnce, oneMoreMs }: { readonly atOnce: number; readonly oneMoreMs: number }) {
    this.#atOnce = atOnce;
    this.#oneMoreMs = oneMoreMs;
  }

  /** `late` is to be told when it is over, by `answered`. */
  judge(address: string | undefined, now: number): "now" | "late" | "never" {
    const account = this.#account(networkOf(address ?? ""), now);
    if (account.left >= 1) {
      account.left -= 1;
      return "now";
    }
    if (account.late >= LATE_OF_ONE || this.#late >= LATE_OF_ALL) return "never";
    account.late += 1;
    this.#late += 1;
    return "late";
  }

  /** A late answer was given. */
  answered(address: string | undefined): void {
    this.#late -= 1;
    const account = this.#accounts.get(networkOf(address ?? ""));
    if (account !== undefined && account.late > 0) account.late -= 1;
  }

  /** How many addresses are remembered. */
  get size(): number {
    return this.#accounts.size;
  }

  #account(network: string, now: number): Account {
    const known = this.#accounts.get(network);
    const account = known ?? { left: this.#atOnce, at: now, late: 0 };
    account.left = Math.min(this.#atOnce, account.left + (now - account.at) / this.#oneMoreMs);
    account.at = now;
    // the last one is the one that came last
    this.#accounts.delete(network);
    this.#accounts.set(network, account);
    if (this.#accounts.size > MOST_ADDRESSES) {
      const [oldest] = this.#accounts.keys();
      if (oldest !== undefined) this.#accounts.delete(oldest);
    }
    return account;
  }
}

/** IPv4 as it is; of IPv6 the network, because each of its hosts has more addresses than it could ever need. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped !== null) return mapped[1] as string;
  if (!address.includes(":")) return address;
  const [head = "", tail] = (address.split("%", 1)[0] as string).split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  return [...before, ...zeros, ...after].slice(0, 4).join(":");
}
