import type { Logger } from "@hal/daemon";
import type { Timer } from "./capabilities/capability.ts";

/** Starts all that is done again and again; what it returns ends it, when what is being done is done. */
export function startTimers(timers: readonly Timer[], log: Logger): AsyncDisposable {
  let working = Promise.resolve();
  const run = (name: string, work: () => Promise<void>): void => {
    working = working.then(work).catch((error: unknown) => log.error({ error }, `${name} failed`));
  };
  const running = timers.map((timer) =>
    setInterval("beat" in timer ? timer.beat : () => run(timer.name, timer.work), timer.everyMs),
  );
  return {
    async [Symbol.asyncDispose]() {
      for (const timer of running) clearInterval(timer);
      await working;
    },
  };
}
