import * as v from "valibot";
import { contentHash } from "../../sessions/domain/messages/content-hash.ts";
import { progressOf } from "./progress.ts";

const Memory = v.object({
  state: v.picklist(["completed", "open", "unsaid"]),
  /** since when it was seen to be so */
  since: v.pipe(v.number(), v.safeInteger()),
  /** the content that said last that the task is completed; null where something else was said since */
  hash: v.nullable(v.string()),
  /** whether it was told that the task is completed, and not taken back */
  stands: v.boolean(),
});

/** What is remembered of the progress file of a project, so that it is told once what changes in it. */
export type ProgressMemory = v.InferOutput<typeof Memory>;

/** What was kept of it; undefined where it cannot be read, so that the next look is the first one. */
export function readProgressMemory(kept: unknown): ProgressMemory | undefined {
  const read = v.safeParse(Memory, kept);
  return read.success ? read.output : undefined;
}

/** What changed: the key is one for each time that it did. */
export type ProgressNews =
  | { readonly type: "task.completed"; readonly key: string; readonly title: string | undefined }
  | { readonly type: "task.reopened"; readonly key: string };

/**
 * What a look at a progress file comes to; `text` is undefined where there is none that can be read.
 *
 * What holds here:
 *
 * - M1 What stood there at the first look is not told: nobody knows when that came about.
 * - M2 That the task is completed is told once for each time that the file begins to say so. One that is gone for a while and comes
 *   back as it was says nothing new.
 * - M3 It is taken back once, where it was told and the file says something else. A file that says nothing of it takes nothing back.
 *
 * Pure.
 */
export function lookAtProgress(
  before: ProgressMemory | undefined,
  text: string | undefined,
  now: number,
): { readonly memory: ProgressMemory; readonly news: ProgressNews | undefined } {
  const seen = text === undefined ? ({ state: "unsaid" } as const) : progressOf(text);
  const hash = seen.state === "completed" ? contentHash(text ?? "") : null;
  if (before === undefined) return { memory: { state: seen.state, since: now, hash, stands: false }, news: undefined }; // M1
  const since = seen.state === before.state ? before.since : now;
  const key = String(before.since);
  switch (seen.state) {
    case "unsaid":
      return { memory: { ...before, state: "unsaid", since }, news: undefined };
    case "open":
      return {
        memory: { state: "open", since, hash: null, stands: false },
        news: before.stands ? { type: "task.reopened", key } : undefined, // M3
      };
    case "completed": {
      const isKnown = before.state === "completed" || before.hash === hash;
      if (isKnown) return { memory: { ...before, state: "completed", since, hash }, news: undefined };
      const { title } = seen;
      return {
        memory: { state: "completed", since, hash, stands: true },
        news: { type: "task.completed", key, title },
      }; // M2
    }
    default:
      return seen satisfies never;
  }
}
