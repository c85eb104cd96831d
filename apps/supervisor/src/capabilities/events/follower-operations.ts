import { HalError, type SetAsideView } from "@hal/protocol";
import { listSetAside, type SetAsideRow } from "@hal/store/supervisor";
import { time } from "../../domain/time.ts";
import type { FollowerRun } from "../../log/follower-run.ts";
import { dropSetAside, retrySetAside } from "../../log/retry-set-aside.ts";
import type { Handler } from "../../operations/handler.ts";
import type { Context } from "./context.ts";
import { followerView } from "./follower-view.ts";

/** So many events are shown, or handed over again, at a time. */
const MOST = 100;

const list: Handler<"followers.list", Context> = ({ store, followers }, { after }) =>
  Promise.all(
    followers.reports.map(async (report) => ({
      ...followerView(report),
      events: (await listSetAside(store, report.name, { after, limit: MOST })).map(setAsideView),
    })),
  );

const retry: Handler<"followers.retry", Context> = async (context, { name, event_id: eventId }, { signal }) => {
  const run = followerOf(context, name);
  const rows = eventId === undefined ? await asideOf(context, name) : [await setAsideOf(context, name, eventId)];
  const { store, clock, log, stopping } = context;
  const { done, failed } = await retrySetAside(run, rows, {
    store,
    clock,
    log,
    signal: AbortSignal.any([signal, stopping]),
  });
  return {
    done: [...done],
    failed: failed.map(({ eventId: id, reason }) => ({ event_id: id, reason })),
    left: run.setAside.count,
  };
};

const drop: Handler<"followers.drop", Context> = async (context, { name, event_id: eventId }) => {
  const run = followerOf(context, name);
  const dropped = await dropSetAside(run, eventId, context.store);
  if (dropped === undefined) throw notSetAside(name, eventId);
  return setAsideView(dropped);
};

function followerOf({ followers }: Context, name: string): FollowerRun {
  const run = followers.find(name);
  if (run !== undefined) return run;
  const names = followers.reports.map((one) => one.name).join(", ");
  throw new HalError("not_found", `there is no follower ${name}; there are: ${names}`);
}

function asideOf({ store }: Context, name: string): Promise<SetAsideRow[]> {
  return listSetAside(store, name, { limit: MOST });
}

async function setAsideOf({ store }: Context, name: string, eventId: number): Promise<SetAsideRow> {
  const [row] = await listSetAside(store, name, { eventId, limit: 1 });
  if (row === undefined) throw notSetAside(name, eventId);
  return row;
}

function notSetAside(name: string, eventId: number): HalError {
  return new HalError("not_found", `${name} did not set event ${eventId} aside`);
}

function setAsideView({ eventId, reason, attempts, at }: SetAsideRow): SetAsideView {
  return { event_id: eventId, reason, attempts, at: time(at) };
}

export const followerHandlers = { "followers.list": list, "followers.retry": retry, "followers.drop": drop };
