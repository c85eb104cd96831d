import { HOLD_FEATURE, type HoldBrief, LAST_TIME, MOST_HOLDS } from "@hal/protocol";
import { type Briefed, briefEach, type Briefing } from "./briefings.ts";
import type { Context } from "./context.ts";
import type { Held, Hold } from "./held.ts";

/** Tells every connected agent what is held on its node now. */
export function briefHolds({ links, held }: Pick<Context, "links" | "held">): void {
  briefEach(links, (link) => holdBriefing(held, link));
}

/** What is held on a node, for an agent that keeps it; all of it each time, so that what is not named is released. */
export function holdBriefing(held: Held, { nodeId, features }: Pick<Briefed, "nodeId" | "features">): Briefing {
  if (!features.includes(HOLD_FEATURE)) return {};
  return {
    holds: held.concerning(nodeId).slice(0, MOST_HOLDS).map(briefOf),
  };
}

function briefOf({ id, nodeId, project, createdAt, createdBy }: Hold): HoldBrief {
  return {
    id,
    scope: nodeId === null ? "fleet" : "node",
    ...(project === null ? {} : { project }),
    since: Math.min(Math.max(0, createdAt), LAST_TIME),
    by: createdBy.slice(0, 1_000),
  };
}
