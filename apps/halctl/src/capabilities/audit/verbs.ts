import { verb } from "../../grammar/verb.ts";

/** Who did what. */
export const AUDIT = verb("audit.list", {
  name: "audit",
  // the newest is at the bottom, where a person looks
  summary: "who did what, or was refused, newest last",
  load: async () => (await import("./audit.ts")).showAudit,
});
