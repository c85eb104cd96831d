import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as v from "valibot";

const ServerRecord = v.object({
  pid: v.number(),
  startTime: v.string(),
  /** of the machine: process ids begin again with each */
  bootId: v.string(),
  /** names this run of the server; everything that it starts inherits it in RUN_VARIABLE */
  run: v.string(),
  port: v.number(),
  password: v.string(),
  /** hash of what it was started with */
  setup: v.string(),
});

/** How the agent finds its own opencode again after a crash of its own; a file that only the agent may read. */
export type ServerRecord = v.InferOutput<typeof ServerRecord>;

export function readRecord(file: string): ServerRecord | undefined {
  try {
    const parsed = v.safeParse(ServerRecord, JSON.parse(readFileSync(file, "utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined; // none was written, or it was cut off: there is nothing to adopt
  }
}

export function writeRecord(file: string, record: ServerRecord): void {
  writeFileSync(`${file}.new`, JSON.stringify(record), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeRecord(file: string): void {
  rmSync(file, { force: true });
}
