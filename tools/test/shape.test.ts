import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const ROOT = path.dirname(path.dirname(path.dirname(fileURLToPath(import.meta.url))));

/** A folder above this share of its app is a hall: nobody finds anything in it. */
const MOST_SHARE = 0.12;

/** The lines of an app's production files, by the folder that each lies in directly. */
function linesByFolder(app: string): Map<string, number> {
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", `apps/${app}/src`], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const lines = new Map<string, number>();
  for (const file of listed.split("\n").filter((name) => name.endsWith(".ts"))) {
    const folder = path.dirname(file);
    lines.set(folder, (lines.get(folder) ?? 0) + readFileSync(path.join(ROOT, file), "utf8").split("\n").length - 1);
  }
  return lines;
}

describe("the folders of an app", () => {
  it.each(["supervisor", "agent", "halctl"])(
    "hold no more than 12 % of %s each, so that each has a name that means it",
    (app) => {
      const lines = linesByFolder(app);
      const all = [...lines.values()].reduce((sum, count) => sum + count, 0);
      expect(all).toBeGreaterThan(1_000);
      const halls = [...lines].filter(([, count]) => count > MOST_SHARE * all).map(([folder]) => folder);
      expect(halls).toEqual([]);
    },
  );
});
