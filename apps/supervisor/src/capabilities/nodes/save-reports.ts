import { recordReports } from "@hal/store/supervisor";
import type { Context } from "./context.ts";

/** Saves what connected nodes reported last, for the time when they are away. */
export async function saveReports(context: Context): Promise<void> {
  const reports = [...context.links.all()].map(({ nodeId, report }) => ({
    nodeId,
    at: report.at,
    opencode: report.opencode,
    resources: report.resources,
  }));
  if (reports.length > 0) await recordReports(context.store, reports);
}
