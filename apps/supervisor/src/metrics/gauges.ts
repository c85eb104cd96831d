import { Gauge, type Registry } from "prom-client";

/** Values by what a gauge's one label says. */
type Labelled<Seen> = readonly [
  label: string,
  values: readonly string[],
  read: (seen: Seen, value: string) => number | undefined,
];

/** Gauges of one capability: `look` is called once for each scrape, so that all of them show one moment. */
export class Gauges<Seen> {
  readonly #registers: Registry[];
  readonly #look: () => Seen | Promise<Seen>;
  #looking: Promise<Seen> | undefined;

  constructor(registry: Registry, look: () => Seen | Promise<Seen>) {
    this.#registers = [registry];
    this.#look = look;
  }

  plain(name: string, help: string, read: (seen: Seen) => number): void {
    const gauge: Gauge = new Gauge({
      name: `hal_o_swarm_${name}`,
      help,
      registers: this.#registers,
      collect: async () => gauge.set(read(await this.#now())),
    });
  }

  /** What `read` has no number for counts as 0. */
  labelled(name: string, help: string, [label, values, read]: Labelled<Seen>): void {
    const gauge = new Gauge({
      name: `hal_o_swarm_${name}`,
      help,
      labelNames: [label],
      registers: this.#registers,
      collect: async () => {
        const seen = await this.#now();
        for (const value of values) gauge.set({ [label]: value }, read(seen, value) ?? 0);
      },
    });
  }

  /** All gauges of one scrape ask in the same breath and are shown the same moment. */
  #now(): Promise<Seen> {
    this.#looking ??= (async () => this.#look())().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }
}
