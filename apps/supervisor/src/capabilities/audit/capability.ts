import type { Kernel } from "../../kernel.ts";
import { capability } from "../capability.ts";
import { Audit } from "./audit.ts";
import type { Context } from "./context.ts";
import { auditHandlers } from "./operations.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Who did what, and who was refused. */
export const audit = capability<Kernel, Context>()({
  name: "audit",
  open({ store, clock, log, metrics }, { config, closers }) {
    const kept = new Audit(store, {
      clock,
      log,
      isEnabled: config.security.audit.enabled,
      onRefused: (action) => metrics.refused(action),
    });
    closers.add("entries of the audit", () => kept.settled());
    return { audit: kept };
  },
  handlers: auditHandlers,
  timers: ({ audit: kept }, { used, oftenMs }) => [
    { name: "writing counted refusals", everyMs: oftenMs, beat: () => kept.writeCounted() },
    {
      name: "pruning the audit",
      everyMs: HOUR_MS,
      work: () => kept.prune(used().security.audit.retention_days * DAY_MS),
    },
  ],
  liveKeys: ["security.audit.enabled", "security.audit.retention_days"],
  reload: ({ audit: kept }, { next }) => {
    kept.isEnabled = next.security.audit.enabled;
  },
  beforeLinksEnd: ({ audit: kept }) => kept.writeAll(),
});
