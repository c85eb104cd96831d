import { entryOf } from "@hal/protocol/text";
import { Gauges } from "../../metrics/gauges.ts";
import type { Context } from "./context.ts";

const SCOPES = ["fleet", "node"] as const;

/** What is held. */
export function holdGauges({ metrics, held }: Context): void {
  const gauges = new Gauges(metrics.registry, () => ({
    fleet: held.standing.filter(({ nodeId }) => nodeId === null).length,
    node: held.standing.filter(({ nodeId }) => nodeId !== null).length,
  }));
  gauges.labelled("holds", "Holds that stand now, by where", ["scope", SCOPES, entryOf]);
}
