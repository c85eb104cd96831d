import { errorBodyOf, type Operation, type TokenRole } from "@hal/protocol";
import type { Clock, Logger } from "@hal/daemon";
import {
  type AuditEnd,
  type AuditEntry,
  endAudit,
  recordAudit,
  pruneAudit,
  type SupervisorStore,
} from "@hal/store/supervisor";
import type { AuditAction } from "./domain/audit-actions.ts";
import { auditArgs, auditTarget } from "./domain/audit-args.ts";
import { RefusalTally } from "./domain/refusal-tally.ts";

/** Who asked, by which door, from where. */
export interface AuditedActor {
  readonly actor: string;
  readonly role: TokenRole | undefined;
  readonly surface: string;
  readonly ip: string | undefined;
}

/** Something that was refused. */
export interface Refusal extends AuditedActor {
  readonly action: AuditAction;
  readonly target?: string | undefined;
  readonly reason: string;
}

/** What an entry says of something that went well where nothing else is said; `args` hold no secret. */
export interface AuditDetails {
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  readonly result?: "ok" | "refused";
  readonly reason?: string;
}

/** What an operation answered, or what it threw. */
export type Ended = { readonly output: unknown } | { readonly error: unknown };

/** So many old rows go at a time. */
const PRUNE_ROWS = 1_000;

/** Writes down who did what and who was refused; what fails of that is logged and stops nobody. */
export class Audit {
  readonly #store: SupervisorStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** may change while the supervisor runs */
  isEnabled: boolean;
  readonly #onRefused: (action: string) => void;
  readonly #writing = new Set<Promise<void>>();
  readonly #refusals = new RefusalTally<Refusal>();

  constructor(
    store: SupervisorStore,
    {
      clock,
      log,
      isEnabled,
      onRefused,
    }: { clock: Clock; log: Logger; isEnabled: boolean; onRefused: (action: string) => void },
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.isEnabled = isEnabled;
    this.#onRefused = onRefused;
  }

  /**
   * Records that a change begins, in the same commit as what it writes first. What it returns records how it ended, by what
   * it answered or threw.
   */
  begin(actor: AuditedActor, operation: Operation, input: unknown): (ended: Ended) => void {
    const { audited, name } = operation;
    if (!this.isEnabled || audited === undefined) return () => undefined;
    const began = this.#clock.monotonic();
    const id = recordAudit(this.#store, {
      ...this.#entry(actor, name, auditTarget(input, audited)),
      args: auditArgs(input, audited),
      result: "begun",
    });
    // it is looked at below; until then its failure is nobody's
    id.catch(() => undefined);
    return (ended) => {
      const durationMs = Math.round(this.#clock.monotonic() - began);
      void this.#track(this.#end(id, { ...endOf(ended), durationMs }));
    };
  }

  /** Records something that nobody asked for by an operation, and how it ended. */
  record({ action, ...actor }: AuditedActor & { readonly action: AuditAction }, details: AuditDetails): void {
    if (!this.isEnabled) return;
    const { target = null, args = {}, result = "ok", reason = null } = details;
    void this.#track(recordAudit(this.#store, { ...this.#entry(actor, action, target), args, result, reason }));
  }

  /** Records a refusal, or counts it where many of its kind come. */
  refused(refusal: Refusal): void {
    this.#onRefused(refusal.action);
    if (!this.isEnabled) return;
    const { actor, action, ip, surface } = refusal;
    const tallied = this.#refusals.count(
      JSON.stringify([actor, action, ip, surface]),
      refusal,
      this.#clock.monotonic(),
    );
    if (tallied !== undefined) void this.#writeRefusal(tallied);
  }

  /** Writes down what was only counted so far, once a minute of each kind. */
  writeCounted(): void {
    for (const tallied of this.#refusals.due(this.#clock.monotonic())) void this.#writeRefusal(tallied);
  }

  /** Writes down all that was only counted, because nothing is counted after it. */
  async writeAll(): Promise<void> {
    await Promise.all(this.#refusals.due(Number.POSITIVE_INFINITY).map((tallied) => this.#writeRefusal(tallied)));
  }

  /** Resolves when everything that was recorded before is in the database, or logged because it cannot be. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  /** Deletes what is older than so many milliseconds. */
  async prune(retentionMs: number): Promise<void> {
    const before = new Date(this.#clock.now() - retentionMs).toISOString();
    let deleted = PRUNE_ROWS;
    while (deleted === PRUNE_ROWS) deleted = await pruneAudit(this.#store, before, PRUNE_ROWS);
  }

  async #end(id: Promise<number>, end: AuditEnd): Promise<void> {
    await endAudit(this.#store, await id, end);
  }

  #writeRefusal({ latest, count }: { readonly latest: Refusal; readonly count: number }): Promise<void> {
    const reason = count === 1 ? latest.reason : `${latest.reason} (${count} times)`;
    const entry = this.#entry(latest, latest.action, latest.target ?? null);
    return this.#track(recordAudit(this.#store, { ...entry, args: {}, result: "refused", reason }));
  }

  #entry(
    { actor, role, surface, ip }: AuditedActor,
    action: string,
    target: string | null,
  ): Omit<AuditEntry, "args" | "result"> {
    const timestamp = new Date(this.#clock.now()).toISOString();
    return {
      timestamp,
      actor,
      role: role ?? null,
      action,
      target,
      reason: null,
      durationMs: null,
      surface,
      ip: ip ?? null,
    };
  }

  /** Never fails: what cannot be written is logged. */
  #track(writing: Promise<unknown>): Promise<void> {
    const tracked: Promise<void> = writing
      .then(
        () => undefined,
        (error: unknown) => this.#log.error({ error }, "an entry of the audit could not be written"),
      )
      .finally(() => this.#writing.delete(tracked));
    this.#writing.add(tracked);
    return tracked;
  }
}

function endOf(ended: Ended): Pick<AuditEnd, "result" | "reason"> {
  if ("error" in ended) return { result: "failed", reason: errorBodyOf(ended.error).message };
  // a request for a command is well answered also where the command came to nothing
  const { command } = (ended.output ?? {}) as {
    readonly command?: { readonly state: string; readonly reason: string };
  };
  return command?.state === "failed" ? { result: "failed", reason: command.reason } : { result: "ok", reason: null };
}
