import { expect } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import type { Report } from "../../harness/report.ts";
import { Installation, MEDIA } from "../installation.ts";
import type { Machine } from "../rig/machine.ts";
import type { TestBed } from "../test-bed.ts";

const DAEMONS = ["hal-supervisor", "hal-agent"] as const;
/** How exposed a unit may be, of 10: `systemd-analyze security` gives what each has, and more is worse. An agent runs people's build tools. */
const EXPOSURE = { "hal-supervisor": 1.4, "hal-agent": 4.4 };
const GIB = 1_024 ** 3;

/** The guide's chapters from its configuration to its troubleshooting, on a machine that has the programs they are typed with. */
export async function operates(bed: TestBed, report: Report): Promise<void> {
  await using machine = await bed.machine("guide");
  const installation = new Installation(machine);
  report.showOnFailure(() => [machine.console]);
  await units(bed, installation, report);

  await report.step(
    "S15 both daemons start after installing and editing, also with a project that is not there",
    async () => {
      await installation.haveModel();
      await installation.addProjects("engine");
      installation.edit("/etc/hal-o-swarm/agent.config.json", ({ projects, ...config }) => ({
        ...config,
        projects: [...(projects as object[]), { name: "absent", directory: "/home/user/project-1" }],
      }));
      await machine.must("systemctl start hal-supervisor && systemctl start hal-agent");
      const [node] = await installation.nodesUp();
      const states = Object.fromEntries(node?.projects.map(({ name, state }) => [name, state]) ?? []);
      expect(states).toEqual({ engine: "ready", absent: "missing" });
    },
  );
  await report.step("S57 S58 S59 halctl lists nodes and sessions, and says what today cost", async () => {
    for (const words of ["nodes list", "sessions list", "cost today"])
      await machine.must(`halctl --supervisor-url ws://localhost:8420 --auth-token ${installation.token} ${words}`);
    const list = await machine.must(
      `halctl --supervisor-url ws://localhost:8420 --auth-token ${installation.token} nodes list`,
    );
    expect(list).toMatch(/guide\s+online/);
  });
  await report.step("S1 a session of a real opencode does its turn", async () => {
    const id = await installation.begin("engine", "[[say: done by a unit]]");
    await installation.sessionIn(id, "idle");
    expect((await installation.messages(id)).at(-1)?.text).toContain("done by a unit");
  });
  await health(installation, report);
  await looks(machine, report);
  await limits(installation, report);
  await stops(installation, report);
}

async function units(bed: TestBed, installation: Installation, report: Report): Promise<void> {
  const { machine } = installation;
  await report.step("S13 install", async () => {
    await installation.mustScript("install-release.sh", `--all --from ${MEDIA.release}`);
    expect(await machine.must("halctl --version")).toContain(bed.release.version);
  });
  await report.step("S4 systemd understands every line of both units", async () => {
    for (const unit of DAEMONS) {
      const { code, stdout, stderr } = await machine.run(`systemd-analyze verify /etc/systemd/system/${unit}.service`);
      // MemoryLimit is there for the guide, and systemd says that it is old
      const complaints = `${stdout}${stderr}`
        .split("\n")
        .filter((line) => line.includes(unit) && !line.includes("MemoryLimit="));
      expect([code, complaints]).toEqual([0, []]);
    }
  });
  await report.step("both units are as closed as is said", async () => {
    for (const unit of DAEMONS) {
      const said = await machine.must(`systemd-analyze security --no-pager ${unit} | tail -n 1`);
      const exposure = Number(/:\s*([\d.]+)/.exec(said)?.[1]);
      report.note(`${unit}: ${exposure}`);
      expect(exposure).toBeLessThanOrEqual(EXPOSURE[unit]);
    }
  });
  await report.step(
    "S76 a configuration is judged before anything is started, and root's is refused with advice",
    async () => {
      const file = "/etc/hal-o-swarm/supervisor.config.json";
      expect(await machine.must(`/usr/local/bin/hal-supervisor --config ${file} --validate`)).toContain(
        "configuration valid",
      );
      const refused = await machine.run(
        `runuser -u nobody -- /usr/local/bin/hal-supervisor --config ${file} --validate`,
      );
      expect(refused).toMatchObject({ code: 1 });
      expect(`${refused.stdout}${refused.stderr}`).toMatch(/permission denied.*sudo/is);
      await machine.must("test ! -e /var/lib/hal-o-swarm/supervisor.db");
    },
  );
}

