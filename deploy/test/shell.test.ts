import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DEPLOY } from "./support/deploy-place.ts";

const inFolder = (folder: string): string[] =>
  readdirSync(path.join(DEPLOY, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => path.join(DEPLOY, folder, entry.name));
const SCRIPTS = inFolder("").filter((file) => file.endsWith(".sh"));
const PIECES = inFolder("lib");
const HELPERS = inFolder("libexec");
const isHere = spawnSync("shellcheck", ["--version"]).status === 0;

describe("the scripts", () => {
  it.skipIf(!isHere)(
    `are such that shellcheck has nothing to say${isHere ? "" : " (skipped: shellcheck is not here)"}`,
    () => {
      // what one piece sets another one uses, so each file is judged by itself
      for (const args of [["--exclude=SC1091", ...SCRIPTS, ...HELPERS], PIECES]) {
        const { stdout, status } = spawnSync("shellcheck", args, { cwd: DEPLOY, encoding: "utf8" });
        expect([status, stdout]).toEqual([0, ""]);
      }
    },
  );

  it("hand no folder over with everything that is in it", () => {
    const recursive = [...SCRIPTS, ...PIECES, ...HELPERS].filter((file) =>
      /\bch(own|mod|grp)\b[^\n]*\s(-\w*R|--recursive)/.test(readFileSync(file, "utf8")),
    );
    expect(recursive).toEqual([]);
    expect(SCRIPTS).toHaveLength(5);
  });

  it("return with a status that they name: in what a trap calls, a bare return has that of before the trap", () => {
    const bare = PIECES.filter((file) => /\breturn(;|$)/m.test(readFileSync(file, "utf8")));
    expect(bare).toEqual([]);
  });

  it("load every piece that there is", () => {
    const loaded = readFileSync(path.join(DEPLOY, "lib/load.sh"), "utf8");
    const missing = PIECES.map((file) => path.basename(file)).filter(
      (name) => name !== "load.sh" && !loaded.includes(`/${name}"`),
    );
    expect(missing).toEqual([]);
  });
});
