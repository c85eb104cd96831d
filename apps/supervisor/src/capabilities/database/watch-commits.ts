import { describeStorageProblem, type SupervisorStore } from "@hal/store/supervisor";
import type { Context } from "./context.ts";

/** Observes of each commit whether the database took it; returns how to stop. */
export function watchCommits(
  { writer }: SupervisorStore,
  { metrics, storage, log }: Pick<Context, "metrics" | "storage" | "log">,
): () => void {
  return writer.listen((end) => {
    if (end.kind === "failed") metrics.commitFailed();
    const change = storage.observe(end.kind === "failed" ? describe(end.problem) : undefined);
    if (change === "failed") log.error({ problem: storage.problem }, "the database does not take writes");
    if (change === "recovered") log.info("the database takes writes again");
  });
}

function describe({ code, message }: { readonly code: string | undefined; readonly message: string }): string {
  return code === undefined ? message : describeStorageProblem(code);
}