async function health(installation: Installation, report: Report): Promise<void> {
  const { machine } = installation;
  await report.step("S54 S55 S56 it is alive and ready, and is measured", async () => {
    await machine.must(
      "curl --fail --silent http://localhost:8421/healthz && curl --fail --silent http://localhost:8421/readyz",
    );
    const metrics = await machine.must("curl --fail --silent http://localhost:8421/metrics");
    expect(metrics).toContain("hal_o_swarm_nodes_online 1");
  });
  await report.step("S53 the status shows that a daemon is active, its process and its last lines", async () => {
    for (const unit of DAEMONS) {
      const status = await machine.must(`systemctl status --no-pager ${unit}`);
      expect(status).toMatch(/Active: active \(running\)/);
      expect(status).toMatch(new RegExp(`Main PID: \\d+ \\(${unit}\\)`));
      expect(status).toMatch(new RegExp(`${unit}\\[\\d+\\]: `));
      expect(await machine.must(`journalctl -u ${unit} -n 50 --no-pager`)).toContain(unit);
    }
  });
  await report.step("S62 the journal finds errors by their priority, and there are none", async () => {
    for (const unit of DAEMONS) {
      expect(await machine.must(`journalctl -u ${unit} -p err -q --no-pager`)).toBe("");
      expect(await machine.must(`journalctl -u ${unit} -p info -q --no-pager | grep -c ${unit}`)).not.toBe("0");
    }
    await machine.must(
      "journalctl -u hal-supervisor --since '5 minutes ago' --output=short-iso -q --no-pager | grep -q hal-supervisor",
    );
  });
  await report.step("S70 how often it was started again is shown", async () => {
    for (const unit of DAEMONS)
      expect(await machine.must(`systemctl show ${unit} -p NRestarts -p Restart`)).toMatch(
        /Restart=on-failure\nNRestarts=0|NRestarts=0\nRestart=on-failure/,
      );
  });
}

async function looks(machine: Machine, report: Report): Promise<void> {
  await report.step("S10 S73 S77 S78 both ports are listened on, by a process of that name", async () => {
    const listening = await machine.must("netstat -tlnp | grep hal-supervisor");
    expect(listening).toMatch(/:8420 /);
    expect(listening).toMatch(/:8421 /);
    expect(await machine.must("netstat -tlnp | grep 8420")).toContain("hal-supervisor");
    for (const port of [8420, 8421]) expect(await machine.must(`lsof -i :${port}`)).toMatch(/^hal-/m);
  });
  await report.step("S8 S74 an agent listens on nothing; its connection is shown without -l", async () => {
    expect(await machine.run("netstat -tlnp | grep hal-agent")).toMatchObject({ stdout: "" });
    expect(await machine.must("netstat -tnp | grep hal-agent")).toContain(":8420");
    const listeners = (await machine.must("ss -tlnpH | awk '{ print $4 }'")).split("\n");
    // opencode's and the model's are on loopback
    const open = listeners.filter((at) => !/127\.0\.0\.1:|\[::1\]:/.test(at)).map((at) => Number(at.split(":").at(-1)));
    expect(open.toSorted((one, other) => one - other)).toEqual([8420, 8421]);
  });
  await report.step("S75 connections can be counted", async () => {
    expect(Number(await machine.must("ss -tnp | grep hal-supervisor | wc -l"))).toBeGreaterThanOrEqual(1);
  });
  await report.step("S81 both are called by their names in the list of processes", async () => {
    for (const unit of DAEMONS)
      expect(await machine.must(`ps aux | grep ${unit} | grep -v grep`)).toMatch(new RegExp(` ${unit}$`, "m"));
  });
}

