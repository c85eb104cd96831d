import type { ProjectReport } from "@hal/protocol";
import type { DirectoryProblem } from "./directory-problems.ts";

/** Most sessions that a report names. */
const NAMED = 100;

/** A directory that opencode fails at, and where it is. */
export interface FailingDirectory extends DirectoryProblem {
  readonly directory: string;
  /** the project that it is or lies in */
  readonly project: string | undefined;
  /** whether it is the project's own, and not one below it */
  readonly isWhole: boolean;
  /** sessions that are in it */
  readonly sessions: readonly string[];
}

/**
 * The projects with what is the matter with each: of a directory below one, only the sessions in it are concerned. What
 * is `unread` of all sessions, what they wrote, is a problem where there is no other, and hides of none what it does.
 */
export function withProblems(
  projects: readonly ProjectReport[],
  failing: readonly FailingDirectory[],
  unread?: DirectoryProblem,
): ProjectReport[] {
  return projects.map((project) => {
    const own = failing.filter((one) => one.project === project.name);
    const whole = own.find(({ isWhole }) => isWhole);
    if (project.state !== "ready") return project;
    if (own.length === 0) return unread === undefined ? project : { ...project, problem: unreadProblem(unread) };
    if (whole !== undefined) return { ...project, problem: { reason: whole.reason, since: whole.since } };
    const reason = own.map(({ directory, reason: why }) => `in ${directory}: ${why}`).join("; ");
    const since = Math.min(...own.map((one) => one.since));
    const sessions = own.flatMap((one) => one.sessions).slice(0, NAMED);
    return { ...project, problem: { reason, since, sessions } };
  });
}

function unreadProblem({ reason, since }: DirectoryProblem): NonNullable<ProjectReport["problem"]> {
  return { reason: `messages, and how turns ended, may be missing: ${reason}`, since, sessions: [] };
}
