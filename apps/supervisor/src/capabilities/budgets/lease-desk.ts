import { Looks } from "@hal/daemon";
import { LEASES_FEATURE, type ModelPrice, type Spent } from "@hal/protocol";
import { ofOneMoment } from "@hal/store/supervisor";
import type { AgentLink } from "../nodes/link.ts";
import type { Context as RulesContext } from "../rules/context.ts";
import type { BudgetBook } from "./budget-book.ts";
import type { Budget } from "./domain/budget.ts";
import { isNews, isNothing, LeaseBook } from "./domain/lease-book.ts";
import { HeardSpent } from "./heard-spent.ts";
import { loadAccounts, saveAccounts } from "./lease-accounts.ts";
import { Expectations } from "./expectations.ts";
import { fitting, leaseBrief, wordsOf } from "./lease-frame.ts";
import { type BudgetedNode, type CountedBudget, leasedOf, readNodes, readSpending } from "./read-spending.ts";

/** Nodes come and go, and what is known of them is read again after so long. */
const NODES_MS = 5_000;
/** Looks that nobody waits for are so far apart. */
const APART_MS = 100;
/** A node that says nothing of what it spent for so long after it came is sent its commands all the same: its agent judges them. */
const SILENT_MS = 10_000;

export interface DeskSettings {
  readonly validMs: () => number;
  readonly timeZone: () => string;
  readonly prices: () => readonly ModelPrice[];
}

interface Connected {
  readonly id: number;
  readonly link: AgentLink;
  readonly since: number;
  /** whether its commands that begin something may go out */
  isReady: boolean;
  /** when it was told last, on the monotonic clock */
  toldAt: number;
}

/** How everything stands, as of the last look. */
export interface Spending {
  readonly counted: readonly CountedBudget[];
  readonly nodes: readonly BudgetedNode[];
}

/**
 * Tells nodes what they may spend, and hears what they did. What is told is in the database before it goes out, so that a
 * supervisor that died in between knows what may count on each node.
 */
export class LeaseDesk implements AsyncDisposable {
  readonly book = new LeaseBook();
  readonly #context: RulesContext;
  readonly #budgets: BudgetBook;
  readonly #settings: DeskSettings;
  readonly #looks: Looks;
  readonly #heard: HeardSpent;
  readonly #connected = new Map<string, Connected>();
  readonly expected: Expectations;
  readonly #words = new Map<string, string>();
  readonly #changed = new Set<() => void>();
  #nodes: { readonly list: readonly BudgetedNode[]; readonly at: number } | undefined;
  #spending: Spending = { counted: [], nodes: [] };
  #links = 0;
  #logId: string;
  #soon: NodeJS.Timeout | undefined;

