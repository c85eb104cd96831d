import { HalError } from "@hal/protocol";
import { wantedProblem } from "../wanted-problem.ts";
import type { Handler } from "./index.ts";

/** Whether a session can be begun in a project with a model and an agent. */
export const checkProject: Handler<"project.check"> = async (context, args) => {
  const found = context.projects().find(({ name }) => name === args.project);
  if (found === undefined) throw new HalError("not_found", `this node has no project ${args.project}`);
  const problem = await wantedProblem(context, args, found.directory);
  return problem === undefined ? {} : { problem };
};
