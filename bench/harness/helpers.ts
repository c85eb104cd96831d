import type { BenchmarkOptions } from "../benchmark.ts";
import type { BareProgram } from "../load/bare-program.ts";
import type { BareServer } from "../load/bare-server.ts";
import type { Crowd } from "../load/crowd.ts";
import type { Fleet } from "../load/fleet.ts";
import type { PlatformDoubles } from "../load/platforms.ts";
import { HelperProcess } from "./helper-process.ts";

/** Starts a process that plays many agents. */
export function startFleet({ closers }: Pick<BenchmarkOptions, "closers">): Fleet {
  return closers.use("fleet", new HelperProcess(new URL("../load/fleet.ts", import.meta.url)));
}

/** Starts a bare WebSocket server in a process of its own. */
export function startBareServer({ closers }: Pick<BenchmarkOptions, "closers">): BareServer {
  return closers.use("bare server", new HelperProcess(new URL("../load/bare-server.ts", import.meta.url)));
}

/** Starts a process that plays many who follow the event log. */
export function startCrowd({ closers }: Pick<BenchmarkOptions, "closers">): Crowd {
  return closers.use("crowd", new HelperProcess(new URL("../load/crowd.ts", import.meta.url)));
}

/** Starts a process that plays Slack and Discord. */
export function startPlatforms({ closers }: Pick<BenchmarkOptions, "closers">): PlatformDoubles {
  return closers.use("platforms", new HelperProcess(new URL("../load/platforms.ts", import.meta.url)));
}

/** Starts a program that does nothing. */
export function startBareProgram({ closers }: Pick<BenchmarkOptions, "closers">): BareProgram {
  return closers.use("bare program", new HelperProcess(new URL("../load/bare-program.ts", import.meta.url)));
}
