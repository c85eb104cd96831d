import { described } from "@hal/daemon";
import * as v from "valibot";
import { Text } from "../../setting-values.ts";
import { cyclesIn, type Dependencies } from "./domain/project-graph.ts";

const BEGIN =
  "All projects that this one depends on are completed, and it is this one's turn. Read `.context/CURRENT_TASK.md` and `.context/PROGRESS.md` for the task, and write `Status: in progress` into the latter. When all of the task is done, write `Status: completed` there. If the files do not say what the task is, say so and ask.";

const Dependency = v.strictObject({
  depends_on: described(
    v.pipe(v.array(Text, "must be a list"), v.minLength(1, "is empty")),
    "the projects that have to be completed before this one is started",
  ),
  prompt: v.optional(described(Text, "what the session is told that is started then"), BEGIN),
});

/** Which project waits for which. */
export const DependenciesSection = v.pipe(
  v.record(v.string(), Dependency),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { value } = dataset;
    const issue = (project: string, index: number, message: string): void => {
      const dependency = value[project];
      const list = dependency?.depends_on ?? [];
      addIssue({
        message,
        path: [
          { type: "object", origin: "value", input: value, key: project, value: dependency },
          { type: "object", origin: "value", input: dependency as never, key: "depends_on", value: list },
          { type: "array", origin: "value", input: list, key: index, value: list[index] },
        ],
      });
    };
    for (const { project, index, around } of cyclesIn(dependenciesIn(value)))
      issue(project, index, `goes round in a circle, in which nothing could begin: ${around.join(" waits for ")}`);
  }),
);

type Configured = Readonly<Record<string, { readonly depends_on: readonly string[] }>>;

/** What is configured, as a graph. */
export function dependenciesIn(configured: Configured): Dependencies {
  return new Map(Object.entries(configured).map(([project, { depends_on: on }]) => [project, on]));
}
