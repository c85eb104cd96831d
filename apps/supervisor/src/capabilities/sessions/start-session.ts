import {
  CHECK_FEATURE,
  type CommandArgs,
  HalError,
  type ParsedInput,
  PRECONDITION_FEATURE,
  WORKTREE_FEATURE,
} from "@hal/protocol";
import { type CommandRow, type NodeRow, type Place, queueAlone } from "@hal/store/supervisor";
import { type CommandRequest, type Issuer, issueCommand, oncePerKey } from "../commands/issue-command.ts";
import { featuresOf } from "../nodes/node-statuses.ts";
import { resolveProject } from "../references/resolve-project.ts";
import { claimsBeside } from "./claims.ts";
import type { Context } from "./context.ts";
import type { Claim } from "./domain/claims.ts";
import { activeFailure } from "./refuse-active.ts";

/** What a start is asked for with, whoever asks. */
export type StartInput = Omit<ParsedInput<"sessions.start">, "parallel"> & Conditions;

/** What has to be so before anything begins; for what nobody watches. */
interface Conditions extends Partial<Pick<ParsedInput<"sessions.start">, "parallel">> {
  readonly precondition?: CommandArgs<"session.start">["precondition"];
  /** model and agent have to be there, as far as the agent of the node can look */
  readonly verified?: boolean;
}

/**
 * Begins a session in a project, once for each key of whoever asks, be that a person or the supervisor itself. Throws where it may
 * not begin, as where another one is active.
 */
export function startSession(context: Context, issuer: Issuer, input: StartInput): Promise<CommandRow> {
  return oncePerKey(context, issuer, input.wait_ms, async () => {
    const { node, project } = await resolveProject(context, input.project, input.node);
    if (project.state !== "ready" && node.status.status !== "offline")
      throw new HalError(
        "project_unavailable",
        `project ${project.name} on ${node.row.name} is ${project.state}${project.reason === undefined ? "" : `: ${project.reason}`}`,
      );
    const features = featuresOf(context, node.row);
    if (input.precondition !== undefined && !features.includes(PRECONDITION_FEATURE)) throw noPreconditions(node.row);
    const isBeside = input.parallel === true;
    if (isBeside && !features.includes(WORKTREE_FEATURE))
      throw new HalError(
        "bad_request",
        `the agent of node ${node.row.name} is older and cannot give a session a worktree of its own; upgrade it`,
      );
    const isAlone = !isBeside && !context.isParallel();
    const own = { nodeId: node.row.id, project: project.name };
    // one in a worktree has a branch of its own
    const claims = isBeside || !context.refusesClaimed() ? undefined : await claimsBeside(context, own);
    const places = [...(isAlone ? [own] : []), ...(claims?.places ?? [])];
    return issueCommand(context, issuer, {
      type: "session.start",
      args: {
        project: project.name,
        ...(input.prompt === undefined ? {} : { prompt: input.prompt }),
        ...(input.title === undefined ? {} : { title: input.title }),
        ...(input.model === undefined ? {} : { model: input.model }),
        ...(input.agent === undefined ? {} : { agent: input.agent }),
        ...(input.format === undefined ? {} : { format: input.format }),
        ...(isBeside ? { worktree: true } : {}),
        ...(isAlone ? { alone: true } : {}),
        ...(input.precondition === undefined ? {} : { precondition: input.precondition }),
        ...(input.verified === true && features.includes(CHECK_FEATURE) ? { verified: true } : {}),
      },
      nodeId: node.row.id,
      project: project.name,
      deadlineMs: input.deadline_ms,
      waitMs: input.wait_ms,
      ...(places.length === 0 ? {} : { queue: alone(context, places, claims?.claim) }),
    });
  });
}

/** Has a start queued only where nothing is active in these places, of which those on other nodes are of the same branch. */
function alone(
  context: Context,
  places: readonly Place[],
  claim: Claim | undefined,
): NonNullable<CommandRequest<"session.start">["queue"]> {
  return async (command, key) => {
    const queued = await queueAlone(context.store, command, places, key);
    if (queued.kind !== "active") return queued;
    const isElsewhere = queued.place.nodeId !== command.nodeId;
    throw await activeFailure(context, queued, isElsewhere ? claim : undefined);
  };
}

/** An older agent would begin without it. */
export function noPreconditions({ name }: Pick<NodeRow, "name">): HalError {
  return new HalError("bad_request", `precondition: the agent of node ${name} is older and runs none; upgrade it`);
}
