import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { eventually } from "./eventually.ts";
import { processesOf } from "./processes.ts";
import { ROOT } from "./program.ts";

const SLEEPS = "setInterval(() => {}, 1000)";
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "hal reaper "));
});

afterEach(() => {
  for (const line of processesOf(folder)) process.kill(Number.parseInt(line, 10), "SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** A process that starts two others, says which end with it, and is killed when both run. Answers with the pids of both. */
async function startedAndKilled(said: string): Promise<[string, string]> {
  const harness = pathToFileURL(path.join(ROOT, "e2e/harness/reaper.ts")).href;
  const source = `
    import { spawn } from "node:child_process";
    const { endWithUs, forget } = await import(${JSON.stringify(harness)});
    const [first, second] = ["first", "second"].map((name) =>
      spawn(process.execPath, ["-e", ${JSON.stringify(SLEEPS)}], {
        detached: true, stdio: "ignore", env: { PLACE: ${JSON.stringify(folder)} + "/" + name } }).pid);
    const folder = ${JSON.stringify(folder)};
    ${said}
    console.log(first, second);
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [first = "", second = ""] = String((await once(owner.stdout, "data"))[0])
    .trim()
    .split(" ");
  expect(living()).toEqual(expect.arrayContaining([first, second]));
  owner.kill("SIGKILL");
  await once(owner, "close");
  return [first, second];
}

function living(): string[] {
  return processesOf(folder).map((line) => line.split(" ")[0] ?? "");
}

it.each([
  ["their pids, and leaves the folder alone", `endWithUs("pid", first); endWithUs("pid", second);`, true],
  ["their folder, and takes it away", `endWithUs("folder", folder);`, false],
])("ends what a process that was killed had started, by %s", async (_way, said, isLeft) => {
  await startedAndKilled(said);
  await eventually(() => expect([living(), existsSync(folder)]).toEqual([[], isLeft]));
});

it("lets live what was let go", async () => {
  const [first] = await startedAndKilled(`endWithUs("pid", first); forget("pid", first); endWithUs("pid", second);`);
  await eventually(() => expect(living()).toEqual([first]));
});

it("takes away a folder in which a file system is mounted, too", async ({ skip }) => {
  const disk = path.join(folder, "full disk");
  mkdirSync(disk);
  const { status } = spawnSync("mount", ["-t", "tmpfs", "none", disk], { stdio: "ignore" });
  skip(status !== 0, "this user may mount nothing");
  await startedAndKilled(`endWithUs("folder", folder);`);
  await eventually(() => expect(existsSync(folder)).toBe(false));
});
