import type { RepositoryView } from "@hal/protocol";
import { listArrivals, switchRepository } from "@hal/store/supervisor";
import { formatPlace, parsePlace } from "../../operations/domain/page-place.ts";
import type { Caller, Handler } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import { Page } from "../../operations/page.ts";
import type { Context } from "./context.ts";
import { arrivalView, repositoryView, repositoryViews } from "./views.ts";

const list: Handler<"incoming.list", Context> = async ({ store }, { repository, state, cursor, limit }) => {
  const rows = listArrivals(store, { repository, state, after: parsePlace(cursor), limit: limit + 1 });
  const page = Page.of(rows, limit, ({ createdAt, id }) => formatPlace({ at: createdAt, nodeId: "", id }));
  return new Page(page.rows.map(arrivalView), page.next);
};

const repositories: Handler<"incoming.repositories", Context> = async (context) => repositoryViews(context);

const off: Handler<"incoming.off", Context> = (context, { repository }, caller) =>
  switchTo(context, repository, false, caller);

const on: Handler<"incoming.on", Context> = (context, { repository }, caller) =>
  switchTo(context, repository, true, caller);

async function switchTo(context: Context, repository: string, isOn: boolean, caller: Caller): Promise<RepositoryView> {
  const { store, clock, log, incoming } = context;
  const { actor } = caller;
  const switched = await switchRepository(store, { repository, actor, now: clock.now() }, isOn, idempotencyOf(caller));
  if (switched === undefined) throw keyWasUsed();
  if (switched.changed)
    log.warn(
      { repository, actor },
      isOn ? "a repository is on: what comes from it is taken" : "a repository is off: nothing of it is taken",
    );
  incoming.work.hurry();
  return repositoryView(context, repository);
}

export const incomingHandlers = {
  "incoming.list": list,
  "incoming.repositories": repositories,
  "incoming.off": off,
  "incoming.on": on,
};
