import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checksums, pack, sha256 } from "../release/archive.ts";
import { bundleApp } from "../release/bundle-app.ts";
import { filesBelow } from "../release/files-below.ts";

const ROOT = path.dirname(path.dirname(import.meta.dirname));
const isGnuTar = spawnSync("tar", ["--version"], { encoding: "utf8" }).stdout?.includes("GNU tar") ?? false;

let work: string;
beforeEach(() => {
  work = mkdtempSync(path.join(tmpdir(), "hal archive "));
});
afterEach(() => rmSync(work, { recursive: true }));

describe.skipIf(!isGnuTar)(`an archive${isGnuTar ? "" : " (skipped: tar is not GNU tar here)"}`, () => {
  it("has the same bytes wherever, whenever and by whomever it is packed", () => {
    const files = { "b/two": "2", a: "1", B: "3", "b/one": "4" };
    for (const [place, names] of [
      ["here", Object.keys(files)],
      ["there", Object.keys(files).toReversed()],
    ] as const) {
      for (const name of names) {
        const file = path.join(work, place, "it-1.0.0", name);
        mkdirSync(path.dirname(file), { recursive: true });
        writeFileSync(file, files[name as keyof typeof files]);
        chmodSync(file, place === "here" ? 0o640 : 0o664);
        utimesSync(file, 1, place === "here" ? 1000 : 2000);
      }
      chmodSync(path.join(work, place, "it-1.0.0", "b", "one"), place === "here" ? 0o755 : 0o700);
      pack(path.join(work, place, "it-1.0.0"), path.join(work, `${place}.tar.gz`), 1_700_000_000);
    }
    const [here, there] = ["here", "there"].map((place) => sha256(readFileSync(path.join(work, `${place}.tar.gz`))));
    expect(here).toBe(there);
    const listed = spawnSync("tar", ["-tvzf", path.join(work, "here.tar.gz")], {
      encoding: "utf8",
      env: { ...process.env, TZ: "UTC" },
    });
    expect(listed.stdout).toMatch(/^-rwxr-xr-x 0\/0 +1 2023-11-14 22:13 it-1\.0\.0\/b\/one$/m);
    expect(listed.stdout).toMatch(/^-rw-r--r-- 0\/0 +1 2023-11-14 22:13 it-1\.0\.0\/b\/two$/m);
  });
});

it("lists checksums as sha256sum reads them", () => {
  for (const name of ["b", "a"]) writeFileSync(path.join(work, name), name);
  const text = checksums(work, ["b", "a"]);
  expect(text).toMatch(/^[0-9a-f]{64} {2}a\n[0-9a-f]{64} {2}b\n$/);
  expect(text).toContain(sha256("a"));
});

describe("a bundle for a release", () => {
  /** A checkout with one small app, which uses a package of others. */
  function checkout(place: string): string {
    const tree = path.join(work, place);
    const app = path.join(tree, "apps", "it");
    const write = (file: string, text: string) => {
      mkdirSync(path.dirname(path.join(app, file)), { recursive: true });
      writeFileSync(path.join(app, file), text);
    };
    write("package.json", JSON.stringify({ name: "it", version: "0.0.1", type: "module" }));
    write(
      "src/main.ts",
      `import { other } from "other";\nimport manifest from "../package.json" with { type: "json" };\nconst said: string = manifest.version;\nconsole.log(other, said, (await import("./later.ts")).later);\n`,
    );
    write("src/later.ts", `export const later = "later";\n`);
    write(
      "node_modules/other/package.json",
      JSON.stringify({ name: "other", version: "1.0.0", license: "MIT", type: "module", exports: "./index.js" }),
    );
    write("node_modules/other/index.js", `export const other = "other";\n`);
    write(
      "rolldown.config.ts",
      `import { bundle } from "../../tools/bundle.mjs";\nexport default bundle("it", { node: "22.19" });\n`,
    );
    writeFileSync(path.join(tree, "package.json"), "{}");
    symlinkSync(path.join(ROOT, "node_modules"), path.join(tree, "node_modules"));
    for (const file of ["bundle.mjs", "notices.mjs", "release/licences"])
      cpSync(path.join(ROOT, "tools", file), path.join(tree, "tools", file), { recursive: true });
    return tree;
  }

  it("has the same bytes in each checkout, says the version of the release, and nothing of where it was made", async () => {
    const made: Record<string, string>[] = [];
    for (const place of ["here", "elsewhere/deep"]) {
      const to = path.join(work, place, "made");
      const modules = await bundleApp({ tree: checkout(place), app: "it", version: "7.8.9", to });
      expect(modules.map(({ id }) => id)).toContainEqual(
        expect.stringMatching(/\/apps\/it\/node_modules\/other\/index\.js$/),
      );
      made.push(Object.fromEntries(filesBelow(to).map((file) => [file, readFileSync(path.join(to, file), "utf8")])));
    }
    expect(made[0]).toEqual(made[1]);
    expect(Object.keys(made[0]!)).toEqual(["it-later.js", "it.js"]);
    const text = Object.values(made[0]!).join("");
    for (const secret of [work, ROOT, "sourceMappingURL"]) expect(text).not.toContain(secret);
    const { stdout } = spawnSync(process.execPath, [path.join(work, "here", "made", "it.js")], { encoding: "utf8" });
    expect(stdout).toBe("other 7.8.9 later\n");
    expect(readdirSync(path.join(work, "here", "apps", "it"))).not.toContain("dist");
  });
});
