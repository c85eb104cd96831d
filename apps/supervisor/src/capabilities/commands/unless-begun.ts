import type { CommandType, HalError } from "@hal/protocol";
import { type CommandRow, queueUnlessBegun } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { CommandRequest } from "./issue-command.ts";

/**
 * Has a command queued only where none of these types is under way for its session; `refusal` says so of the one that is. Whoever asks at
 * the same moment is refused, too.
 */
export function unlessBegun(
  { store }: Pick<Context, "store">,
  types: readonly CommandType[],
  refusal: (begun: CommandRow) => HalError,
): NonNullable<CommandRequest<CommandType>["queue"]> {
  return async (command, key) => {
    const queued = await queueUnlessBegun(store, command, types, key);
    if (queued.kind === "begun") throw refusal(queued.command);
    return queued;
  };
}
