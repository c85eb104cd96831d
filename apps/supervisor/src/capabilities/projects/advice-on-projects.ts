import { meantText } from "@hal/protocol/text";
import { toldProjects } from "@hal/store/supervisor";
import type { SupervisorConfig } from "../../config.ts";

/** A line for each place in the configuration that names a project which no node has, as far as the database says. */
export function adviceOnProjects(config: SupervisorConfig): string[] {
  const named = projectsIn(config);
  if (named.length === 0) return [];
  const known = toldProjects(config.database.path);
  if (known === undefined) return [];
  return named
    .filter(({ project }) => !known.includes(project))
    .map(({ path, project }) => {
      const meant = meantText(project, known) || `; there are: ${known.slice(0, MOST_NAMED).join(", ")}`;
      return `${path}: no node has told of a project ${project}${meant}`;
    });
}

const MOST_NAMED = 10;

interface Named {
  readonly path: string;
  readonly project: string;
}

function projectsIn({ dependencies, interaction_rules: rules, schedules }: SupervisorConfig): Named[] {
  return [
    ...Object.entries(dependencies).flatMap(([project, { depends_on: on }]) => [
      { path: `dependencies.${project}`, project },
      ...on.map((name, index) => ({ path: `dependencies.${project}.depends_on.${index}`, project: name })),
    ]),
    ...schedules.map(({ project }, index) => ({
      path: `schedules.${index}.project`,
      // it may stand behind its node
      project: project.slice(project.lastIndexOf("/") + 1),
    })),
    ...rules.flatMap(({ project }, index) =>
      project === undefined ? [] : [{ path: `interaction_rules.${index}.project`, project }],
    ),
  ];
}
