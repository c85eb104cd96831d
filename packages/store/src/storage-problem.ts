/** Whether the database failed, not what was asked of it. */
export function isStorageProblem(error: unknown): error is { readonly code: string } {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" && code.startsWith("SQLITE_") && !code.startsWith("SQLITE_CONSTRAINT");
}

/** What a person reads about a database that does not take writes, by SQLite's code. */
export function describeStorageProblem(code: string): string {
  if (code === "SQLITE_FULL") return "the database's disk is full; free some space, and it goes on by itself";
  if (code.startsWith("SQLITE_READONLY"))
    return "the database is read-only; check the mount, the owner and the mode of its file and directory";
  if (code.startsWith("SQLITE_IOERR")) return `the database's disk fails (${code}); check it, and the space on it`;
  if (code.startsWith("SQLITE_CORRUPT") || code === "SQLITE_NOTADB")
    return `the database is damaged (${code}); stop the program and restore a backup`;
  return `the database does not take writes (${code})`;
}
