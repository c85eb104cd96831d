import { DISK_FAULTS } from "./disks.ts";
import type { Fault } from "./fault.ts";
import { FREEZES } from "./freezes.ts";
import { KILLS } from "./kills.ts";
import { LINK_FAULTS } from "./links.ts";
import { MEMORY_FAULTS } from "./memories.ts";

/** Everything that can go wrong. */
export const FAULTS: readonly Fault[] = [...KILLS, ...FREEZES, ...LINK_FAULTS, ...DISK_FAULTS, ...MEMORY_FAULTS];
