import { HalError, type ProjectReport } from "@hal/protocol";
import type { Context } from "./context.ts";
import { type KnownNode, living, nodeNamer, nodeStatuses } from "../nodes/node-statuses.ts";
import { resolveNode } from "../nodes/resolve-node.ts";

export interface KnownProject {
  readonly node: KnownNode;
  readonly project: ProjectReport;
}

/** The project that a person means by `name` or `node/name`. */
export async function resolveProject(context: Context, ref: string, nodeRef?: string): Promise<KnownProject> {
  const nodes =
    nodeRef === undefined ? [...(await nodeStatuses(context)).values()] : [await resolveNode(context, nodeRef)];
  const found = living(candidates(nodes, ref), ({ node }) => node);
  const [only] = found;
  if (only === undefined) throw unknownProject(ref, nodes);
  if (found.length > 1) {
    const nameNode = nodeNamer(new Map(nodes.map((node) => [node.row.id, node])));
    const choices = found.map(({ node, project }) => `${nameNode(node.row.id)}/${project.name}`);
    throw new HalError("ambiguous", `project ${ref} is on several nodes; say which: ${choices.join(", ")}`, {
      details: { choices },
    });
  }
  return only;
}

function candidates(nodes: readonly KnownNode[], ref: string): KnownProject[] {
  const slash = ref.lastIndexOf("/");
  const [nodeName, name] = slash === -1 ? [undefined, ref] : [ref.slice(0, slash), ref.slice(slash + 1)];
  return nodes.flatMap((node) =>
    nodeName !== undefined &&
    node.row.name !== nodeName &&
    node.row.hostname !== nodeName &&
    !node.row.id.startsWith(nodeName)
      ? []
      : (node.row.projects as ProjectReport[])
          .filter((project) => project.name === name)
          .map((project) => ({ node, project })),
  );
}

function unknownProject(ref: string, nodes: readonly KnownNode[]): HalError {
  const known = [...new Set(nodes.flatMap(({ row }) => (row.projects as ProjectReport[]).map(({ name }) => name)))];
  const hint =
    known.length === 0 ? "no node has reported a project yet" : `there are: ${known.slice(0, 10).join(", ")}`;
  return new HalError("not_found", `no project ${ref}; ${hint}`);
}
