import { type CommandArgs, HalError } from "@hal/protocol";
import type { Context } from "../../context.ts";
import { UnclearError } from "../../domain/unclear-error.ts";
import { preconditionReason } from "../preconditions/domain/precondition-reason.ts";
import { wantedProblem } from "./wanted-problem.ts";

/** Throws HalError where what a start depends on is not so, before opencode is asked for anything. */
export async function mayStart(
  context: Context,
  { verified, precondition, project, model, agent }: CommandArgs<"session.start">,
  directory: string,
): Promise<void> {
  const problem = verified === true ? await wantedProblem(context, { project, model, agent }, directory) : undefined;
  if (problem !== undefined) throw new HalError("bad_request", problem);
  if (precondition === undefined) return;
  const { command, timeoutMs } = precondition;
  const { run } = context.opencode.api();
  const real = context.places.real(directory);
  const end = await context.preconditions.run({ command, directory: real, timeoutMs, run }, context.stopping);
  if (end.kind === "stopped") throw new UnclearError("interrupted", "the agent is stopping");
  const reason = preconditionReason({ ...end, output: context.opencode.hide(end.output) }, timeoutMs);
  if (reason === undefined) return;
  const { kind } = end;
  throw new HalError("conflict", reason, { details: { precondition: kind === "exited" ? String(end.code) : kind } });
}
