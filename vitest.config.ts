import { defineConfig } from "vitest/config";
import LongestFirstSequencer from "./tools/longest-first-sequencer.ts";

// Workspace packages are tested from their sources. Only the end-to-end tests run what is built.
const conditions = ["@hal/source", "module", "node", "development|production"];

/** More than there are cores: what tests do most is wait, for sockets, timers and other processes. */
const UNIT_WORKERS = 8;
/** An opencode takes up to a gigabyte of memory, and while it starts, a core. */
const STORY_WORKERS = 3;
/** Stories that take the whole machine, or build what the others run. */
const ALONE = ["bench", "hostile", "quick-start"].map((name) => `e2e/${name}.story.test.ts`);
const story = {
  globalSetup: ["./tools/e2e-setup.ts"],
  // how long a loaded machine may take, not how long anything should
  testTimeout: 300_000,
  hookTimeout: 300_000,
};

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@hal/source", "node"] } },
  test: {
    sequence: { sequencer: LongestFirstSequencer },
    reporters: ["default", "./tools/closing-line-reporter.ts"],
    projects: [
      {
        // One process runs many files: loading drizzle-orm anew for each file costs more than half a
        // second apiece. A test that changes what others share (process.env, fake timers it does not put
        // back, module state) is named *.isolated.test.ts.
        extends: true,
        test: {
          name: "unit",
          isolate: false,
          maxWorkers: UNIT_WORKERS,
          include: [
            "{packages,apps}/*/test/**/*.test.ts",
            "{e2e/{harness,chaos,fuzz},tools/test,deploy/test}/*.test.ts",
          ],
          exclude: ["**/*.isolated.test.ts", "**/*.story.test.ts"],
          // how long a loaded machine may take, not how long anything should
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: "isolated",
          // a thread that a test starts finds the sources, too
          execArgv: ["--conditions=@hal/source"],
          maxWorkers: UNIT_WORKERS,
          include: ["{packages,apps}/*/test/**/*.isolated.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
      {
        // Stories over the built executables and a real opencode, after the others.
        extends: true,
        test: {
          ...story,
          name: "e2e",
          include: ["e2e/**/*.story.test.ts"],
          exclude: ALONE,
          maxWorkers: STORY_WORKERS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { ...story, name: "e2e-alone", include: ALONE, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
  },
});
