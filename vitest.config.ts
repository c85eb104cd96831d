import { defineConfig } from "vitest/config";

// Workspace packages are tested from their sources. Only the end-to-end tests run what is built.
const conditions = ["@hal/source", "module", "node", "development|production"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ["@hal/source", "node"] } },
  test: {
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
          include: ["{packages,apps}/*/test/**/*.test.ts"],
          exclude: ["**/*.isolated.test.ts"],
          // how long a loaded machine may take, not how long anything should
          testTimeout: 30_000,
          expect: { poll: { timeout: 10_000 } },
        },
      },
      {
        extends: true,
        test: {
          name: "isolated",
          include: ["{packages,apps}/*/test/**/*.isolated.test.ts"],
          testTimeout: 30_000,
        },
      },
      {
        // Stories over the built executables and a real opencode: one file at a time, after the others.
        extends: true,
        test: {
          name: "e2e",
          include: ["e2e/**/*.story.test.ts"],
          globalSetup: ["./tools/e2e-setup.ts"],
          fileParallelism: false,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
