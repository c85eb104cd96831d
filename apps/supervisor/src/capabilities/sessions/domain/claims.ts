import type { ProjectReport, SessionView } from "@hal/protocol";

/** A branch of a remote repository. */
export type Claim = NonNullable<ProjectReport["git"]>;

/** A node with what it has. */
interface ClaimingNode {
  readonly nodeId: string;
  readonly projects: readonly ProjectReport[];
}

interface Place {
  readonly nodeId: string;
  readonly project: string;
}

/** Which branch of which repository a project is of, as its node said. */
export function claimOf(projects: readonly ProjectReport[], project: string): Claim | undefined {
  return projects.find(({ name }) => name === project)?.git;
}

/** The projects of other nodes that are of the same branch. Pure. */
export function placesBeside(nodes: Iterable<ClaimingNode>, own: string, claim: Claim): Place[] {
  return [...nodes].flatMap(({ nodeId, projects }) =>
    nodeId === own
      ? []
      : projects
          .filter(({ git }) => git?.remote === claim.remote && git.branch === claim.branch)
          .map(({ name: project }) => ({ nodeId, project })),
  );
}

/** In words: a branch and what it is of. */
export function claimText({ remote, branch }: Claim): string {
  return `${branch} of ${remote}`;
}

/** As clauses behind a session's reason; empty where nobody is active on its branch elsewhere. */
export function sharedText(shared: SessionView["shared"]): string {
  return shared
    .map((other) => `; ${other.session_id} on ${other.node} is active on the same branch, ${claimText(other)}`)
    .join("");
}
