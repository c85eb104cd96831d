/** What a node says of what it spent, at a place of its outbox that the ledger has come to. */
export interface Heard {
  /** names one life of its counters */
  readonly life: string;
  readonly counters: ReadonlyMap<Counter, number>;
  /** the newest brief that counts there and is on its disk */
  readonly version: number | undefined;
  readonly atWork: readonly string[];
  readonly isBeginning: boolean;
}

/** `node`, `project:<name>` or `session:<id>`; `each_session` is none that counts. */
export type Counter = string;

/** What a lease is about: a budget, and a counter. */
export type LeaseKey = `${string} ${Counter}`;

export function leaseKey(budgetId: string, counter: Counter): LeaseKey {
  return `${budgetId} ${counter}`;
}

export function counterOf(key: LeaseKey): Counter {
  return key.slice(key.indexOf(" ") + 1);
}

/** The ceilings that a node was told at once. */
export interface SentBrief {
  readonly version: number;
  readonly life: string;
  readonly ceilings: ReadonlyMap<LeaseKey, number>;
}

/** An account as it is kept on the disk: plain values. */
export interface SavedAccount {
  readonly life: string | undefined;
  /** they do not fall, so an older picture is none that says too little is owed */
  readonly counters: readonly (readonly [Counter, number])[];
  readonly told: readonly (Omit<SentBrief, "ceilings"> & {
    readonly ceilings: readonly (readonly [LeaseKey, number])[];
  })[];
  readonly earlier: readonly (readonly [LeaseKey, number])[];
  readonly lastVersion: number;
  readonly doubtedBelow: number | undefined;
  readonly isUntold: boolean;
}

/** A brief, and on which connection it went out. */
interface Told extends SentBrief {
  readonly link: number | undefined;
}

/** What a budget's ledger has of a node in its span, by which counter and ledger are compared. */
interface Matched {
  readonly from: number;
  readonly offset: number;
}

/**
 * What is known of one node: what its counters were, and which ceilings may count there.
 *
 * A1 Of the ceilings that a node was told and has not said to have replaced, the greatest counts as what it may spend.
 * A2 Each brief is all that counts. A node that says a version has none before it, and on a new connection none behind it that went
 *    out on an earlier one: what was on its way then is lost.
 * A3 Where it is not known what a node was told, as after a restore, it may spend anything, until it says to have a brief that it was
 *    told after that.
 * A4 What a life of its counters had left stays owed until the node has told all that it did in it.
 */
export class NodeAccount {
  #life: string | undefined;
  #counters = new Map<Counter, number>();
  #told: readonly Told[] = [];
  readonly #earlier = new Map<LeaseKey, number>();
  readonly #matched = new Map<string, Matched>();
  #lastVersion = 0;
  /** nothing of an earlier version is known for certain; undefined where all is */
  #doubtedBelow: number | undefined;
  /** nobody knows what an earlier life of its counters left */
  #isUntold = false;
  #link: number | undefined;
  #hasSpoken = false;
  atWork: readonly string[] = [];
  isBeginning = false;

