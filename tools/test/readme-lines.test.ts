import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";

const README = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

it("what the README has a shell read can be typed where halctl is not installed, and leaves nothing behind", () => {
  const read = [...README.matchAll(/`((?:eval|source) [^`]+)`/g)].map(([, line]) => line as string);
  // what makes halctl a command comes before what asks it
  const lines = read.toSorted();
  const folder = mkdtempSync(join(tmpdir(), "hal readme "));
  mkdirSync(join(folder, "tools"));
  writeFileSync(
    join(folder, "tools/halctl.mjs"),
    'console.log(process.argv.slice(2).join(" ") === "completion bash" ? "complete -W x halctl" : "no")',
  );
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", [...lines, "complete -p halctl"].join("\n")], {
    cwd: folder,
    env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin` },
    encoding: "utf8",
  });
  expect({ stdout, stderr, status }).toEqual({ stdout: "complete -W 'x' halctl\n", stderr: "", status: 0 });
  expect(readdirSync(folder)).toEqual(["tools"]);
  rmSync(folder, { recursive: true });
});
