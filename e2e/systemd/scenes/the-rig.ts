import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import { processesOf } from "../../harness/processes.ts";
import type { Report } from "../../harness/report.ts";
import type { TestBed } from "../test-bed.ts";

const HOLDER = fileURLToPath(new URL("../rig/hold-machine.ts", import.meta.url));

const GREEDY = `[Service]
ExecStart=/usr/bin/tail /dev/zero
MemoryMax=64M
`;
const SILENT = `[Service]
Type=notify
NotifyAccess=all
ExecStart=/bin/sh -c 'systemd-notify --ready; exec sleep infinity'
WatchdogSec=1
`;
const LASTING = `[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
`;

/** The test bed itself: what is seen on it is worth no more than this. */
export async function theRig(bed: TestBed, report: Report): Promise<void> {
  await using machine = await bed.machine("first");
  const units = { greedy: GREEDY, silent: SILENT, lasting: LASTING };
  for (const [name, text] of Object.entries(units)) machine.write(`/etc/systemd/system/${name}.service`, text);
  await machine.must("systemctl daemon-reload");
  const resultOf = async (unit: string) => machine.must(`systemctl show ${unit} --value -p Result`);

  await report.step("it boots a systemd of its own", async () => {
    expect(await machine.must("cat /proc/1/comm; systemctl is-system-running; hostname")).toBe(
      "systemd\nrunning\nfirst",
    );
  });
  await report.step("it has no network but loopback, and no Node", async () => {
    expect(await machine.must("ls /sys/class/net")).toBe("lo");
    expect(await machine.run("command -v node nodejs npm")).toMatchObject({ stdout: "" });
  });
  await report.step("a unit that takes more than MemoryMax is killed", async () => {
    await machine.must("systemctl start greedy");
    // with cgroup v1 systemd sees the signal and not that memory was the reason
    await eventually(async () => expect(await resultOf("greedy")).toMatch(/^(?:oom-kill|signal)$/));
  });
  await report.step("a unit that says nothing to its watchdog is killed", async () => {
    await machine.must("systemctl start silent");
    await eventually(async () => expect(await resultOf("silent")).toBe("watchdog"));
  });
  await report.step("after a power cut its disk is as it was, and what is enabled comes back", async () => {
    await machine.must("systemctl enable --now lasting && echo kept > /var/lib/kept");
    const before = await machine.must(
      "cat /proc/sys/kernel/random/boot_id; systemctl show lasting --value -p MainPID -p InvocationID",
    );
    await machine.powerCut();
    await machine.boot();
    expect(await machine.must("cat /var/lib/kept; systemctl is-active lasting")).toBe("kept\nactive");
    expect(await machine.must("systemctl show lasting --value -p InvocationID")).not.toBe(before.split("\n").at(-1));
  });
  await report.step("it halts in order", async () => {
    await machine.shutDown();
    await machine.boot();
    expect(await machine.must("journalctl -b -1 -o cat -n 20")).toMatch(/Reached target.*(?:Power-Off|shutdown)/is);
  });
  await report.step("two of them are joined by a cable, and do not meet without one", async () => {
    await using other = await bed.machine("second");
    await other.must(
      "systemd-run --unit=listening --collect bash -c 'echo here > /tmp/index.html' && test ! -e /var/lib/kept",
    );
    expect(await other.run("systemctl cat lasting")).toMatchObject({ code: 1 });
    machine.connect({ port: "lan0", address: "10.7.0.1" }, other, { port: "lan0", address: "10.7.0.2" });
    await eventually(() => other.must("bash -c 'exec 3<>/dev/tcp/10.7.0.1/7' 2>&1 | grep refused"));
  });
  await leavesNothing(bed, report);
}

async function leavesNothing(bed: TestBed, report: Report): Promise<void> {
  await report.step("nothing of it is left when it is disposed of", async () => {
    const machine = await bed.machine("short");
    const { folder } = machine;
    await machine.must("systemd-run sleep infinity");
    expect(processesOf(folder).length).toBeGreaterThan(0);
    await machine[Symbol.asyncDispose]();
    expectNothingOf(folder);
  });
  await report.step("nothing of it is left when whoever made it is killed", async () => {
    const holder = spawn(process.execPath, ["--conditions=@hal/source", HOLDER, bed.suite], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const folder = String((await once(holder.stdout, "data"))[0]).trim();
    expect(processesOf(folder).length).toBeGreaterThan(0);
    holder.kill("SIGKILL");
    await eventually(() => expectNothingOf(folder));
  });
}

function expectNothingOf(folder: string): void {
  const name = folder.split("/").at(-1) ?? "";
  expect(processesOf(folder)).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  expect(readFileSync("/proc/self/mounts", "utf8")).not.toContain(name);
  const groups = readdirSync("/sys/fs/cgroup", { recursive: true, encoding: "utf8" });
  expect(groups.filter((group) => group.includes(name))).toEqual([]);
}
