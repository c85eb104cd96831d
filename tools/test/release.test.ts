import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hooks } from "../../.pnpmfile.mjs";
import { problemsOf } from "../rehearse/check-installed.mjs";
import { extremesOf } from "../rehearse/node-versions.mjs";

const ROOT = path.dirname(path.dirname(import.meta.dirname));
const read = (file: string): string => readFileSync(path.join(ROOT, file), "utf8");

describe("a packed manifest", () => {
  it("says what its user needs, and nothing of how the package is made", () => {
    const made = { name: "x", scripts: { build: "tsc" }, dependencies: { a: "1" }, devDependencies: { b: "2" } };
    expect(hooks.beforePacking(made)).toEqual({ name: "x", dependencies: { a: "1" } });
  });
});

describe("what is looked for in an installed package", () => {
  let folder: string;
  const put = (file: string, text: string): void => {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  };
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "hal installed "));
    put(
      "package.json",
      JSON.stringify({ bin: { x: "./dist/bin/x.js" }, exports: { "./package.json": "./package.json" } }),
    );
    put("README.md", "# x");
    put("LICENSE", "MIT");
    put("dist/bin/x.js", "// from ajv, @who/one\nlet a;");
    put("dist/THIRD-PARTY-NOTICES", "\n@who/one 1.0.0 (MIT)\n\najv 8.0.0 (MIT)\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is all there in a good one", () => {
    expect(problemsOf(folder)).toEqual([]);
  });

  it.each([
    ["a source map of a bundle", "dist/bin/x.js.map", "{}", "it has dist/bin/x.js.map"],
    ["what only migrations are made from", "migrations/a/meta/0001_snapshot.json", "{}", "it has migrations/"],
    ["a manifest with a private package", "package.json", '{"dependencies":{"@hal/words":"1"}}', "says @hal/words"],
    ["a range of the workspace", "package.json", '{"dependencies":{"a":"catalog:"}}', "says catalog:"],
    ["what is only needed to make it", "package.json", '{"devDependencies":{}}', "has devDependencies"],
    ["a file that is not there", "package.json", '{"exports":{".":{"types":"./gone.d.ts"}}}', "names ./gone.d.ts"],
    ["a package without a notice", "dist/bin/y.js", "#!/usr/bin/env node\n// from evil\n", "contains evil, and has no"],
  ])("%s is told", (_name, file, text, problem) => {
    put(file, text);
    expect(problemsOf(folder)).toEqual([expect.stringContaining(problem)]);
  });

  it.each(["README.md", "LICENSE"])("a missing %s is told", (file) => {
    rmSync(path.join(folder, file));
    expect(problemsOf(folder)).toEqual([`it has no ${file}`]);
  });
});

it.each([
  ["^22.19.0 || ^24.11.0 || >=26.0.0", "22.19.0"],
  [">=20.19.0", "20.19.0"],
  [">=26.0.0 || ^9.2.0", "9.2.0"],
])("the oldest Node of %s is %s", (range, oldest) => {
  expect(extremesOf(range)[0]).toBe(oldest);
});

describe("the release workflow", () => {
  const workflow = read(".github/workflows/release.yml");

  it("pins every action to a version", () => {
    const used = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action as string);
    expect(used.length).toBeGreaterThan(5);
    for (const action of used) expect(action).toMatch(/^[\w-]+\/[\w-]+@v\d+\.\d+\.\d+$/);
  });

  it("asks npm for what the manifest has", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
    const asked = [...workflow.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name as string);
    expect(asked).toContain("release:publish");
    const isMissing = (name: string): boolean => !(name in scripts);
    // asked for as soon as there is something that makes artefacts
    const later = existsSync(path.join(ROOT, "tools/release/main.ts")) ? [] : ["release:artefacts"];
    expect(asked.filter(isMissing)).toEqual(later);
  });

  it("tests before it publishes, and may write nothing but where it has to", () => {
    const [head = "", rest = ""] = workflow.split("\njobs:\n");
    const jobs = rest.split(/^ {2}(?=[a-z]+:$)/m);
    expect(head).toContain("permissions:\n  contents: read");
    const job = (name: string): string => jobs.find((text) => text.startsWith(`${name}:`)) ?? "";
    expect(job("check")).toContain("bash .ci/run");
    expect(job("check")).not.toContain("write");
    expect(job("packages")).toContain("needs: check");
    expect(job("packages")).toContain("id-token: write");
    expect(job("artefacts")).toContain("needs: packages");
  });
});
