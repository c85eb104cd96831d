import { thousands } from "./amounts.ts";
import { COST_COUNTED } from "./cost-events.ts";

/** How many things something happened to, and how often it did in all. */
export interface Happened {
  readonly type: string;
  readonly things: number;
  readonly times: number;
}

/** What happened, with how many: `14 sessions failed (16 times)`. */
export function countedEvents({ type, things, times }: Happened): string {
  const [one, many, does] = COUNTED.get(type) ?? ["one thing was", "things were", `told as ${type}`];
  const said = things === 1 ? `${one} ${does}` : `${thousands(things)} ${many} ${does}`;
  return times > things ? `${said} (${thousands(times)} times)` : said;
}

type Words = readonly [one: string, many: string, does: string];

/** One, several, and what they did; a type that is not here is said as it is called. */
const COUNTED: ReadonlyMap<string, Words> = new Map<string, Words>([
  ...COST_COUNTED.map(([type, ...words]) => [type, words] as const),
  ["session.started", ["one session", "sessions", "started"]],
  ["session.idle", ["one session", "sessions", "came to rest"]],
  ["session.error", ["one session", "sessions", "failed"]],
  ["session.retrying", ["one session", "sessions", "tried again"]],
  ["session.compacted", ["one session", "sessions", "had a context compacted"]],
  ["session.ended", ["one session", "sessions", "ended"]],
  ["session.stuck", ["one session", "sessions", "did not get on"]],
  ["interaction.asked", ["one session", "sessions", "asked something"]],
  ["interaction.answered", ["one session", "sessions", "got an answer"]],
  ["interaction.expired", ["one session", "sessions", "got no answer in time"]],
  ["prompt.refused", ["one session", "sessions", "refused a prompt"]],
  ["prompt.stalled", ["one session", "sessions", "did not begin with a prompt"]],
  ["policy.alerted", ["one session", "sessions", "needed a look"]],
  ["policy.gave_up", ["one session", "sessions", "got help in vain"]],
  ["policy.acted", ["one session", "sessions", "got help from a policy"]],
  ["task.completed", ["one task was", "tasks were", "completed"]],
  ["project.not_started", ["one project", "projects", "did not start"]],
  ["schedule.started", ["one schedule", "schedules", "started a session"]],
  ["schedule.not_started", ["one schedule", "schedules", "started no session"]],
  ["budget.warned", ["one budget was", "budgets were", "spent in part"]],
  ["budget.reached", ["one budget was", "budgets were", "spent"]],
  ["budget.reopened", ["one budget was", "budgets were", "opened again"]],
  ["budget.stopped", ["one session was", "sessions were", "stopped by a budget"]],
  ["budget.changed", ["one budget was", "budgets were", "changed"]],
  ["node.online", ["one node", "nodes", "came online"]],
  ["node.offline", ["one node", "nodes", "went offline"]],
  ["opencode.down", ["one node", "nodes", "lost opencode"]],
  ["opencode.up", ["one node", "nodes", "got opencode back"]],
]);
