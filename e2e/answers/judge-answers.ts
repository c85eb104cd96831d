import type { CommandView, EventView, InteractionView } from "@hal/protocol";
import type { OpencodeTap } from "../harness/opencode-tap.ts";
import type { Stage } from "../harness/stage.ts";

export interface Answered {
  readonly interactionId: string;
  readonly sessionId: string;
  /** whether its agent was killed while answers were on their way: whose answer opencode took may not be known then */
  readonly lostAgent: boolean;
}

/** What is wrong with an interaction that two people answered: by what opencode heard, beside what the supervisor shows. */
export async function judgeAnswers(stage: Stage, tap: OpencodeTap, answered: Answered): Promise<string[]> {
  const { interactionId, sessionId, lostAgent } = answered;
  const taken = tap.taken(interactionId);
  const [reply] = taken;
  if (taken.length !== 1 || reply === undefined)
    return [`opencode took ${taken.length} answers to ${interactionId} (${taken.join(" ")})`];
  const problems: string[] = [];

  const shown = await stage.api<InteractionView>(`/interactions/${interactionId}`);
  const isKnown = shown.state === "answered";
  if (shown.state === "open") problems.push(`${interactionId} is shown as open, and opencode took ${reply}`);
  if (isKnown && shown.reply !== reply)
    problems.push(`${interactionId} is shown as answered with ${shown.reply}, and opencode took ${reply}`);
  if (!isKnown && !lostAgent) problems.push(`${interactionId} is ${shown.state} (${shown.reason}), nobody says why`);

  const ends = (await stage.events({ session_id: sessionId })).filter((event) => isEndOf(event, interactionId));
  if (ends.length !== 1) problems.push(`its end was told ${ends.length} times: ${ends.map(({ type }) => type).join()}`);
  const { commandId: by } = (ends[0]?.data ?? {}) as { readonly commandId?: string };

  const all = await stage.api<CommandView[]>(`/commands?session=${sessionId}&limit=1000`);
  const commands = all.filter(({ type }) => type === "interaction.answer");
  for (const { id, state, finished_at: finishedAt } of commands)
    if (finishedAt === null) problems.push(`${id} is ${state} for ever`);
  const succeeded = commands.filter(({ state }) => state === "succeeded").map(({ id }) => id);
  if (succeeded.length > 1) problems.push(`${succeeded.join(" and ")} are both said to have given the answer`);
  if (by !== undefined && succeeded.length === 1 && succeeded[0] !== by)
    problems.push(`${succeeded[0]} is said to have given the answer, and the log says ${by}`);
  if (succeeded.length === 0 && !lostAgent)
    problems.push(
      `nobody is said to have given it: ${commands.map(({ state, reason }) => `${state}: ${reason}`).join("; ")}`,
    );
  return problems;
}

function isEndOf({ type, data }: EventView, interactionId: string): boolean {
  const { interactionId: id } = data as { readonly interactionId?: string };
  return id === interactionId && (type === "interaction.answered" || type === "interaction.expired");
}
