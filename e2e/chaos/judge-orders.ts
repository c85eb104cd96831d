import type { CommandView } from "@hal/protocol";
import type { OpencodeMessage } from "../harness/opencode.ts";
import type { Problem } from "./problem.ts";

/** Nobody knows whether it was done: these say so. */
const UNKNOWN: ReadonlySet<string> = new Set(["interrupted", "agent_state_lost", "stale"]);

/** A prompt that was asked for, and what the supervisor says of it. */
export interface Order {
  readonly token: string;
  /** undefined where it was refused, or where a restored supervisor does not know it any more */
  readonly command: CommandView | undefined;
}

/** What reached opencode against what people were told: a success is there once, a failure never, and nothing twice. */
export function judgeOrders(
  orders: readonly Order[],
  held: readonly OpencodeMessage[],
  modelAsked: readonly string[],
): Problem[] {
  const prompts = held
    .filter(({ info }) => info.role === "user")
    .map(({ parts }) => parts.map((part) => part.text ?? "").join(""));
  return orders.flatMap(({ token, command }) => {
    const times = prompts.filter((text) => text.includes(token)).length;
    const problems: Problem[] = [];
    if (times > 1) problems.push({ kind: "done twice", text: `the prompt ${token} reached opencode ${times} times` });
    if (times === 0 && modelAsked.some((text) => text.includes(token)))
      problems.push({ kind: "lost", text: `the model was asked ${token}, but opencode does not have it` });
    const problem = command === undefined ? undefined : judgeOutcome(command, times);
    if (problem !== undefined) problems.push({ ...problem, text: `${token} ${problem.text}` });
    return problems;
  });
}

function judgeOutcome({ id, state, reason, error }: CommandView, times: number): Problem | undefined {
  switch (state) {
    case "queued":
    case "sent":
    case "running":
      return { kind: "command", text: `${id} is still ${state}: ${reason}` };
    case "succeeded":
      return times === 0 ? { kind: "lost", text: `${id} succeeded, but opencode does not have it` } : undefined;
    case "failed":
      return times > 0 && !UNKNOWN.has(error?.code ?? "")
        ? { kind: "outcome", text: `${id} failed (${error?.code}: ${reason}), but opencode has it` }
        : undefined;
    case "expired":
    case "cancelled":
      return times > 0 ? { kind: "outcome", text: `${id} is ${state}, but opencode has it` } : undefined;
    default:
      return state satisfies never;
  }
}
