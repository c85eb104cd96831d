import type { CommandState, PromptView } from "@hal/protocol";

/** A prompt, as far as its reason goes. */
export interface ReasonedPrompt extends Pick<PromptView, "id" | "state" | "delivery"> {
  readonly reason: string | null;
  readonly afterStop: boolean;
  readonly anyway: boolean;
  readonly commandId: string | null;
}

/** What the reason of a prompt's state is told from. */
export interface PromptFacts {
  /** how its session stands */
  readonly standing: "rests" | "stopped" | "working" | "waiting" | "ended" | "unknown";
  /** whether a prompt was sent to its session with which no turn was seen to begin */
  readonly isComing: boolean;
  /** whether its session is being restarted */
  readonly isRestarting?: boolean;
  /** the one before it in the list */
  readonly before: string | undefined;
  /** what holds it, and what releases that; undefined where nothing does */
  readonly held?: string | undefined;
  /** why its node is away; undefined where it is there */
  readonly away: string | undefined;
  /** what it was sent as */
  readonly command: { readonly state: CommandState; readonly reason: string } | undefined;
}

/** Why a prompt is in its state, and what it waits for, in one line. Pure. */
export function promptReason(prompt: ReasonedPrompt, facts: PromptFacts): string {
  const { commandId, command } = { ...prompt, ...facts };
  switch (prompt.state) {
    case "cancelled":
    case "refused":
      return prompt.reason ?? prompt.state;
    case "sent":
      if (command === undefined) return `sent as ${commandId ?? "a command"}`;
      return command.state === "succeeded"
        ? `sent as ${commandId}, and its session has it`
        : `sent as ${commandId}, which is ${command.state}: ${command.reason}`;
    case "pending":
      return `waits: ${waitsFor(prompt, facts)}`;
    default:
      return prompt.state satisfies never;
  }
}

function waitsFor(
  { id, delivery, afterStop, anyway }: ReasonedPrompt,
  { standing, isComing, isRestarting = false, before, held, away }: PromptFacts,
): string {
  if (held !== undefined) return held;
  if (away !== undefined) return `its node is ${away}`;
  if (standing === "unknown") return "its session is not known yet";
  if (isRestarting) return "its session is being restarted, and it goes to the one that continues that";
  if (standing === "ended") return "its session has ended, and it is refused in a moment";
  if (standing === "waiting" && !(delivery === "steer" && anyway))
    return "its session waits for a person; see: halctl interactions list";
  if (delivery === "queue" && before !== undefined) return `${before} comes first`;
  if (delivery === "queue" && isComing) return "a prompt was sent before it, and its turn has not been seen to begin";
  if (standing === "working" && delivery === "queue") return "the turn that runs comes first";
  if (standing === "stopped" && delivery === "queue" && !afterStop)
    return `the turn before it was stopped or failed; send it now: halctl prompts switch ${id} steer`;
  return "it is sent in a moment";
}
