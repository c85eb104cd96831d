import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

it("what CONTRIBUTING sends somebody to is there", () => {
  const page = readFileSync(new URL("../../CONTRIBUTING.md", import.meta.url), "utf8");
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    cwd: ROOT,
    encoding: "utf8",
  }).split("\n");
  // `packages/…` and the like, whole or with a noun left open; of a test the name of its file
  const named = [...page.matchAll(/`((?:packages|apps|docs|e2e|tools)\/[\w./<>-]+|[\w-]+\.test\.ts)`/g)].map(
    ([, path]) => path as string,
  );
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter((path) => {
    const pattern = new RegExp(`(^|/)${path.replaceAll(".", "\\.").replaceAll("<noun>", "[\\w-]+")}`);
    return !files.some((file) => pattern.test(file));
  });
  expect(missing).toEqual([]);
});
