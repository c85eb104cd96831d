import { isNews, LeaseBook, type SharedBudget } from "../../src/capabilities/budgets/domain/lease-book.ts";
import { NodeAccount, type SavedAccount } from "../../src/capabilities/budgets/domain/node-account.ts";

const KEY = "b node";

interface Message {
  readonly id: string;
  readonly node: string;
  readonly span: number;
  readonly cost: number;
}

/** What an agent has on its disk. */
interface Disk {
  life: string;
  epoch: number;
  counter: number;
  counted: Set<string>;
  version: number | undefined;
  ceiling: number | undefined;
  outbox: Message[];
  /** what its opencode has and the outbox does not: an older copy was taken */
  untold: Message[];
}

type Up =
  | { readonly kind: "told" }
  | { readonly kind: "events"; readonly epoch: number; readonly from: number; readonly messages: readonly Message[] }
  | {
      readonly kind: "spent";
      readonly epoch: number;
      readonly seq: number;
      readonly life: string;
      readonly counter: number;
      readonly version: number | undefined;
      readonly atWork: readonly string[];
    };
interface Brief {
  readonly version: number;
  readonly life: string;
  readonly ceiling: number;
}

interface Node {
  readonly id: string;
  disk: Disk;
  copy: Disk;
  /** how many sessions are at work */
  running: number;
  link: number | undefined;
  up: Up[];
  down: Brief[];
}

/** What the supervisor has on its disk. */
interface Database {
  readonly ledger: Map<string, Message>;
  readonly cursors: Map<string, number>;
  readonly accounts: Map<string, SavedAccount>;
}

/**
 * Two ends of the wire of leases, as protocol §5.23 has them, and what was truly spent: a node counts what it spends, begins nothing
 * and goes on with nothing from its ceiling on, and may only then have gone beyond it by the step that came so far.
 */
export class LeaseWorld {
  limit: number;
  span = 0;
  readonly nodes: Node[];
  #book = new LeaseBook();
  #database: Database = { ledger: new Map(), cursors: new Map(), accounts: new Map() };
  #copy: Database;
  #pending = new Map<string, (Up & { kind: "spent" })[]>();
  readonly #truth = new Map<number, number>();
  readonly #overshot = new Map<number, number>();
  readonly #allowed = new Map<number, number>();
  readonly #expected = new Set<string>();
  readonly #gone: Message[] = [];
  readonly #givenUp = new Set<string>();
  #links = 0;
  #made = 0;
  refused = 0;
  /** the greatest sum that a refused node could still have been given */
  refusedAt = 0;

  constructor(limit: number, nodes: number) {
    this.limit = limit;
    this.#allowed.set(0, limit);
    this.nodes = Array.from({ length: nodes }, (_, index) => {
      const disk = (): Disk => ({
        life: `life ${index}`,
        epoch: 0,
        counter: 0,
        counted: new Set(),
        version: undefined,
        ceiling: undefined,
        outbox: [],
        untold: [],
      });
      return { id: `n${index}`, disk: disk(), copy: disk(), running: 0, link: undefined, up: [], down: [] };
    });
    this.#copy = copyOf(this.#database);
  }

  /** What was spent in the span that there is now, whoever knows of it. */
  get spent(): number {
    return this.#truth.get(this.span) ?? 0;
  }

  /** By how much more was spent, or may be by what nodes have, than may be in any span, beside the steps that ran over. */
  get excess(): number {
    return Math.max(
      ...[...this.#allowed].map(([span, allowed]) => {
        const spent = this.#truth.get(span) ?? 0;
        return spent + (span === this.span ? this.#left : 0) - allowed - (this.#overshot.get(span) ?? 0);
      }),
    );
  }

