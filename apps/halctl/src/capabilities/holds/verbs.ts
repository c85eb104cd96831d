import { asks } from "../../grammar/verb.ts";
import type { CommandGroup } from "../../grammar/spec.ts";

/** What may not begin. */
export const HOLDS: CommandGroup = {
  noun: "holds",
  summary: "what stop --all holds: nothing begins there until it is released",
  verbs: [asks("holds.list", { page: async () => (await import("./pages.ts")).holdsPage })],
};

/** The way back from stop --all. */
export const RELEASE = asks("holds.release", {
  name: "release",
  page: async () => (await import("./pages.ts")).releasedPage,
});
