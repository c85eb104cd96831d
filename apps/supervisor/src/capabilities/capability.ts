import type { Closers } from "@hal/daemon";
import type { StreamName } from "@hal/protocol";
import type { Appended } from "@hal/store/supervisor";
import type { ConfigKey, SupervisorConfig } from "../config.ts";
import type { Kernel } from "../kernel.ts";
import type { FollowerName } from "../log/domain/lag.ts";
import type { Follower } from "../log/follower.ts";
import type { Handler, Stream } from "../operations/handler.ts";
import type { AnsweredName } from "../operations/table.ts";
import type { AskForBills } from "./bills/bill-source.ts";
import type { Links } from "./nodes/link.ts";

/** What a capability finds at the start, beside the context of those below it. */
export interface Start {
  /** as it was at the start */
  readonly config: SupervisorConfig;
  /** as it is now: a reload may have changed what is live of it */
  readonly used: () => SupervisorConfig;
  /** the connections that the hub holds */
  readonly links: Links;
  /** the door to what providers bill */
  readonly askForBills: AskForBills;
  /** the module of the thread that reads a big database through */
  readonly checker: URL | undefined;
  /** how long a reader of events may take nothing, where that is not the configuration's */
  readonly readerMs: number | undefined;
  /** how often it is looked at what is to be noticed at once */
  readonly oftenMs: number;
  /** what is to be released at the end, in the opposite order */
  readonly closers: Closers;
  /** hears in one line why the supervisor cannot go on */
  readonly onFailure: (reason: string) => void;
}

/** Something that is done again and again: `work` one after the other with that of all others, `beat` whatever else goes on. */
export type Timer = { readonly name: string; readonly everyMs: number } & (
  | { readonly work: () => Promise<void> }
  | { readonly beat: () => void }
);

/** A configuration that takes the place of the one in use. */
export interface Change {
  readonly next: SupervisorConfig;
  /** the live keys that differ */
  readonly changed: readonly string[];
}

/**
 * What the supervisor can do beside its kernel: operations that it answers, what it does again and again, and what it
 * adds to the context. `Below` is as much of the context as it stands on, `Own` that and what it adds.
 */
export interface Capability<
  Below extends Kernel,
  Own extends Below,
  Names extends AnsweredName,
  Streams extends StreamName,
> {
  readonly name: string;
  /** makes what it adds; one that adds something has it */
  readonly open?: (below: Below, start: Start) => Added<Below, Own> | Promise<Added<Below, Own>>;
  readonly handlers?: { readonly [N in Names]: Handler<N, Own> };
  readonly streams?: { readonly [N in Streams]: Stream<Own> };
  /** adds its gauges to what `/metrics` serves */
  readonly gauges?: (context: Own) => void;
  /** hears what each commit appended to the event log, once */
  readonly onAppended?: (context: Own, appended: Appended) => void;
  /** what it does for events, at least once for each and in their order */
  readonly followers?: (context: Own) => readonly Follower<FollowerName>[];
  readonly timers?: (context: Own, start: Start) => readonly Timer[];
  /** keys of the configuration that may change while the supervisor runs */
  readonly liveKeys?: readonly ConfigKey[];
  /** takes on what changed; one after the other, from below */
  readonly reload?: (context: Own, change: Change) => void | Promise<void>;
  /** what is kept at the end, while the links are still there */
  readonly beforeLinksEnd?: (context: Own) => unknown;
}

/** What a context has beyond the one below it. */
export type Added<Below, Own> = Omit<Own, keyof Below>;

/** Says what a capability stands on, and what its own context is. */
export function capability<Below extends Kernel, Own extends Below = Below>() {
  return <Names extends AnsweredName = never, Streams extends StreamName = never>(
    value: Capability<Below, Own, Names, Streams>,
  ): Capability<Below, Own, Names, Streams> => value;
}
