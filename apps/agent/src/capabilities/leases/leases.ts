import { HalError, type LeaseBrief, type ModelPrice } from "@hal/protocol";
import type { Clock, Logger } from "@hal/daemon";
import { type AgentStore, keepLeases, type KeptLeases, keptLeases } from "@hal/store/agent";
import { KeptBriefing } from "../../kept-briefing.ts";
import { type Counted, type Place, refusalOf } from "./domain/judge.ts";
import { type Left, leftNow, validFor } from "./domain/validity.ts";

/** What stands for leases that cannot be read: nobody knows what may be spent. */
const UNREADABLE: KeptLeases = {
  brief: {
    version: 0,
    counters: "",
    validMs: 0,
    leases: [],
    refusal:
      "what this node may spend is on its disk and cannot be read, which its supervisor says anew when it is heard",
  },
  until: 0,
  leftMs: 0,
};

/**
 * What this node may spend: up to which ceilings its counters may rise, whether its supervisor is there or not. It is one thing
 * that is said anew each time, with for how long work may begin by it; what runs goes on to its ceilings.
 */
export class Leases extends KeptBriefing<KeptLeases> {
  readonly #store: AgentStore;
  readonly #clock: Clock;
  #left: Left = { leftMs: 0, at: 0, until: 0 };
  /** how much was left when that was written down last */
  #notedMs: number | undefined;

  constructor(store: AgentStore, clock: Clock, log: Logger) {
    super({
      read: async () => {
        const kept = await keptLeases(store);
        if (kept === "unreadable")
          log.error("what this node may spend cannot be read; nothing begins until it is said anew");
        return kept === undefined ? [] : [kept === "unreadable" ? UNREADABLE : kept];
      },
      write: async ([kept]) => {
        if (kept !== undefined) await keepLeases(store, kept);
      },
      log,
      level: "debug",
      say: {
        shown: (all) => ({ version: all[0]?.brief.version, leases: all[0]?.brief.leases.length }),
        changed: "what this node may spend was said",
        unsaved: "what this node may spend counts, but could not be kept; it is kept as soon as that is possible",
        tooOld:
          "this supervisor is too old to have budgets and could raise none; what this node may spend is kept, and does not count meanwhile",
      },
    });
    this.#store = store;
    this.#clock = clock;
  }

  override async load(): Promise<void> {
    await super.load();
    const [kept] = this.all;
    if (kept !== undefined) this.#left = { ...kept, at: this.#clock.monotonic() };
  }

  /** What the supervisor says from now on. */
  async say(brief: LeaseBrief): Promise<void> {
    const validity = validFor(brief.validMs, this.#clock.now());
    this.#left = { ...validity, at: this.#clock.monotonic() };
    this.#notedMs = undefined;
    await this.take([{ brief, ...validity }]);
  }

  /** What counts now; undefined where nothing was ever said. */
  get brief(): LeaseBrief | undefined {
    return this.counting[0]?.brief;
  }

  /** What models cost of which the back end knows no price. */
  get prices(): readonly ModelPrice[] {
    return this.brief?.prices ?? [];
  }

  /** The newest ones that count and are on the disk. */
  get savedVersion(): number | undefined {
    return this.brief === undefined ? undefined : this.saved[0]?.brief.version;
  }

  /** For how long work may begin by what was said. */
  get leftMs(): number {
    return leftNow(this.#left, this.#clock.now(), this.#clock.monotonic());
  }

  /** Throws HalError("over_budget") where work may not begin. */
  refuse(place: Place, counted: () => Counted): void {
    if (this.brief === undefined) return;
    const refusal = refusalOf(this.brief, counted(), this.leftMs, place);
    if (refusal !== undefined) throw new HalError("over_budget", refusal.reason, { details: refusal.details });
  }

  /** Writes down how much of its time is left, so that no later life has more of it; and what could not be kept before. */
  async note(): Promise<void> {
    await this.save();
    const [kept] = this.saved;
    if (kept === undefined || this.#notedMs === 0) return;
    const { leftMs } = this;
    await keepLeases(this.#store, { ...kept, leftMs });
    this.#notedMs = leftMs;
  }
}
