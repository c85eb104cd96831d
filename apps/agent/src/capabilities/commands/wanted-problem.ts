import type { CommandArgs } from "@hal/protocol";
import { meantText } from "@hal/protocol/text";
import type { Context } from "../../context.ts";

/** So many are named. */
const MOST_NAMED = 10;

/** What opencode does not have of a model and an agent, with what it has; undefined where it has both, or none is wanted. */
export async function wantedProblem(
  context: Context,
  { project, model, agent }: CommandArgs<"project.check">,
  directory: string,
): Promise<string | undefined> {
  if (model === undefined && agent === undefined) return undefined;
  const { models, agents } = await context.opencode.api().offers(context.places.real(directory));
  if (model !== undefined && !models.includes(model))
    return `model: opencode has no ${model} in project ${project}${listText(model, models)}`;
  if (agent !== undefined && !agents.includes(agent))
    return `agent: opencode has no ${agent} in project ${project}${listText(agent, agents)}`;
  return undefined;
}

function listText(given: string, there: readonly string[]): string {
  if (there.length === 0) return ", nor any other one";
  const more = there.length > MOST_NAMED ? ` and ${there.length - MOST_NAMED} more` : "";
  return `${meantText(given, there)}; it has: ${there.slice(0, MOST_NAMED).join(", ")}${more}`;
}
