import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { noticesOf, packageFolders } from "../notices.mjs";

let folder: string;
beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), "hal notices "))));
afterEach(() => rmSync(folder, { recursive: true }));

/** A package as it is installed. */
function installed(name: string, manifest: object, files: Readonly<Record<string, string>> = {}): string {
  const place = path.join(folder, "node_modules", name);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, "package.json"), JSON.stringify({ name, version: "1.2.3", ...manifest }));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(place, file), text);
  return place;
}

describe("whose modules a bundle contains", () => {
  it.each([
    ["a package", ["/r/node_modules/one/lib/a.js", "/r/node_modules/one/b.js"], ["/r/node_modules/one"]],
    ["one with a scope", ["/r/node_modules/@who/one/index.js"], ["/r/node_modules/@who/one"]],
    ["one inside of another", ["/r/node_modules/a/node_modules/b/i.js"], ["/r/node_modules/a/node_modules/b"]],
    ["our own, and what Node brings", ["/r/packages/words/src/index.ts", "node:fs", "\0virtual"], []],
  ])("%s", (_name, modules, folders) => {
    expect(packageFolders(modules)).toEqual(folders);
  });

  it("what the bundler adds is its own", () => {
    const added = ["\0rolldown/runtime.js", "\0@oxc-project+runtime@0.1.0/helpers/usingCtx.js"];
    expect(packageFolders(added).map((one) => path.basename(one))).toEqual(["rolldown"]);
  });
});

describe("the notices of a bundle", () => {
  it("name each package once, in order, with all that it says of its licence", () => {
    const text = noticesOf([
      installed("zebra", { license: "ISC", homepage: "https://zebra.example" }, { "LICENSE.md": "may be used\n" }),
      installed("@ape/one", { license: "Apache-2.0" }, { LICENCE: "the words", NOTICE: "made by apes", "x.js": "no" }),
      installed("peer/node_modules/zebra", { name: "zebra", license: "ISC" }, { LICENSE: "may be used" }),
    ]);
    expect(text.split(/^=+$/m).map((part) => part.trim())).toEqual([
      "This program contains the 2 packages below, which others wrote, each under its own licence.",
      "@ape/one 1.2.3 (Apache-2.0)\n\nthe words\n\nmade by apes",
      "zebra 1.2.3 (ISC)\n\nmay be used",
    ]);
  });

  it("have the words of a licence that a package only names", () => {
    const text = noticesOf([installed("bare", { license: "MIT", author: { name: "Ada" } })]);
    expect(text).toContain("By Ada.");
    expect(text).toContain("Permission is hereby granted, free of charge");
  });

  it("are not made where nobody knows what a package allows", () => {
    expect(() => noticesOf([installed("silent", {})])).toThrow("silent: its manifest names no licence");
    expect(() => noticesOf([installed("odd", { license: "Odd-1.0" })])).toThrow(/put the words of Odd-1\.0 into .*Odd/);
  });
});
