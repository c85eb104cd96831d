import { HalError } from "@hal/protocol";
import { newUuid } from "@hal/daemon";
import { releaseHolds } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import { briefHolds } from "../nodes/brief-holds.ts";
import { isReleased, type ReleaseScope, stillHolds } from "../nodes/domain/holds-on.ts";
import { nodeStatuses } from "../nodes/node-statuses.ts";
import { resolveNode } from "../nodes/resolve-node.ts";
import type { Handler } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import { checkProject } from "../references/check-project.ts";
import { holdViews, keptHoldViews } from "../nodes/hold-views.ts";

const list: Handler<"holds.list", Context> = (context) => keptHoldViews(context, context.held.standing);

const release: Handler<"holds.release", Context> = async (context, input, caller) => {
  const { all, node, project } = input;
  if (all === (node !== undefined || project !== undefined))
    throw new HalError("bad_request", "say what to release: all of it, or a node, a project, or both");
  const scope = { nodeIds: node === undefined ? undefined : await idsOf(context, node), project };
  const meant = context.held.standing.filter((hold) => isReleased(hold, scope));
  if (meant.length === 0) await checkNames(context, scope);
  const by = { id: `release_${newUuid()}`, by: caller.actor, at: context.clock.now() };
  const released = await releaseHolds(
    context.store,
    meant.map(({ id }) => id),
    by,
    idempotencyOf(caller),
  );
  if (released === undefined) throw keyWasUsed();
  await context.held.refresh();
  briefHolds(context);
  for (const { id } of released) context.log.warn({ hold: id, actor: caller.actor }, "released: work may begin");
  return {
    released: await holdViews(context, released),
    remaining: await holdViews(
      context,
      context.held.standing.filter((hold) => stillHolds(hold, scope)),
    ),
  };
};

/** The node that is meant, and those whose place it took: what held them holds it. */
async function idsOf(context: Context, ref: string): Promise<string[]> {
  const { row } = await resolveNode(context, ref);
  const before = [...(await nodeStatuses(context)).values()].filter(({ replacedBy }) => replacedBy === row.id);
  return [row.id, ...before.map((node) => node.row.id)];
}

/** A project that nobody has is a slip; one that is held may be gone meanwhile. */
async function checkNames(context: Context, { project }: ReleaseScope): Promise<void> {
  if (!context.held.standing.some((hold) => hold.project === project)) await checkProject(context, project);
}

export const holdHandlers = { "holds.list": list, "holds.release": release };
