import { writeFileSync } from "node:fs";
import path from "node:path";
import type { ThreadProfile } from "./harness/profiling.ts";
import { machine } from "./report.ts";

/** So many functions of each thread are listed. */
const LISTED = 12;

/** What the threads of a benchmark's supervisors did. */
export interface Profiled {
  readonly benchmark: string;
  readonly threads: readonly ThreadProfile[];
}

/** Writes PROFILE.md: where the time of the supervisor's threads went in each benchmark. */
export function writeProfiles(profiled: readonly Profiled[]): void {
  const sections = profiled.flatMap(({ benchmark, threads }) => [
    `## ${benchmark}`,
    "",
    ...threads.flatMap((thread) => section(thread)),
  ]);
  writeFileSync(
    path.join(import.meta.dirname, "PROFILE.md"),
    [
      "# Where the supervisor's time goes",
      "",
      "Written by `npm run bench -- --profile NAME…`. A function's own time, in percent of the time in which its thread was not idle, from its",
      "start to its end. What waits for the disk counts as busy: `sqliteTransaction` of better-sqlite3 is mostly the commit with its `fsync`.",
      "",
      ...machine().map((line) => `- ${line}`),
      "",
      ...sections,
    ].join("\n"),
  );
}

function section({ thread, wholeMs, busyMs, functions }: ThreadProfile): string[] {
  const seconds = (ms: number): string => (ms / 1000).toFixed(1);
  return [
    `### ${thread}: busy for ${seconds(busyMs)} of ${seconds(wholeMs)} s`,
    "",
    "| Own time | Function | Of |",
    "|---|---|---|",
    ...functions
      .slice(0, LISTED)
      .map(({ name, origin, ms }) => `| ${((100 * ms) / busyMs).toFixed(1)} % | \`${name}\` | ${origin} |`),
    "",
  ];
}
