import type { Kernel } from "../../kernel.ts";
import type { StorageHealth } from "./domain/storage-health.ts";
import type { DatabaseMaintenance } from "./maintenance.ts";

/** What looking after the database may use, and who does it. */
export interface Context extends Kernel {
  readonly storage: StorageHealth;
  readonly maintenance: DatabaseMaintenance;
}
