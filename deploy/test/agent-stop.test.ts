import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEPLOY, DeployPlace, type Ran, ran } from "./support/deploy-place.ts";

const HELPER = path.join(DEPLOY, "libexec/hal-agent-stop");

let place: DeployPlace;
beforeEach(() => {
  place = new DeployPlace();
});
afterEach(() => place[Symbol.dispose]());

/** As systemd calls it, with a systemctl that knows of one job and of a unit without processes. */
function helper(
  job: string,
  step: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Ran & { readonly asked: string } {
  const programs = path.join(place.folder, "programs");
  const asked = path.join(place.folder, "asked");
  mkdirSync(programs, { recursive: true });
  const systemctl = `#!/bin/sh
echo "$*" >> '${asked}'
case "$*" in
  list-jobs*) printf '%s\\n' "  12 other.service stop waiting" "${job}" ;;
  *User*) echo root ;;
  *ControlGroup*) echo /no/such/group ;;
esac
`;
  writeFileSync(path.join(programs, "systemctl"), systemctl, { mode: 0o755 });
  const result = ran("sh", [HELPER, ...step], { PATH: `${programs}:${process.env["PATH"]}`, ...env });
  return { ...result, asked: readFileSync(asked, "utf8") };
}

/** A process that says by which signal it was asked to end. */
async function agent(): Promise<{ readonly child: ChildProcess; readonly said: Promise<string> }> {
  const script = "trap 'echo USR2; exit' USR2; trap 'echo TERM; exit' TERM; echo up; while :; do read -t 1 || :; done";
  const child = spawn("bash", ["--norc", "-c", script], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  const said = once(child.stdout, "data").then(([text]) => String(text).trim());
  return { child, said };
}

describe("hal-agent-stop begin", () => {
  it.each([
    ["  7 hal-agent.service restart running", "USR2"],
    ["  7 hal-agent.service try-restart running", "USR2"],
    ["7 hal-agent.service stop running", "TERM"],
    ["", "TERM"],
  ])("where the job is '%s' sends %s, and returns when the agent has ended", async (job, signal) => {
    const { child, said } = await agent();
    const { code } = helper(job, ["begin", "hal-agent.service"], { MAINPID: String(child.pid) });
    expect([code, await said]).toEqual([0, signal]);
  });

  it("does nothing where the agent has ended by itself", () => {
    expect(helperWithoutJob("begin").code).toBe(0);
  });
});

describe("hal-agent-stop after", () => {
  it.each(["  7 hal-agent.service restart running", ""])("leaves everything where the job is '%s'", (job) => {
    const { code, asked } = helper(job, ["after", "hal-agent.service", "/bin/false", "/config"]);
    expect([code, asked]).toEqual([0, "list-jobs --no-legend --plain\n"]);
  });

  it("of a stop looks for what is left, and is done where nothing is", () => {
    const { code, asked } = helper("  7 hal-agent.service stop running", [
      "after",
      "hal-agent.service",
      "/bin/false",
      "/config",
    ]);
    expect([code, asked.split("\n").length]).toEqual([0, 4]);
  });
});

function helperWithoutJob(step: string): Ran {
  return ran("sh", [HELPER, step, "hal-agent.service"]);
}
