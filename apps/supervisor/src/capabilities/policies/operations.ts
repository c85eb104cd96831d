import { newUuid } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import { addPolicyPause, endPolicyPauses, lookAtAllSessions, type PolicyPauseRow } from "@hal/store/supervisor";
import * as v from "valibot";
import type { Handler } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import { resolveNode } from "../nodes/resolve-node.ts";
import { checkProject } from "../references/check-project.ts";
import { resolveSession } from "../references/resolve-session.ts";
import type { Context } from "./context.ts";
import { policySettings, SimulatedConfig } from "./section.ts";
import { resumeHandlers } from "./resume-session.ts";
import { simulatePolicies } from "./simulate-policies.ts";
import { pauseViews, policiesView } from "./views.ts";

const MINUTE_MS = 60_000;

const list: Handler<"policies.list", Context> = (context, { limit }) => policiesView(context, limit);

const pause: Handler<"policies.pause", Context> = async (context, { scope, reason, minutes }, caller) => {
  const { store, clock, pauses, log } = context;
  const now = clock.now();
  const row: PolicyPauseRow = {
    id: `pause_${newUuid()}`,
    ...(await placeOf(context, scope)),
    createdAt: now,
    createdBy: caller.actor,
    reason: reason ?? null,
    until: minutes === undefined ? null : now + minutes * MINUTE_MS,
    endedAt: null,
    endedBy: null,
  };
  const added = await addPolicyPause(store, row, idempotencyOf(caller));
  if (added.kind === "conflict") throw keyWasUsed();
  await pauses.refresh();
  if (added.kind === "new") log.warn({ pause: row.id, scope, actor: caller.actor }, "policies are paused");
  const [view] = await pauseViews(context, [added.pause]);
  if (view === undefined) throw new HalError("internal", "a pause that was made is not there");
  return view;
};

const resume: Handler<"policies.resume", Context> = async (context, { scope }, caller) => {
  const { store, clock, pauses, log, policyWatch } = context;
  const now = clock.now();
  const place = await placeOf(context, scope);
  const meant = pauses.standing(now).filter((one) => isAt(one, place));
  const ended = await endPolicyPauses(
    store,
    meant.map(({ id }) => id),
    { by: caller.actor, now },
  );
  await pauses.refresh();
  if (ended.length > 0) {
    await lookAtAllSessions(store, now);
    policyWatch.wake();
  }
  for (const { id } of ended) log.warn({ pause: id, actor: caller.actor }, "policies act again");
  return {
    resumed: await pauseViews(context, ended),
    remaining: await pauseViews(context, pauses.standing(now)),
  };
};

const DAY_MS = 24 * 60 * MINUTE_MS;

const simulate: Handler<"policies.simulate", Context> = async (context, { since, config, limit }, { signal }) => {
  const settings = config === undefined ? context.policySettings() : policySettings(simulatedConfig(config));
  const start = since === undefined ? context.clock.now() - DAY_MS : Date.parse(since);
  return simulatePolicies(context, { settings, since: start, limit }, AbortSignal.any([signal, context.stopping]));
};

/** A configuration as somebody wrote it; all that is wrong with it is said at once. Nothing it names is read. */
function simulatedConfig(text: string): v.InferOutput<typeof SimulatedConfig> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HalError("bad_request", "config: is no JSON");
  }
  const read = v.safeParse(SimulatedConfig, value);
  if (read.success) return read.output;
  const problems = read.issues.map((issue) => `${v.getDotPath(issue) ?? "config"}: ${issue.message}`);
  throw new HalError("bad_request", problems.join("; "));
}

type Place = Pick<PolicyPauseRow, "kind" | "nodeId" | "project" | "sessionId">;

/** The place that a scope names. */
async function placeOf(context: Context, scope: string): Promise<Place> {
  const nowhere = { nodeId: null, project: null, sessionId: null };
  const [kind, ...rest] = scope.split(":");
  const name = rest.join(":");
  switch (kind) {
    case "node":
      return { ...nowhere, kind, nodeId: (await resolveNode(context, name)).row.id };
    case "project":
      await checkProject(context, name);
      return { ...nowhere, kind, project: name };
    case "session": {
      const { nodeId, id } = await resolveSession(context, name);
      return { ...nowhere, kind, nodeId, sessionId: id };
    }
    default:
      return { ...nowhere, kind: "fleet" };
  }
}

function isAt(one: Place, other: Place): boolean {
  return (
    one.kind === other.kind &&
    one.nodeId === other.nodeId &&
    one.project === other.project &&
    one.sessionId === other.sessionId
  );
}

export const policyHandlers = {
  ...resumeHandlers,
  "policies.list": list,
  "policies.pause": pause,
  "policies.resume": resume,
  "policies.simulate": simulate,
};