  /** As it was left. Of a database that was restored nothing is certain. */
  static restore(saved: SavedAccount, isCertain: boolean): NodeAccount {
    const account = new NodeAccount();
    account.#life = saved.life;
    account.#counters = new Map(saved.counters);
    account.#told = saved.told.map(({ ceilings, ...brief }) => ({
      ...brief,
      ceilings: new Map(ceilings),
      link: undefined,
    }));
    for (const [key, left] of saved.earlier) account.#earlier.set(key, left);
    account.#lastVersion = saved.lastVersion;
    account.#doubtedBelow = saved.doubtedBelow;
    account.#isUntold = saved.isUntold;
    if (!isCertain) account.#doubt();
    return account;
  }

  /** What has to be on the disk before anything that it was told goes out. */
  get saved(): SavedAccount {
    return {
      life: this.#life,
      counters: [...this.#counters],
      told: this.#told.map(({ version, life, ceilings }) => ({ version, life, ceilings: [...ceilings] })),
      earlier: [...this.#earlier],
      lastVersion: this.#lastVersion,
      doubtedBelow: this.#doubtedBelow,
      isUntold: this.#isUntold,
    };
  }

  get life(): string | undefined {
    return this.#life;
  }

  /** Whether it can be told something: it is connected, and has said what its counters are. */
  get canBeTold(): boolean {
    return this.#link !== undefined && this.#hasSpoken;
  }

  get isConnected(): boolean {
    return this.#link !== undefined;
  }

  /** Whether it may have ceilings that nobody knows here. */
  get isDoubted(): boolean {
    return this.#doubtedBelow !== undefined || this.#isUntold;
  }

  /** Whether it has to be told something so that it is known again what it may spend. */
  get needsCertainty(): boolean {
    return this.#doubtedBelow !== undefined && (this.#told.at(-1)?.version ?? 0) < this.#doubtedBelow;
  }

  /** Whether it was ever told a lease. */
  get wasTold(): boolean {
    return this.#told.length > 0 || this.#earlier.size > 0 || this.isDoubted;
  }

  /** Whether it was told something on the connection that it has now. */
  get isBriefed(): boolean {
    return this.canBeTold && this.#told.at(-1)?.link === this.#link;
  }

  get nextVersion(): number {
    return this.#lastVersion + 1;
  }

  get counters(): ReadonlyMap<Counter, number> {
    return this.#counters;
  }

  get told(): readonly SentBrief[] {
    return this.#told;
  }

  connect(link: number): void {
    this.#link = link;
    this.#hasSpoken = false;
  }

  disconnect(): void {
    this.#link = undefined;
    this.#hasSpoken = false;
  }

  hear({ life, counters, version, atWork, isBeginning }: Heard): void {
    const isFirst = !this.#hasSpoken;
    this.#hasSpoken = true;
    this.atWork = atWork;
    this.isBeginning = isBeginning;
    this.#lastVersion = Math.max(this.#lastVersion, version ?? 0);
    if (this.#life !== life) this.#beginLife(life);
    else if ([...counters].some(([counter, spent]) => spent < (this.#counters.get(counter) ?? 0))) this.#doubt();
    this.#counters = new Map([...this.#counters, ...counters]);
    if (isFirst) this.#forgetLost(version);
    this.#acknowledge(version);
  }

  /** It has told everything that happened in an earlier life of its counters: the ledger has it. */
  settle(): void {
    if (!this.canBeTold) return;
    this.#earlier.clear();
    this.#isUntold = false;
  }

  /** Whether something of an earlier life of its counters may still come. */
  get isUnsettled(): boolean {
    return this.#earlier.size > 0 || this.#isUntold;
  }

  /** Has to be on the disk before it goes out. */
  send(brief: SentBrief): void {
    this.#lastVersion = Math.max(this.#lastVersion, brief.version);
    this.#told = [...this.#told, { ...brief, link: this.#link }];
  }

  /** The newest ceiling that it was told; undefined where the newest brief has none. */
  newest(key: LeaseKey): number | undefined {
    return this.#told.at(-1)?.ceilings.get(key);
  }

  /** Whether it keeps a ceiling, whichever brief counts there. */
  keeps(key: LeaseKey): boolean {
    return this.#told.length > 0 && !this.isDoubted && this.#told.every(({ ceilings }) => ceilings.has(key));
  }

  /** What it may spend at most beyond what the ledger has; Infinity where nobody knows. */
  owed(key: LeaseKey, spent: number, from: number): number {
    return this.lent(key, spent, from) + this.left(key);
  }

  /** As much of that as its ceilings give. */
  lent(key: LeaseKey, spent: number, from: number): number {
    if (this.isDoubted) return Infinity;
    const counted = this.counted(key, spent, from);
    const ceilings = this.#told.map(({ ceilings: of }) => of.get(key) ?? 0); // A1
    return Math.max(0, ...ceilings.map((ceiling) => ceiling - counted));
  }

  /** As much of it as may have been spent in an earlier life of its counters, and was not told yet: it counts beside the ceilings. */
  left(key: LeaseKey): number {
    return this.#earlier.get(key) ?? 0;
  }

  /**
   * What its counter is where the ledger has as much as it has now. The ledger may have come further than the place at which the
   * counter was heard, so the greatest difference of both that was seen in the span is the nearest one.
   */
  counted(key: LeaseKey, spent: number, from: number): number {
    const heard = this.#counters.get(counterOf(key)) ?? 0;
    const matched = this.#matched.get(key);
    return matched?.from === from ? Math.max(heard, spent + matched.offset) : heard;
  }

  /** Compares a counter with the ledger; exactly where both are of one place. */
  match(key: LeaseKey, spent: number, { from, isExact }: { readonly from: number; readonly isExact: boolean }): void {
    const heard = this.#counters.get(counterOf(key));
    if (heard === undefined) return;
    const before = this.#matched.get(key);
    const offset = heard - spent;
    const isKept = !isExact && before?.from === from && before.offset > offset;
    if (!isKept) this.#matched.set(key, { from, offset });
  }

  /** Whether counter and ledger were compared in this span. */
  isMatched(key: LeaseKey, from: number): boolean {
    return this.#matched.get(key)?.from === from;
  }

  /** What it was told last may be another thing than what is known here. */
  doubt(): void {
    this.#doubt();
  }

  #beginLife(life: string): void {
    const known = new Map(this.#counters);
    for (const { ceilings } of this.#told) this.#keepEarlier(ceilings, known); // A4
    if (this.#doubtedBelow !== undefined) this.#isUntold = true; // A3 and A4
    this.#life = life;
    this.#counters = new Map();
    this.#matched.clear();
    this.#told = [];
  }

  #keepEarlier(ceilings: ReadonlyMap<LeaseKey, number>, counters: ReadonlyMap<Counter, number>): void {
    for (const [key, ceiling] of ceilings) {
      const left = Math.max(0, ceiling - (counters.get(counterOf(key)) ?? 0));
      this.#earlier.set(key, Math.max(this.#earlier.get(key) ?? 0, left));
    }
  }

  /** A2 */
  #forgetLost(version: number | undefined): void {
    const counting = this.#told.filter((brief) => brief.version === version);
    if (counting.length === 0 && this.#told.length > 0) this.#doubt();
    else if (counting.length === 0 && version !== undefined && this.#earlier.size === 0) this.#doubt();
    this.#told = counting;
  }

  #acknowledge(version: number | undefined): void {
    const counting = this.#told.find((brief) => brief.version === version);
    if (counting === undefined || version === undefined) return;
    if (this.#doubtedBelow !== undefined && version >= this.#doubtedBelow) this.#doubtedBelow = undefined; // A3
    this.#told = this.#told.filter((brief) => brief.version >= version);
  }

  #doubt(): void {
    this.#doubtedBelow = this.nextVersion;
  }
}
