import { askStatuses } from "../../sessions/compare/ask-statuses.ts";
import type { Handler } from "./index.ts";

/** What opencode itself says of its sessions, beside what was told of it, and where it cannot say anything. */
export const nodeStatus: Handler<"node.status"> = async (context) => {
  const working: Record<string, unknown> = {};
  const failing: { directory: string; reason: string }[] = [];
  for await (const answer of askStatuses(context))
    if (answer.ok) Object.assign(working, answer.value);
    else failing.push({ directory: answer.directory, reason: answer.reason });
  const { opencode, book } = context;
  const credentials = [...opencode.credentials()];
  return { opencode: opencode.report(), told: book.counts(), working, failing, credentials };
};