async function limits(installation: Installation, report: Report): Promise<void> {
  const { machine } = installation;
  await report.step("S82 the limits of memory are shown by the name that the guide uses", async () => {
    for (const [unit, gib] of [
      ["hal-supervisor", 2],
      ["hal-agent", 4],
    ] as const) {
      expect(await machine.must(`systemctl show ${unit} -p MemoryLimit`)).toBe(`MemoryLimit=${gib * GIB}`);
      expect(await machine.must(`systemctl show ${unit} -p MemoryMax`)).toBe(`MemoryMax=${gib * GIB}`);
    }
  });
  await report.step("S83 another limit by an edited unit holds, and the heap stays below it by itself", async () => {
    machine.write(
      "/etc/systemd/system/hal-supervisor.service.d/override.conf",
      "[Service]\nMemoryMax=1G\nMemoryLimit=1G\n",
    );
    await machine.must("systemctl daemon-reload && systemctl restart hal-supervisor");
    await installation.nodesUp();
    expect(
      await machine.must("cat /sys/fs/cgroup/memory/system.slice/hal-supervisor.service/memory.limit_in_bytes"),
    ).toBe(String(GIB));
    // a process that is called by its name alone shows no arguments, so its launcher is followed under the same limit
    const launched = await machine.must(
      "systemd-run --quiet --pipe --wait -p MemoryMax=1G sh -x /usr/local/bin/hal-supervisor --version 2>&1",
    );
    const heap = Number(/^\+ exec .*--max-old-space-size=(\d+)/m.exec(launched)?.[1]);
    expect(heap).toBeGreaterThanOrEqual(500);
    expect(heap).toBeLessThan(700);
    await machine.must(
      "rm -r /etc/systemd/system/hal-supervisor.service.d && systemctl daemon-reload && systemctl restart hal-supervisor",
    );
    await installation.nodesUp();
  });
  await report.step("S84 the database is whole, also while it is used", async () => {
    expect(await machine.must('sqlite3 /var/lib/hal-o-swarm/supervisor.db "PRAGMA integrity_check;"')).toBe("ok");
    expect(await machine.must("stat -c %a /var/lib/hal-o-swarm/supervisor.db")).toBe("640");
  });
}

async function stops(installation: Installation, report: Report): Promise<void> {
  const { machine } = installation;
  await report.step("S49 they start in either order, and together", async () => {
    await machine.must(
      "systemctl stop hal-supervisor hal-agent && systemctl start hal-agent && systemctl is-active hal-agent",
    );
    await machine.must("systemctl start hal-supervisor");
    await installation.nodesUp();
    await machine.must("systemctl restart hal-supervisor hal-agent");
    await installation.nodesUp();
  });
  await report.step(
    "S50 a stop is in order: the exit code is 0, nothing is left, and the journal has no error",
    async () => {
      await machine.must("systemctl stop hal-agent hal-supervisor");
      for (const unit of DAEMONS)
        expect(await machine.must(`systemctl show ${unit} -p Result -p ExecMainStatus -p ActiveState | sort`)).toBe(
          "ActiveState=inactive\nExecMainStatus=0\nResult=success",
        );
      await eventually(async () =>
        expect(await machine.run("pgrep -u hal-agent,hal-supervisor -a")).toMatchObject({ stdout: "" }),
      );
      expect(await machine.must("journalctl -u 'hal-*' -p err -q --no-pager")).toBe("");
    },
  );
  await report.step("S52 who wants them to start with the machine says so", async () => {
    await machine.must("systemctl enable hal-supervisor && systemctl enable hal-agent");
    expect(await machine.must("systemctl is-enabled hal-supervisor hal-agent")).toBe("enabled\nenabled");
  });
  await report.step("after a halt and a boot both run, and what was there is there", async () => {
    await machine.shutDown();
    await machine.boot();
    await installation.haveModel();
    await installation.nodesUp();
    const id = await installation.begin("engine", "[[say: after a boot]]");
    await installation.sessionIn(id, "idle");
    expect(await installation.halctl<object[]>("sessions list")).toHaveLength(2);
  });
}
