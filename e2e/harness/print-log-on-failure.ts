import { afterEach } from "vitest";

const SHOWN = 12_000;

/** Prints the end of what each program wrote, if a test fails. */
export function printLogOnFailure(stage: () => { readonly logs: readonly string[] } | undefined): void {
  afterEach(({ task }) => {
    if (task.result?.state !== "fail") return;
    for (const log of stage()?.logs ?? []) console.log(log.slice(-SHOWN));
  });
}
