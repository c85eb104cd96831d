import type { OperationName, StreamName } from "@hal/protocol";
import type { Appended } from "@hal/store/supervisor";
import type { ConfigKey } from "../config.ts";
import type { Kernel } from "../kernel.ts";
import type { Handler, Stream } from "../operations/handler.ts";
import type { FollowerName } from "../log/domain/lag.ts";
import type { Follower } from "../log/follower.ts";
import { type AnsweredName, OperationTable } from "../operations/table.ts";
import type { Capability, Change, Start, Timer } from "./capability.ts";

// a list of many types is walked as one of the widest
// oxlint-disable-next-line typescript/no-explicit-any -- the types were checked when each was put in its place
type Any = Capability<any, any, AnsweredName, StreamName>;

/** Capabilities in their order from below: each sees what those before it added to the context. */
export class Composition<Context extends Kernel, Answers extends OperationName> {
  readonly #list: readonly Any[];
  /** never there; names at compile time the operations that are answered */
  declare readonly answers: Answers;

  private constructor(list: readonly Any[]) {
    this.#list = list;
  }

  static begin(): Composition<Kernel, never> {
    return new Composition([]);
  }

  with<Below extends Kernel, Own extends Below, Names extends AnsweredName, Streams extends StreamName>(
    next: Context extends Below ? Capability<Below, Own, Names, Streams> : never,
  ): Composition<Context & Own, Answers | Names | Streams> {
    return new Composition([...this.#list, next as unknown as Any]);
  }

  /** Does not compile where no capability answers an operation: its name is what this would have to be given. */
  complete(
    ..._unanswered: [Exclude<OperationName, Answers>] extends [never] ? [] : [Exclude<OperationName, Answers>]
  ): this {
    return this;
  }

  get liveKeys(): ReadonlySet<ConfigKey> {
    return new Set(this.#list.flatMap(({ liveKeys = [] }) => liveKeys));
  }

  /** Opens one after the other, from below. */
  async open(kernel: Kernel, start: Start): Promise<Opened<Context>> {
    const context: Kernel = { ...kernel };
    for (const { open, gauges } of this.#list) {
      if (open !== undefined) Object.assign(context, await open(context, start));
      gauges?.(context);
    }
    return new Opened(this.#list, context as Context, start);
  }
}

/** Capabilities at work. */
export class Opened<Context extends Kernel> {
  readonly context: Context;
  readonly #list: readonly Any[];
  readonly #start: Start;

  constructor(list: readonly Any[], context: Context, start: Start) {
    this.#list = list;
    this.context = context;
    this.#start = start;
  }

  get followers(): Follower<FollowerName>[] {
    return this.#list.flatMap(({ followers }) => followers?.(this.context) ?? []);
  }

  get timers(): Timer[] {
    return this.#list.flatMap(({ timers }) => timers?.(this.context, this.#start) ?? []);
  }

  appended(appended: Appended): void {
    for (const { onAppended } of this.#list) onAppended?.(this.context, appended);
  }

  async reload(change: Change): Promise<void> {
    for (const { reload } of this.#list) await reload?.(this.context, change);
  }

  /** Keeps what must be kept while the links are there; the topmost first. */
  addEndings(): void {
    for (const { name, beforeLinksEnd } of this.#list)
      if (beforeLinksEnd !== undefined) this.#start.closers.add(name, () => beforeLinksEnd(this.context));
  }

  /** Fills the table with what answers each operation. */
  bindTo(table: OperationTable): void {
    const { context } = this;
    for (const { handlers, streams } of this.#list) {
      for (const [name, run] of entriesOf<AnsweredName, Handler<OperationName, never>>(handlers))
        table.addHandler(name, (input, caller) => run(context as never, input as never, caller));
      for (const [name, open] of entriesOf<StreamName, Stream<never>>(streams))
        table.addStream(name, (input, caller) => open(context as never, input, caller));
    }
  }
}

/** The types of each were checked when its capability was put in its place. */
function entriesOf<Name extends string, Value>(record: Readonly<Record<Name, unknown>> | undefined): [Name, Value][] {
  return Object.entries(record ?? {}) as [Name, Value][];
}
