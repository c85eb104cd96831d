import type { Context } from "../context.ts";

/** Where sessions may be: the projects, and directories below them that somebody used in opencode itself. */
export function directoriesOf(context: Context): Set<string> {
  const projects = context.projects().filter(({ state }) => state === "ready");
  const used = [...context.book.all()].filter(({ managed, status }) => managed && status !== "ended");
  return new Set([
    ...projects.map(({ directory }) => directory),
    ...used.flatMap(({ saved }) => saved.directory ?? []),
  ]);
}
