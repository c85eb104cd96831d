import type { ProjectReport } from "@hal/protocol";

/** A project as people see it: a directory that is fine and that opencode fails at is no project that is ready. */
export interface ProjectState {
  readonly name: string;
  readonly directory: string;
  readonly state: ProjectReport["state"] | "failing";
  readonly reason?: string;
  readonly since?: number;
  readonly critical?: boolean;
}

/** The state of a project with its reason, and since when it has it where that is known. */
export function projectState({ name, directory, state, reason, problem, critical }: ProjectReport): ProjectState {
  const exempt = critical === true ? { critical } : {};
  if (state === "ready" && problem !== undefined)
    return { name, directory, state: "failing", reason: problem.reason, since: problem.since, ...exempt };
  return { name, directory, state, ...(reason === undefined ? {} : { reason }), ...exempt };
}

/** Why opencode cannot say what a session does, where its project is why. */
export function sessionProblem(
  projects: readonly ProjectReport[],
  session: { readonly id: string; readonly project: string },
): NonNullable<ProjectReport["problem"]> | undefined {
  const problem = projects.find(({ name }) => name === session.project)?.problem;
  // of a directory below the project only the sessions in it are concerned
  return problem?.sessions === undefined || problem.sessions.includes(session.id) ? problem : undefined;
}
