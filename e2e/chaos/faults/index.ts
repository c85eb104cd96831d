import { DISK_FAULTS } from "./disks.ts";
import type { Fault } from "./fault.ts";
import { FREEZES } from "./freezes.ts";
import { IDENTITY_FAULTS } from "./identities.ts";
import { KILLS } from "./kills.ts";
import { LINK_FAULTS } from "./links.ts";
import { MEMORY_FAULTS } from "./memories.ts";
import { PROJECT_FAULTS } from "./projects.ts";
import { STOP_FAULTS } from "./stops.ts";

/** Everything that can go wrong. */
export const FAULTS: readonly Fault[] = [
  ...KILLS,
  ...FREEZES,
  ...LINK_FAULTS,
  ...DISK_FAULTS,
  ...MEMORY_FAULTS,
  ...PROJECT_FAULTS,
  ...STOP_FAULTS,
  ...IDENTITY_FAULTS,
];

/** The fault of that name. */
export function faultOf(name: string): Fault {
  const fault = FAULTS.find((one) => one.name === name);
  if (fault === undefined)
    throw new Error(`no fault is called "${name}"; there are ${FAULTS.map((one) => one.name).join(", ")}`);
  return fault;
}
