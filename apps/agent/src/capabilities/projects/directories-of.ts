import type { Context } from "../../context.ts";

/** Where sessions may be, by real path: the projects, and directories below them that somebody used in opencode itself. */
export function directoriesOf({ book, places, projects }: Context): Set<string> {
  const used = [...book.all()].filter(
    ({ managed, status, tellsAgain }) => managed && (status !== "ended" || tellsAgain),
  );
  return new Set(
    [
      ...projects()
        .filter(({ state }) => state === "ready")
        .map(({ directory }) => directory),
      ...used.flatMap(({ saved }) => saved.directory ?? []),
    ].map((directory) => places.real(directory)),
  );
}
