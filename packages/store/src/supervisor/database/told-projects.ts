import { existsSync, readFileSync, statSync } from "node:fs";
import { ProjectReport } from "@hal/protocol";
import Database from "better-sqlite3";
import * as v from "valibot";
import { readJson } from "../json-column.ts";

/** A file that is larger is not read only to be looked at. */
const MOST_BYTES = 256 * 1024 * 1024;

/** Where the header of a file says that it has a log beside it; 1 is that it has none. */
const HAS_LOG = [18, 19] as const;

/**
 * The projects that nodes have told of, by the database in a file, which is not touched: no file is made beside it. Undefined where
 * that cannot be known, such as where there is no database yet, or no node has told of any.
 */
export function toldProjects(file: string): string[] | undefined {
  try {
    const driver = openUntouched(file);
    if (driver === undefined) return undefined;
    try {
      const rows = driver.prepare<[], { projects: string }>("select projects from nodes").all();
      const names = rows.flatMap(({ projects }) => namesIn(readJson(projects)));
      return names.length === 0 ? undefined : [...new Set(names)].toSorted();
    } finally {
      driver.close();
    }
  } catch {
    return undefined; // there is none, it is not ours to read, or it is damaged, of which the start says more
  }
}

function openUntouched(file: string): Database.Database | undefined {
  // with its log beside it nothing has to be made to read both; without it the file is all there is
  if (existsSync(`${file}-wal`) && existsSync(`${file}-shm`)) return new Database(file, { readonly: true });
  if (existsSync(`${file}-wal`) || statSync(file).size > MOST_BYTES) return undefined;
  const bytes = readFileSync(file);
  for (const place of HAS_LOG) bytes[place] = 1;
  return new Database(bytes);
}

function namesIn(projects: unknown): string[] {
  const read = v.safeParse(v.array(ProjectReport), projects);
  return read.success ? read.output.map(({ name }) => name) : [];
}
