import { described, strictSection } from "@hal/daemon";
import * as v from "valibot";
import { PositiveInteger, Switch } from "../../setting-values.ts";

/** Who did what: whether that is kept, and for how long. */
export const AuditSection = strictSection({
  enabled: v.optional(
    described(
      Switch,
      "who did what, and who was refused: `halctl audit`, table `audit_logs`; never a prompt, an answer or a secret",
    ),
    true,
  ),
  retention_days: v.optional(described(PositiveInteger, "older rows are deleted"), 90),
});
