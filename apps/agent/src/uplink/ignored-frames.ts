import type { Logger } from "@hal/daemon";

/** Says of each kind of frame that is ignored once, and counts the others. */
export function ignoredFrames(log: Logger): (problem: string) => void {
  const counts = new Map<string, number>();
  return (problem) => {
    const count = (counts.get(problem) ?? 0) + 1;
    counts.set(problem, count);
    log[count === 1 ? "info" : "debug"]({ problem, count }, "a frame of the supervisor was ignored");
  };
}
