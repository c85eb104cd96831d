import { collectGarbage } from "../harness/collect-garbage.mjs";
import { type HelperProcess, serveBench } from "../harness/helper-process.ts";

/** A program that does nothing, and may load what the supervisor loads for people on platforms. */
const methods = {
  async loadPlatforms(): Promise<void> {
    await Promise.all([import("@slack/web-api"), import("@slack/bolt"), import("discord.js"), import("@discordjs/ws")]);
  },
  /** What its heap holds, in bytes, when there is no garbage in it. */
  collectGarbage(): number {
    collectGarbage();
    return process.memoryUsage().heapUsed;
  },
};

export type BareProgram = HelperProcess<typeof methods>;

serveBench(methods);
