import type { SessionView } from "@hal/protocol";
import { listOccasions, newestOfChain } from "@hal/store/supervisor";
import { holdText } from "@hal/words";
import { holdViews } from "../nodes/hold-views.ts";
import { resolveProject } from "../references/resolve-project.ts";
import { occasionViews, scheduleViews } from "../schedules/views.ts";
import { describeSessions } from "../sessions/describe-session.ts";
import type { Context } from "./context.ts";
import type { ScheduleFacts } from "./domain/schedule-findings.ts";
import type { KnownHold } from "./domain/facts.ts";
import { unlessNotFound } from "./idle-project.ts";

/** So many occasions are told of. */
const RECENT = 5;

/** What is known of a schedule; one that is gone is known by its occasions. Undefined where there is neither. */
export async function scheduleFacts(context: Context, name: string): Promise<ScheduleFacts | undefined> {
  const schedule = context.scheduleBook.get(name);
  const rows = await listOccasions(context.store, { schedule: name, limit: RECENT });
  if (schedule === undefined && rows.length === 0) return undefined;
  const [view] = schedule === undefined ? [] : await scheduleViews(context, [schedule]);
  const started = rows.find(({ sessionId, nodeId }) => sessionId !== null && nodeId !== null);
  return {
    now: context.clock.now(),
    name,
    schedule: view,
    occasions: await occasionViews(context, rows),
    session: started === undefined ? undefined : await sessionNow(context, started),
    holds: schedule === undefined ? [] : await holdsOn(context, schedule),
  };
}

/** The session that goes on from the one that was started last. */
async function sessionNow(
  context: Context,
  { nodeId, sessionId }: { readonly nodeId: string | null; readonly sessionId: string | null },
): Promise<SessionView | undefined> {
  const row = await newestOfChain(context.store, { nodeId: nodeId ?? "", id: sessionId ?? "" });
  return row === undefined ? undefined : (await describeSessions(context, [row]))[0];
}

/** What would refuse its start now. */
async function holdsOn(
  context: Context,
  { project, node }: { readonly project: string; readonly node: string | null },
): Promise<KnownHold[]> {
  const place = await unlessUnclear(resolveProject(context, project, node ?? undefined));
  if (place === undefined) return [];
  const views = await holdViews(context, context.held.refusing(place.node.row.id, place.project.name));
  return views.map((view) => ({ text: holdText(view), release: view.release, since: Date.parse(view.since) }));
}

/** Where it is not clear which is meant is told as what is wrong with the schedule. */
async function unlessUnclear<T>(asking: Promise<T>): Promise<T | undefined> {
  return unlessNotFound(asking).catch(() => undefined);
}
