import type { Handler } from "./index.ts";

/** What opencode itself says of its sessions, beside what was told of it. */
export const nodeStatus: Handler<"node.status"> = async (context) => {
  const working: Record<string, unknown> = {};
  for (const { state, directory } of context.projects())
    if (state === "ready") Object.assign(working, await context.opencode.api().statuses(directory));
  const { opencode, book } = context;
  return { opencode: opencode.report(), told: book.counts(), working, credentials: [...opencode.credentials()] };
};
