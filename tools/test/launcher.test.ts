import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { launcher } from "../release/launcher.ts";

const MB = 1024 * 1024;
const UNLIMITED_V1 = "9223372036854771712";
const SHELLS = ["/bin/sh", "/bin/dash", "/bin/bash"].filter((shell) => existsSync(shell));

/** A folder like one of an artefact, in which the runtime prints what it was started with. */
let folder: string;
let root: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "hal launcher "));
  root = path.join(folder, "machine");
  for (const name of ["bin", "runtime"]) mkdirSync(path.join(folder, "it", name), { recursive: true });
  const said = String.raw`printf '%s\n' "$@"; printf 'NODE_OPTIONS=%s\n' "$NODE_OPTIONS"`;
  write("it/runtime/it", `#!/bin/sh\n${said}\n`, 0o755);
  write("it/bin/it", launcher("it", { root }), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string, mode = 0o644): void {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

/** What the kernel says of a machine, by its files. */
function machine(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) write(path.join("machine", name), `${text}\n`);
}

function start(shell: string, args: readonly string[] = [], options = "", program = "it/bin/it"): readonly string[] {
  const env = { PATH: process.env["PATH"], NODE_OPTIONS: options };
  const said = execFileSync(shell, [path.join(folder, program), ...args], { env, encoding: "utf8" });
  return said.split("\n").slice(0, -1);
}

/** The first argument where it is a cap. */
const capOf = (said: readonly string[]) => said.find((line) => line.startsWith("--max-old-space-size="));

describe.each(SHELLS)("the launcher, in %s", (shell) => {
  const script = () => path.join(folder, "it", "app", "bin", "it.js");

  it("hands on each argument as it is, and the environment", () => {
    const args = ["--config", "/etc/a b.json", "", "*", "$HOME"];
    expect(start(shell, args, "--trace-warnings")).toEqual([script(), ...args, "NODE_OPTIONS=--trace-warnings"]);
  });

  it("finds what it starts through links, also relative ones", () => {
    mkdirSync(path.join(folder, "prefix", "bin"), { recursive: true });
    symlinkSync("../../it", path.join(folder, "prefix", "bin", "current"));
    symlinkSync("current/bin/it", path.join(folder, "prefix", "bin", "it"));
    symlinkSync(path.join(folder, "prefix", "bin", "it"), path.join(folder, "anywhere"));
    expect(start(shell, ["x"], "", "anywhere")).toEqual([script(), "x", "NODE_OPTIONS="]);
  });

  it.each([
    ["nothing is known of groups", {}, undefined],
    ["a group has no limit", { "proc/self/cgroup": "0::/a", "sys/fs/cgroup/a/memory.max": "max" }, undefined],
    [
      "a group has one",
      { "proc/self/cgroup": "0::/a/it.service", "sys/fs/cgroup/a/it.service/memory.max": `${1000 * MB}` },
      600,
    ],
    [
      "one above it has a lower one",
      {
        "proc/self/cgroup": "0::/a/it.service",
        "sys/fs/cgroup/a/it.service/memory.max": `${1000 * MB}`,
        "sys/fs/cgroup/a/memory.max": `${500 * MB}`,
      },
      300,
    ],
    [
      "a container sees its own as the topmost",
      { "proc/self/cgroup": "0::/", "sys/fs/cgroup/memory.max": `${200 * MB}` },
      120,
    ],
    ["it is tiny", { "proc/self/cgroup": "0::/a", "sys/fs/cgroup/a/memory.max": `${50 * MB}` }, 64],
    [
      "the first version of groups limits",
      {
        "proc/self/cgroup": "9:cpu,cpuacct:/a\n7:memory:/a:b\n1:name=systemd:/a\n0::/a",
        "sys/fs/cgroup/memory/a:b/memory.limit_in_bytes": `${2048 * MB}`,
        "sys/fs/cgroup/memory/memory.limit_in_bytes": UNLIMITED_V1,
      },
      1228,
    ],
    [
      "the first version of groups does not limit",
      { "proc/self/cgroup": "7:memory:/a", "sys/fs/cgroup/memory/a/memory.limit_in_bytes": UNLIMITED_V1 },
      undefined,
    ],
    [
      "a container sees a group that is not mounted in it",
      {
        "proc/self/cgroup": "7:memory:/docker/1234",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": `${300 * MB}`,
      },
      180,
    ],
  ])("caps the heap at three fifths of the limit, and at 64 MB at least, where %s", (_, files, megabytes) => {
    machine(files);
    expect(capOf(start(shell))).toBe(megabytes === undefined ? undefined : `--max-old-space-size=${megabytes}`);
  });

  it("leaves it to NODE_OPTIONS where that has a cap", () => {
    machine({ "proc/self/cgroup": "0::/a", "sys/fs/cgroup/a/memory.max": `${1000 * MB}` });
    expect(start(shell, [], "--max-old-space-size=99")).toEqual([script(), "NODE_OPTIONS=--max-old-space-size=99"]);
    expect(capOf(start(shell, [], "--no-warnings"))).toBe("--max-old-space-size=600");
  });
});
