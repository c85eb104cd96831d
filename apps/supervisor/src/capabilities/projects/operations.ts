import { newUuid } from "@hal/daemon";
import type { FleetProjectView } from "@hal/protocol";
import { completeTask, reopenTask, type TaskChanged, type TaskSaid } from "@hal/store/supervisor";
import type { Caller, Handler } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import type { Context } from "./context.ts";
import { fleetProject, fleetProjects } from "./fleet-projects.ts";

const list: Handler<"projects.list", Context> = (context) => fleetProjects(context);

const get: Handler<"projects.get", Context> = (context, { project }) => fleetProject(context, project);

const complete: Handler<"projects.complete", Context> = async (context, { project, title = null }, caller) => {
  const said = await sayingOf(context, project, caller);
  return changed(context, said, await completeTask(context.store, { ...said, title }, idempotencyOf(caller)));
};

const reopen: Handler<"projects.reopen", Context> = async (context, { project }, caller) => {
  const said = await sayingOf(context, project, caller);
  return changed(context, said, await reopenTask(context.store, said, idempotencyOf(caller)));
};

/** What is said of a project that there is. */
async function sayingOf(context: Context, project: string, { actor }: Caller): Promise<TaskSaid> {
  await fleetProject(context, project);
  return { id: newUuid(), project, by: actor, now: context.clock.now() };
}

async function changed(context: Context, { project, by }: TaskSaid, change: TaskChanged): Promise<FleetProjectView> {
  if (change.kind === "conflict") throw keyWasUsed();
  const view = await fleetProject(context, project);
  if (change.kind === "new")
    context.log.info({ project, task: view.task, actor: by }, "a person said how a task stands");
  return view;
}

export const projectHandlers = {
  "projects.list": list,
  "projects.get": get,
  "projects.complete": complete,
  "projects.reopen": reopen,
};