  /** What nodes may spend by the ceilings that they have, or that are on their way to them. */
  get #left(): number {
    const left = this.nodes.map(({ disk, down }) => {
      const coming = down.filter(({ life }) => life === disk.life).map(({ ceiling }) => ceiling);
      return Math.max(0, ...[disk.ceiling ?? 0, ...coming].map((ceiling) => ceiling - disk.counter));
    });
    return left.reduce((sum, one) => sum + one, 0);
  }

  connect(node: Node): void {
    this.disconnect(node);
    this.#links += 1;
    node.link = this.#links;
    this.#book.account(node.id).connect(node.link);
    const from = this.#cursor(node);
    if (node.disk.outbox.length > from)
      node.up.push({ kind: "events", epoch: node.disk.epoch, from, messages: node.disk.outbox.slice(from) });
    this.#say(node);
    this.#sayTold(node);
  }

  /** What was on its way is lost. */
  disconnect(node: Node): void {
    node.link = undefined;
    node.up = [];
    node.down = [];
    this.#pending.delete(node.id);
    this.#book.find(node.id)?.disconnect();
  }

  /** Somebody asks for work: it begins where the node may spend. */
  begin(node: Node): boolean {
    const { ceiling, counter } = node.disk;
    if (ceiling === undefined || counter >= ceiling) return false;
    node.running += 1;
    this.#say(node);
    return true;
  }

  /** The supervisor is asked for it: the lease is raised first, where something is left. */
  ask(node: Node): boolean {
    this.#expected.add(node.id);
    for (let round = 0; round < 5; round += 1) {
      this.plan();
      this.deliverAll();
    }
    const began = this.begin(node);
    this.#expected.delete(node.id);
    if (!began) {
      this.refused += 1;
      this.refusedAt = Math.max(this.refusedAt, this.#book.division(this.#budget()).pool);
    }
    this.deliverAll();
    return began;
  }

  /** One session makes a step. Returns whether it was able to. */
  step(node: Node, cost: number): boolean {
    if (node.running === 0) return false;
    const { disk } = node;
    const ceiling = disk.ceiling ?? 0;
    if (disk.counter >= ceiling) {
      node.running = 0;
      this.#say(node);
      return false;
    }
    this.#made += 1;
    const message = { id: `m${this.#made}`, node: node.id, span: this.span, cost };
    add(this.#truth, this.span, cost);
    add(this.#overshot, this.span, Math.max(0, disk.counter + cost - ceiling));
    disk.counter += cost;
    disk.counted.add(message.id);
    this.#tell(node, message);
    if (disk.counter >= ceiling) node.running = 0;
    this.#say(node);
    return true;
  }

  end(node: Node): void {
    node.running = Math.max(0, node.running - 1);
    this.#say(node);
  }

  /** The next frame of a node comes. */
  hearOne(node: Node): void {
    const frame = node.up.shift();
    if (frame === undefined || node.link === undefined) return;
    if (frame.kind === "told") this.#book.find(node.id)?.settle();
    else if (frame.kind === "spent") this.#pending.set(node.id, [...(this.#pending.get(node.id) ?? []), frame]);
    else {
      for (const message of frame.messages) this.#database.ledger.set(message.id, message);
      const key = `${node.id} ${frame.epoch}`;
      this.#database.cursors.set(key, Math.max(this.#cursor(node), frame.from + frame.messages.length));
    }
    // a look at what waits may come later than several commits
    if (frame.kind === "spent" || node.up[0]?.kind !== "events") this.#applyPending(node);
  }

  /** The next brief comes to a node. */
  tellOne(node: Node): void {
    const brief = node.down.shift();
    if (brief === undefined) return;
    if (brief.life === node.disk.life) {
      node.disk.version = brief.version;
      node.disk.ceiling = brief.ceiling;
      if (node.disk.counter >= brief.ceiling) node.running = 0;
    }
    this.#say(node);
  }

  /** The supervisor looks at what everybody may spend, and tells what has changed. */
  plan(): void {
    for (const [id, ceilings] of this.#book.plan([this.#budget()])) {
      const account = this.#book.account(id);
      const node = this.nodes.find((one) => one.id === id);
      if (node === undefined || account.life === undefined || !isNews(account, ceilings)) continue;
      const brief = { version: account.nextVersion, life: account.life, ceilings };
      account.send(brief);
      this.#database.accounts.set(id, account.saved);
      node.down.push({ version: brief.version, life: brief.life, ceiling: ceilings.get(KEY) ?? 0 });
    }
  }

  deliverAll(): void {
    for (const node of this.nodes) {
      while (node.down.length > 0) this.tellOne(node);
      while (node.up.length > 0) this.hearOne(node);
    }
  }

  setLimit(limit: number): void {
    this.limit = limit;
    this.#allowed.set(this.span, Math.max(this.#allowed.get(this.span) ?? 0, limit));
  }

  /** A span begins anew: what may be spent of the one before is spent in this one. */
  beginSpan(): void {
    this.span += 1;
    this.#allowed.set(this.span, Math.max(this.limit, this.#left));
  }

  restartSupervisor(): void {
    for (const node of this.nodes) this.disconnect(node);
    this.#load(true);
  }

  copySupervisor(): void {
    this.#copy = copyOf(this.#database);
  }

  restoreSupervisor(): void {
    for (const node of this.nodes) this.disconnect(node);
    this.#database = copyOf(this.#copy);
    this.#giveUp();
    this.#load(false);
  }

  restartAgent(node: Node): void {
    this.disconnect(node);
  }

  copyAgent(node: Node): void {
    node.copy = diskOf(node.disk);
  }

  /** An older copy: another life of counters and outbox, in which everything that opencode has is told once more. */
  restoreAgent(node: Node): void {
    this.disconnect(node);
    const happened = [...node.disk.outbox, ...node.disk.untold];
    this.#made += 1;
    node.disk = {
      ...diskOf(node.copy),
      life: `life ${this.#made}`,
      epoch: node.disk.epoch + 1,
      ceiling: undefined,
      untold: happened.slice(node.copy.outbox.length),
    };
    node.copy = diskOf(node.disk);
    node.running = 0;
  }

  /** It compares its opencode, and tells one thing that it had forgotten. */
  retell(node: Node): void {
    const { disk } = node;
    const message = disk.untold.shift();
    if (message === undefined) return;
    if (!disk.counted.has(message.id)) disk.counter += message.cost;
    disk.counted.add(message.id);
    this.#tell(node, message);
    if (disk.ceiling !== undefined && disk.counter >= disk.ceiling) node.running = 0;
    this.#say(node);
    this.#sayTold(node);
  }

  removeNode(node: Node): void {
    this.disconnect(node);
    this.#book.remove(node.id);
    this.#database.accounts.delete(node.id);
    this.nodes.splice(this.nodes.indexOf(node), 1);
    this.#gone.push(...node.disk.outbox, ...node.disk.untold);
    this.#giveUp();
  }

  /** What nobody will ever hear of any more, since its node is gone. */
  #giveUp(): void {
    for (const { id, span, cost } of this.#gone)
      if (!this.#database.ledger.has(id) && !this.#givenUp.has(id)) {
        this.#givenUp.add(id);
        add(this.#truth, span, -cost);
      }
  }

  #load(isCertain: boolean): void {
    this.#book = new LeaseBook();
    this.#pending = new Map();
    for (const { id } of this.nodes) {
      const saved = this.#database.accounts.get(id) ?? new NodeAccount().saved;
      if (isCertain && !this.#database.accounts.has(id)) continue;
      const account = NodeAccount.restore(saved, isCertain);
      this.#book.put(id, account);
      this.#database.accounts.set(id, account.saved);
    }
  }

  #applyPending(node: Node): void {
    const cursor = this.#cursor(node);
    const pending = this.#pending.get(node.id) ?? [];
    const isDue = ({ seq }: { readonly seq: number }): boolean => seq <= cursor;
    for (const frame of pending.filter(isDue)) {
      const account = this.#book.account(node.id);
      const { life, counter, version, atWork } = frame;
      account.hear({ life, counters: new Map([["node", counter]]), version, atWork, isBeginning: false });
      this.#book.match(node.id, [this.#budget()], frame.seq === cursor);
      this.#database.accounts.set(node.id, account.saved);
    }
    this.#pending.set(
      node.id,
      pending.filter((frame) => !isDue(frame)),
    );
  }

  #budget(): SharedBudget {
    const spent = new Map<string, number>();
    for (const { node, span, cost } of this.#database.ledger.values())
      if (span === this.span) spent.set(node, (spent.get(node) ?? 0) + cost);
    const weight = (id: string): number => (this.#book.find(id)?.atWork.length ?? 0) + (this.#expected.has(id) ? 1 : 0);
    const working = new Map(this.nodes.map(({ id }) => [id, weight(id)]));
    return { kind: "shared", id: "b", limitMicroUsd: this.limit, from: this.span, counter: "node", spent, working };
  }

  #cursor({ id, disk }: Node): number {
    return this.#database.cursors.get(`${id} ${disk.epoch}`) ?? 0;
  }

  #tell({ disk, link, up }: Node, message: Message): void {
    disk.outbox.push(message);
    if (link !== undefined)
      up.push({ kind: "events", epoch: disk.epoch, from: disk.outbox.length - 1, messages: [message] });
  }

  #sayTold({ disk, link, up }: Node): void {
    if (link !== undefined && disk.untold.length === 0) up.push({ kind: "told" });
  }

  #say(node: Node): void {
    if (node.link === undefined) return;
    const { epoch, outbox, life, counter, version } = node.disk;
    const atWork = Array.from({ length: node.running }, (_, index) => `ses_${index}`);
    node.up.push({ kind: "spent", epoch, seq: outbox.length, life, counter, version, atWork });
  }
}

function add(sums: Map<number, number>, key: number, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}

function diskOf(disk: Disk): Disk {
  return { ...disk, counted: new Set(disk.counted), outbox: [...disk.outbox], untold: [...disk.untold] };
}

function copyOf({ ledger, cursors, accounts }: Database): Database {
  return { ledger: new Map(ledger), cursors: new Map(cursors), accounts: new Map(accounts) };
}
