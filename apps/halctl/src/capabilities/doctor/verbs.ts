import type { CommandSpec } from "../../grammar/spec.ts";

/** Everything between this terminal and the agents, looked over. */
export const DOCTOR: CommandSpec = {
  command: "doctor",
  summary: "diagnose problems between here and the agents, with fixes",
  loadLocal: async () => (await import("./doctor.ts")).runDoctor,
};
