import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Spec, Validation } from "@cyclonedx/cyclonedx-library";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addonParts, addonSources, driverPurl, gccPart } from "../release/addon-parts.ts";
import { sqliteDefines } from "../release/addon.ts";
import { bundledParts } from "../release/bundled.ts";
import { glibcFloor, highest, isNewer } from "../release/glibc-floor.ts";
import { lockedIn } from "../release/node-runtime.ts";
import { hashesOf, npmPart } from "../release/npm-part.ts";
import type { Part } from "../release/part.ts";
import { sbom } from "../release/sbom.ts";

const ROOT = path.dirname(path.dirname(import.meta.dirname));
const HASHES = hashesOf(readFileSync(path.join(ROOT, "pnpm-lock.yaml"), "utf8"));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "hal parts "));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** An installed package. */
function installed(name: string, manifest: object, files: Readonly<Record<string, string>> = {}): string {
  const own = path.join(folder, "node_modules", name);
  mkdirSync(own, { recursive: true });
  writeFileSync(
    path.join(own, "package.json"),
    JSON.stringify({ name, version: "1.0.0", license: "MIT", ...manifest }),
  );
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(own, file), text);
  return own;
}

describe("an npm package in an artefact", () => {
  it("brings the files that its licence asks to hand on", () => {
    const notices = { "LICENCE.md": "do", "NOTICE.txt": "say", COPYING: "copy", "license-of-logo": "draw" };
    const part = npmPart(installed("@its/own", { version: "2.0.0" }, { ...notices, "README.md": "read" }), {
      hashes: HASHES,
    });
    expect(part.notices).toEqual(notices);
    expect(part.purl).toBe("pkg:npm/%40its/own@2.0.0");
  });

  it("brings the words of the licence that it names where it has no file of it", () => {
    const part = npmPart(installed("bare", { license: "Apache-2.0", author: { name: "Somebody" } }), {
      hashes: HASHES,
    });
    expect(part.notices["LICENSE"]).toMatch(
      /^bare 1\.0\.0 brings no file.*Apache-2\.0, by Somebody\.\n[^]*Apache License/,
    );
  });

  it.each([{ license: "Its-Own" }, { license: undefined }, { license: "(MIT OR GPL-3.0)" }])(
    "is refused where nobody can say what to hand on: %o",
    (manifest) => {
      expect(() => npmPart(installed("odd", manifest), { hashes: HASHES })).toThrow(/Its-Own|licence|written out/);
    },
  );
});

describe("a bundle", () => {
  it("is made of the packages of its modules, each once, with who uses which", () => {
    for (const name of ["one", "two", "tool", "unused"]) installed(name, { name }, { LICENSE: "" });
    installed("two/node_modules/one", { name: "one" }, { LICENSE: "" });
    const at = (file: string) => path.join(folder, "node_modules", file);
    const modules = [
      {
        id: path.join(folder, "src", "main.ts"),
        imports: [at("one/a.js"), at("unused/a.js"), "node:fs", "\0rolldown/runtime.js"],
      },
      { id: at("one/a.js"), imports: [at("one/b.js"), at("two/a.js")] },
      { id: at("one/b.js"), imports: [] },
      { id: at("two/a.js"), imports: [at("two/node_modules/one/a.js")] },
      { id: at("two/node_modules/one/a.js"), imports: [] },
      { id: "\0rolldown/runtime.js", imports: [] },
    ];
    const { parts, used } = bundledParts(modules, {
      hashes: HASHES,
      bundler: path.join(folder, "node_modules", "tool"),
    });
    const uses = Object.fromEntries(parts.map((part) => [part.purl, part.uses]));
    expect(uses).toEqual({
      "pkg:npm/one@1.0.0": ["pkg:npm/two@1.0.0"],
      "pkg:npm/tool@1.0.0": [],
      "pkg:npm/two@1.0.0": ["pkg:npm/one@1.0.0"],
    });
    expect(used).toEqual(["pkg:npm/one@1.0.0", "pkg:npm/tool@1.0.0"]);
  });
});

