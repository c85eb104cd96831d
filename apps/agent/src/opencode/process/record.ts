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
  /** milliseconds since 1970; an earlier version of the agent did not note it */
  startedAt: v.optional(v.number(), 0),
  /** hash of what it was started with */
  setup: v.string(),
});

const Beginning = v.object({ run: v.string(), bootId: v.string() });

/** How the agent finds its own opencode again after a crash of its own; a file that only the agent may read. */
export type ServerRecord = v.InferOutput<typeof ServerRecord>;

export function readRecord(file: string): ServerRecord | undefined {
  return read(ServerRecord, file);
}

/** A server that was about to be started: it is found by the name of its run alone. */
export function readBeginning(file: string): v.InferOutput<typeof Beginning> | undefined {
  return read(Beginning, file);
}

function read<S extends v.GenericSchema>(schema: S, file: string): v.InferOutput<S> | undefined {
  try {
    const parsed = v.safeParse(schema, JSON.parse(readFileSync(file, "utf8")));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined; // none was written, or it was cut off: there is nothing to find
  }
}

export function writeFile(file: string, content: ServerRecord | v.InferOutput<typeof Beginning>): void {
  writeFileSync(`${file}.new`, JSON.stringify(content), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

export function removeFile(file: string): void {
  rmSync(file, { force: true });
}
