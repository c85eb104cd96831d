import type { BackEnd } from "../../../back-end.ts";
import type { Context } from "../../../context.ts";
import type { SourceStatus } from "../../../domain/source-fact.ts";
import { directoriesOf } from "../../projects/directories-of.ts";
import type { DirectoryAnswer, DirectoryQuestion } from "../../projects/per-directory.ts";

/** What is asked, in a word. */
export const STATUSES = "statuses";

type Statuses = Readonly<Record<string, SourceStatus>>;

/** What opencode says is not idle, of each directory that may have sessions: of those that it fails at nothing is known. */
export function askStatuses(context: Context): AsyncGenerator<DirectoryAnswer<Statuses>, void, void> {
  const api = context.opencode.api();
  return context.directories.ask(api, directoriesOf(context), statusesOf(api));
}

/** The question what one opencode says is not idle in a directory. */
export function statusesOf(api: BackEnd): DirectoryQuestion<Statuses> {
  return { about: STATUSES, ask: (directory, signal) => api.statuses(directory, signal) };
}