describe("a bill of materials", () => {
  const gcc = gccPart("10.2.1", "a notice");
  const parts = addonParts(ROOT, { hashes: HASHES, gcc });
  const described = {
    name: "hal-agent",
    version: "1.2.3",
    platform: "linux-x64",
    epoch: 1_700_000_000,
    used: [driverPurl(ROOT)],
  };

  it("is one by the words of CycloneDX, and names what the add-on is made of", async () => {
    const text = sbom({ ...described, parts });
    expect(await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text)).toBeNull();
    const { components, dependencies } = JSON.parse(text) as {
      components: { name: string; hashes?: { content: string }[] }[];
      dependencies: { ref: string; dependsOn?: string[] }[];
    };
    expect(components.map(({ name }) => name).toSorted()).toEqual([
      "better-sqlite3",
      "gcc-runtime",
      "node-addon-api",
      "sqlite",
    ]);
    expect(components.find(({ name }) => name === "better-sqlite3")?.hashes?.[0]?.content).toMatch(/^[0-9a-f]{128}$/);
    expect(dependencies.find(({ ref }) => ref === driverPurl(ROOT))?.dependsOn).toHaveLength(3);
  });

  it("is the same for the same parts in whichever order", () => {
    expect(sbom({ ...described, parts: parts.toReversed() })).toBe(sbom({ ...described, parts }));
  });

  it("names each part that it says is used", () => {
    const used: Part = { ...gcc, uses: ["pkg:npm/elsewhere@1.0.0"] };
    expect(() => sbom({ ...described, used: [], parts: [used] })).toThrow(/elsewhere@1\.0\.0 is used and is no part/);
  });
});

it("knows the hash of each locked package", () => {
  expect(HASHES.size).toBeGreaterThan(300);
  expect([...HASHES.values()].filter((hash) => !/^[0-9a-f]{128}$/.test(hash))).toEqual([]);
});

describe("the oldest glibc that something runs on", () => {
  it("is the newest that a symbol of it asks for", () => {
    const names = "\0GLIBC_2.2.5\0GLIBC_2.14\0GLIBCXX_3.4.29\0GLIBC_PRIVATE\0GLIBC_2.9\0 GLIBC_2.40 \0";
    expect(glibcFloor(Buffer.from(`\u007FELF${names}`, "latin1"))).toBe("2.14");
  });

  it("is read from the add-on that better-sqlite3 brings", () => {
    const file = path.join(addonSources(ROOT).driver, "prebuilds", "linux-x64.node");
    expect(isNewer(glibcFloor(readFileSync(file)), "2.28")).toBe(true);
  });

  it("is unknown of what is no such binary", () => {
    expect(() => glibcFloor(Buffer.from("#!/bin/sh"))).toThrow(/no binary/);
  });

  it.each([
    [["2.9", "2.28", "2.3"], "2.28"],
    [["3.0", "2.99"], "3.0"],
  ])("is compared by its numbers: of %o, %s", (versions, expected) => {
    expect(highest(versions)).toBe(expected);
  });
});

it("compiles SQLite as better-sqlite3 does", () => {
  const gypi = readFileSync(path.join(realpathSync(addonSources(ROOT).driver), "deps", "defines.gypi"), "utf8");
  const defines = sqliteDefines(gypi).split(" ");
  expect(defines).toContain("-DSQLITE_DEFAULT_CACHE_SIZE=-16000");
  expect(defines).toContain("-DSQLITE_ENABLE_FTS5");
  expect(defines).toHaveLength(gypi.match(/^ {4}'/gm)?.length ?? 0);
});

it("takes the Node of each platform as it is locked", () => {
  const lock = readFileSync(path.join(ROOT, "tools", "toolchain", "node", "package-lock.json"), "utf8");
  for (const platform of ["linux-x64", "linux-arm64"])
    expect(lockedIn(lock, `node-${platform}`).integrity).toMatch(/^sha512-/);
  expect(() => lockedIn(lock, "node-linux-riscv64")).toThrow("tools/toolchain/node locks no node-linux-riscv64");
});
