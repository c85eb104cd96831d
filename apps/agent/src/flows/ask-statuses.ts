import type { Context } from "../context.ts";
import type { OpencodeStatus } from "../domain/turn.ts";
import { directoriesOf } from "./directories-of.ts";
import type { DirectoryAnswer } from "./per-directory.ts";

/** What opencode says is not idle, of each directory that may have sessions: of those that it fails at nothing is known. */
export function askStatuses(
  context: Context,
): AsyncGenerator<DirectoryAnswer<Readonly<Record<string, OpencodeStatus>>>, void, void> {
  const api = context.opencode.api();
  return context.directories.ask(api, directoriesOf(context), {
    about: "statuses",
    ask: (directory, signal) => api.statuses(directory, signal),
  });
}
