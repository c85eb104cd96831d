import type { CommandSpec } from "../../grammar/spec.ts";

/** Everything between this terminal and the agents, looked over. */
export const DOCTOR: CommandSpec = {
  command: "doctor",
  summary: "look for what is wrong between here and the agents, and how to mend it",
  loadLocal: async () => (await import("./doctor.ts")).runDoctor,
};
