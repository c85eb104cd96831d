import type { CommandState } from "@hal/protocol";
import { duration } from "@hal/words";

/** Why nothing came of a prompt within a time, as far as that is known. Pure. */
export function stallReason(
  state: CommandState,
  node: { readonly name: string; readonly status: string; readonly reason: string } | undefined,
  stallMs: number,
): string {
  const within = `within ${duration(stallMs)}`;
  const whose = node === undefined ? "its node" : `node ${node.name}`;
  const isWell = node?.status === "online";
  const how = node === undefined || isWell ? "" : `; ${whose} is ${node.reason}`;
  switch (state) {
    case "queued":
      return `it was not sent ${within}: ${whose} is ${node?.reason ?? "not known"}`;
    case "sent":
      return `${whose} was sent it and did not say ${within} that it began it${how}`;
    case "running":
      return `${whose} gives it to opencode, and no turn began ${within}${how}`;
    default:
      return `opencode has the prompt, and did not begin ${within}${how}`;
  }
}
