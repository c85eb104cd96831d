import { type CommandSpec, WATCH } from "../../grammar/spec.ts";
import { verb } from "../../grammar/verb.ts";

/** Everything at a glance. */
export const STATUS = verb("status.get", {
  name: "status",
  options: WATCH,
  load: async () => (await import("./status.ts")).showStatus,
});

export const VERSION: CommandSpec = {
  command: "version",
  summary: "versions of halctl and of the supervisor",
  loadLocal: async () => (await import("./version.ts")).showVersion,
};