  private constructor(context: RulesContext, budgets: BudgetBook, settings: DeskSettings) {
    this.#context = context;
    this.#budgets = budgets;
    this.#settings = settings;
    this.#heard = new HeardSpent(context);
    this.expected = new Expectations(context.clock);
    this.#logId = context.store.logId;
    this.#looks = new Looks(
      () => this.#look(),
      (error) => context.log.error({ error }, "budgets could not be looked at; they are again in a moment"),
    );
  }

  /** Knows what was told before; where the database was restored, that nothing of it is certain. */
  static async open(context: RulesContext, budgets: BudgetBook, settings: DeskSettings): Promise<LeaseDesk> {
    const desk = new LeaseDesk(context, budgets, settings);
    if (await loadAccounts(context, desk.book)) await saveAccounts(context, desk.book, []);
    else await desk.#doubtAll();
    return desk;
  }

  /** How everything stands, as of the last look. */
  get spending(): Spending {
    return this.#spending;
  }

  /** An agent was let in. */
  linked(link: AgentLink): void {
    this.#nodes = undefined;
    if (!link.features.includes(LEASES_FEATURE)) return;
    this.#links += 1;
    const since = this.#context.clock.monotonic();
    this.#connected.set(link.nodeId, { id: this.#links, link, since, isReady: false, toldAt: -Infinity });
    this.#heard.forget(link.nodeId);
    this.book.account(link.nodeId).connect(this.#links);
  }

  unlinked(link: AgentLink): void {
    if (this.#connected.get(link.nodeId)?.link !== link) return;
    this.#connected.delete(link.nodeId);
    this.#heard.forget(link.nodeId);
    this.book.find(link.nodeId)?.disconnect();
    this.wake();
  }

  /** A node says what it spent: it counts once the ledger has come to that place. */
  heard(link: AgentLink, spent: Spent): void {
    if (this.#connected.get(link.nodeId)?.link !== link) return;
    this.#heard.add(link.nodeId, spent);
    this.wake();
  }

  /** Something of a node was committed. */
  committed(nodeId: string): void {
    if (this.#heard.has(nodeId)) this.wake();
  }

  /** A node has compared itself, and told everything: nothing of an earlier life of its counters will come. */
  compared(nodeId: string): void {
    if (this.book.find(nodeId)?.isUnsettled !== true) return;
    this.#heard.compared(nodeId);
    this.wake();
  }

  /** Whether commands that begin something may go out on this connection: what it may spend was told on it. */
  isReady(link: AgentLink): boolean {
    const connected = this.#connected.get(link.nodeId);
    if (connected?.link !== link || connected.isReady) return true;
    return !this.isLimiting;
  }

  /** Whether any budget lets nothing begin somewhere, once it is spent. */
  get isLimiting(): boolean {
    const budgets = this.#budgets.all(this.#context.clock.now());
    return budgets.some(({ action, limitMicroUsd }) => action !== "alert" && limitMicroUsd !== null);
  }

  /** There may be something to tell; returns at once. */
  wake(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined;
      this.#looks.wake();
    }, APART_MS).unref();
  }

  /** Looks at everything now. */
  lookNow(): Promise<void> {
    return this.#looks.now();
  }

  /** Waits until something was heard, or for so long. */
  async change(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#changed.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#changed.add(done);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#soon);
    for (const done of this.#changed) done();
    await this.#looks[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const { store, clock } = this.#context;
    if (this.#logId !== store.logId) await this.#doubtAll();
    const monotonic = clock.monotonic();
    if (this.#nodes === undefined || monotonic - this.#nodes.at > NODES_MS)
      this.#nodes = { list: await readNodes(this.#context), at: monotonic };
    const nodes = this.#nodes.list;
    const known = new Set(nodes.map(({ id }) => id));
    for (const id of this.book.nodeIds) if (!known.has(id) && !this.#connected.has(id)) this.book.remove(id);
    const before = new Map(this.book.nodeIds.map((id) => [id, this.#doubtOf(id)]));
    const budgets = this.#budgets.all(clock.now());
    const counted = ofOneMoment(store, () => this.#applyHeard(budgets, nodes));
    this.#spending = { counted, nodes };
    const doubted = this.book.nodeIds.filter((id) => before.get(id) !== this.#doubtOf(id));
    if (doubted.length > 0) await saveAccounts(this.#context, this.book, doubted);
    await this.#tell(budgets, counted);
    for (const done of this.#changed) done();
  }

  /** Takes in what nodes said, as far as the ledger has come. */
  #applyHeard(budgets: readonly Budget[], nodes: readonly BudgetedNode[]): CountedBudget[] {
    const applied = this.#heard.applyTo(this.book);
    for (const { nodeId, isAtWork } of applied) if (isAtWork) this.expected.fulfil(nodeId);
    const counted = readSpending(this.#context, {
      budgets,
      nodes,
      book: this.book,
      expected: this.expected.all,
      roots: this.#heard.recent,
      timeZone: this.#settings.timeZone(),
      now: this.#context.clock.now(),
    });
    const leased = leasedOf(counted);
    for (const { nodeId, isExact } of applied) this.book.match(nodeId, leased, isExact);
    return counted;
  }

  async #tell(budgets: readonly Budget[], counted: readonly CountedBudget[]): Promise<void> {
    const now = this.#context.clock.monotonic();
    const validMs = this.#settings.validMs();
    const byId = new Map(budgets.map((budget) => [budget.id, budget]));
    const told: (() => void)[] = [];
    const saved: string[] = [];
    for (const [nodeId, planned] of this.book.plan(leasedOf(counted))) {
      const connected = this.#connected.get(nodeId);
      const account = this.book.account(nodeId);
      const ceilings = fitting(planned);
      if (connected === undefined || account.life === undefined) continue;
      const words = wordsOf(ceilings, byId, this.#settings.prices());
      if (isNothing(account, ceilings) && words === "[]") {
        this.#makeReady(connected);
        continue;
      }
      const isDue = ceilings.size > 0 && now - connected.toldAt >= validMs / 3;
      if (!isDue && !isNews(account, ceilings) && this.#words.get(nodeId) === words) continue;
      const brief = { version: account.nextVersion, life: account.life, ceilings };
      account.send(brief);
      connected.toldAt = now;
      saved.push(nodeId);
      const leases = leaseBrief({ ...brief, validMs, budgets: byId, prices: this.#settings.prices() });
      told.push(() => {
        this.#words.set(nodeId, words);
        if (this.#connected.get(nodeId) !== connected) return;
        connected.link.send({ type: "update", leases });
        this.#makeReady(connected);
      });
    }
    // what could not be kept does not go out, and is said anew by the next look
    for (const nodeId of saved) this.#words.delete(nodeId);
    if (saved.length > 0) await saveAccounts(this.#context, this.book, saved);
    for (const send of told) send();
  }

  /** What its commands waited for is told. */
  #makeReady(connected: Connected): void {
    if (connected.isReady) return;
    connected.isReady = true;
    connected.link.deliverOwed().catch((error: unknown) => {
      this.#context.log.warn({ error, node: connected.link.nodeId }, "commands could not be sent; they are later");
    });
  }

  /** Lets commands pass to nodes that say nothing of what they spent. */
  passSilent(): void {
    const now = this.#context.clock.monotonic();
    for (const connected of this.#connected.values())
      if (!connected.isReady && now - connected.since > SILENT_MS) this.#makeReady(connected);
  }

  /** This database is an older copy: what nodes were told since it was made nobody knows. */
  async #doubtAll(): Promise<void> {
    this.#logId = this.#context.store.logId;
    const leased = (await readNodes(this.#context)).filter(({ isLeased }) => isLeased).map(({ id }) => id);
    const all = [...new Set([...this.book.nodeIds, ...leased])];
    for (const id of all) this.book.account(id).doubt();
    this.#context.log.warn(
      { nodes: all.length },
      "this database was restored: what nodes may spend is not known until each has been heard",
    );
    await saveAccounts(this.#context, this.book, all);
  }

  #doubtOf(nodeId: string): string {
    const account = this.book.find(nodeId);
    return `${account?.isDoubted} ${account?.isUnsettled}`;
  }
}
