import type { Kernel } from "../../kernel.ts";
import type { Audit } from "./audit.ts";

/** What the audit may use, and itself. */
export interface Context extends Kernel {
  readonly audit: Audit;
}
