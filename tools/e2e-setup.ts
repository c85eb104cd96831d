// Before the end-to-end tests: what they start is what would be shipped, so it is built, and an opencode is
// there. A test gets its path with `inject("opencode")`.
import type { TestProject } from "vitest/node";
import { build } from "./build.mjs";
import { ensureOpencode } from "./opencode.mjs";

declare module "vitest" {
  interface ProvidedContext {
    opencode: string;
  }
}

export default async function setup(project: TestProject): Promise<void> {
  build();
  project.provide("opencode", await ensureOpencode());
}
