import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Attaching, attachHere } from "../../src/opencode/process/attach.ts";
import { bootId, readProcess } from "../../src/opencode/os/process-table.ts";
import { writeFile } from "../../src/opencode/process/record.ts";
import { recordFile } from "../../src/opencode/process/server.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hal attach "));
  const command = join(folder, "opencode");
  writeFileSync(
    command,
    `#!/bin/sh\nprintf '%s\\n' "$@" > '${folder}/arguments'\necho "$OPENCODE_SERVER_USERNAME $OPENCODE_SERVER_PASSWORD" > '${folder}/login'\nexit 7\n`,
  );
  chmodSync(command, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

function attaching(words: readonly string[]): Attaching {
  const config = {
    opencode: { command: join(folder, "opencode") },
    projects: [{ name: "engine", directory: "/srv/engine" }],
  } as unknown as Attaching["config"];
  return { config, dataDir: folder, env: { PATH: "/usr/bin:/bin" }, words };
}

/** As the agent writes it of an opencode that it started; this process stands for that. */
function record(changes: object = {}): void {
  const startTime = readProcess(process.pid)?.startTime ?? "";
  writeFile(recordFile({ dataDir: folder }), {
    pid: process.pid,
    startTime,
    bootId: bootId(),
    run: "r",
    port: 4711,
    password: "s3cr3t",
    setup: "",
    ...changes,
  });
}

const read = (name: string): string => readFileSync(join(folder, name), "utf8");

it("sits at the agent's own opencode, and shows its password in no command line", async () => {
  record();
  expect(await attachHere(attaching(["engine", "--continue"]))).toBe(7);
  expect(read("arguments")).toBe("attach\nhttp://127.0.0.1:4711\n--dir\n/srv/engine\n--continue\n");
  expect(read("login")).toBe("opencode s3cr3t\n");
  await attachHere(attaching(["--session", "ses_1"]));
  expect(read("arguments")).toBe("attach\nhttp://127.0.0.1:4711\n--session\nses_1\n");
});

it("says what to do where there is none, or no such project", async () => {
  await expect(attachHere(attaching([]))).rejects.toThrow("is hal-agent up, and is this its user?");
  record({ startTime: "another process with that pid" });
  await expect(attachHere(attaching([]))).rejects.toThrow("is hal-agent up");
  record();
  await expect(attachHere(attaching(["engin"]))).rejects.toThrow("there is no project engin; there are: engine");
});
