import type { Kernel } from "../../kernel.ts";
import { capability } from "../capability.ts";
import { costHandlers } from "./operations.ts";

/** What was spent. */
export const ledger = capability<Kernel>()({ name: "ledger", handlers: costHandlers });
