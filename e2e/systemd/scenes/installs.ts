import { expect } from "vitest";
import type { Report } from "../../harness/report.ts";
import { Installation, MEDIA } from "../installation.ts";
import type { Machine } from "../rig/machine.ts";
import type { TestBed } from "../test-bed.ts";

const PROGRAMS = ["hal-agent", "hal-supervisor", "halctl"];
const DAEMONS = ["hal-supervisor", "hal-agent"];
const FROM = `--from ${MEDIA.release}`;
/** Where an installation may write, and more. */
const PLACES = "/data /etc /opt /root /srv /usr /var/lib /var/log";
/** What a running system changes by itself there. */
const NOT_OURS =
  /^\/(?:var\/log\/(?:journal|wtmp|btmp|lastlog)|var\/lib\/(?:systemd|private|dbus)|etc\/(?:\.updated|\.pwd\.lock|machine-id|resolv\.conf|g?shadow-?|passwd-?|group-?|sub[ug]id-?)|var\/\.updated|usr\/local\/bin\/opencode)/;

/** The guide's chapter about installing, on the smallest Debian that boots. */
export async function installs(bed: TestBed, report: Report): Promise<void> {
  await using machine = await bed.machine("bare", { has: "bare" });
  const installation = new Installation(machine);

  await report.step("S6 the machine has no Node, no compiler, no curl and no network", async () => {
    expect(await machine.run("command -v node npm gcc cc curl wget git")).toMatchObject({ stdout: "" });
    expect(await machine.must("ls /sys/class/net")).toBe("lo");
  });
  await report.step("S21 a dry run says everything and changes nothing, also without root", async () => {
    const before = await filesOf(machine);
    const said = await machine.must(
      `cd /media/hal && runuser -u nobody -- ./deploy/install-release.sh --all --dry-run ${FROM}`,
    );
    for (const thing of [...PROGRAMS.map((name) => `/usr/local/bin/${name}`), "/etc/systemd/system/hal-agent.service"])
      expect(said).toContain(thing);
    for (const thing of [
      "/etc/hal-o-swarm/supervisor.env",
      "/var/lib/hal-o-swarm/agent",
      "/var/log/hal-o-swarm",
      "root:hal-agent 0640",
    ])
      expect(said).toContain(thing);
    expect(await filesOf(machine)).toEqual(before);
  });
  await report.step("S13 everything is installed from files, and the programs run", async () => {
    await installation.mustScript("install-release.sh", `--all ${FROM}`);
    for (const name of PROGRAMS) expect(await machine.must(`${name} --version`)).toContain(bed.release.version);
  });
  await ownership(machine, report);
  await report.step("S16 nothing is enabled or started", async () => {
    for (const unit of DAEMONS) {
      expect((await machine.run(`systemctl is-enabled ${unit}`)).stdout).toBe("disabled\n");
      expect((await machine.run(`systemctl is-active ${unit}`)).stdout).toBe("inactive\n");
    }
  });
  await report.step("S22 a second run changes nothing", async () => {
    const before = await filesOf(machine, "%p %y %m %u:%g %s %T@ %l");
    await installation.mustScript("install-release.sh", `--all ${FROM}`);
    expect(await filesOf(machine, "%p %y %m %u:%g %s %T@ %l")).toEqual(before);
  });
  await report.step("S22 what was edited is kept, and what was damaged is mended", async () => {
    const folder = await machine.must("dirname $(dirname $(readlink -f /usr/local/bin/halctl))");
    installation.edit("/etc/hal-o-swarm/agent.config.json", (config) => ({ ...config, opencode_port: 4097 }));
    await machine.must(`echo LOG_LEVEL=debug > /etc/hal-o-swarm/agent.env; rm ${folder}/runtime/halctl`);
    await installation.mustScript("install-release.sh", `--all ${FROM}`);
    expect(await machine.must("cat /etc/hal-o-swarm/agent.env; grep -c 4097 /etc/hal-o-swarm/agent.config.json")).toBe(
      "LOG_LEVEL=debug\n1",
    );
    expect(await machine.must("halctl --version")).toContain(bed.release.version);
  });
  await report.step("S22 what is asked wrongly is said", async () => {
    expect(await installation.script("install-release.sh", "--help")).toMatchObject({ code: 0 });
    for (const wrong of ["", "--al", "--all --prefix", "--all --prefix relative"]) {
      const { code, stderr } = await installation.script("install-release.sh", wrong);
      expect([wrong, code, stderr.trim().split("\n").length]).toEqual([wrong, 1, 1]);
    }
  });
}

async function ownership(machine: Machine, report: Report): Promise<void> {
  await report.step("S9 both users are there: system accounts without a login", async () => {
    for (const user of DAEMONS) {
      expect(await machine.must(`id -nu ${user}; id -ng ${user}`)).toBe(`${user}\n${user}`);
      expect(Number(await machine.must(`id -u ${user}`))).toBeLessThan(1_000);
      expect(await machine.must(`getent passwd ${user}`)).toMatch(/nologin$/);
    }
  });
  await report.step("S13a each daemon may write where its data are, and not where the other's are", async () => {
    const [own, agents] = ["/var/lib/hal-o-swarm", "/var/lib/hal-o-swarm/agent"];
    await machine.must(`runuser -u hal-supervisor -- touch ${own}/x && runuser -u hal-agent -- touch ${agents}/x`);
    expect(await machine.run(`runuser -u hal-agent -- touch ${own}/y`)).toMatchObject({ code: 1 });
    expect(await machine.run(`runuser -u hal-supervisor -- touch ${agents}/y`)).toMatchObject({ code: 1 });
    await machine.must(`rm ${own}/x ${agents}/x`);
  });
  await report.step("S14 S45 configurations and environments are root's, and the daemon may read its own", async () => {
    for (const name of ["supervisor", "agent"]) {
      const files = `/etc/hal-o-swarm/${name}.config.json /etc/hal-o-swarm/${name}.env`;
      expect(await machine.must(`stat -c %U:%G:%a ${files}`)).toBe(Array(2).fill(`root:hal-${name}:640`).join("\n"));
      expect(JSON.parse(machine.read(`/etc/hal-o-swarm/${name}.config.json`))).toBeInstanceOf(Object);
    }
  });
  await report.step("S27 S43 one token of 32 characters or more was made for both", async () => {
    const tokens = await machine.must(
      'sed -n \'s/.*"auth_token": "\\(.*\\)".*/\\1/p\' /etc/hal-o-swarm/supervisor.config.json /etc/hal-o-swarm/agent.config.json',
    );
    const [first, second, ...more] = tokens.split("\n");
    expect([second, more]).toEqual([first, []]);
    expect(first).toMatch(/^\S{32,}$/);
  });
  await report.step("S72 everybody may see how large data and logs are", async () => {
    expect(await machine.must("stat -c %a /etc/hal-o-swarm /var/lib/hal-o-swarm /var/log/hal-o-swarm")).toBe(
      "755\n755\n755",
    );
    const { stdout } = await machine.run("runuser -u nobody -- du -sh /var/lib/hal-o-swarm /var/log/hal-o-swarm");
    expect(stdout).toMatch(/\d\S*\s\/var\/lib\/hal-o-swarm\n.*\/var\/log\/hal-o-swarm\n$/);
    await machine.must("runuser -u nobody -- df -h /var/lib/hal-o-swarm");
  });
}

/** What is installed, file by file, as one part or another of it is asked for. */
export async function layouts(bed: TestBed, report: Report): Promise<void> {
  const added = async (args: string): Promise<string[]> => {
    await using machine = await bed.machine("fresh", { has: "bare" });
    const before = new Set(await filesOf(machine));
    await new Installation(machine).mustScript("install-release.sh", `${args} ${FROM}`);
    const after = (await filesOf(machine)).filter((line) => !before.has(line));
    // of a version's folder, which is the archive's, the place is what counts
    return after
      .map((file) => file.replace(/(\/lib\/hal-o-swarm\/[^/]+\/[^/]+)\/.*/, "$1"))
      .filter((file, index, all) => all.indexOf(file) === index);
  };
  const { version } = bed.release;
  const program = (name: string, prefix = "/usr/local") => [
    `${prefix}/bin/${name}`,
    `${prefix}/lib/hal-o-swarm`,
    `${prefix}/lib/hal-o-swarm/${version}`,
    `${prefix}/lib/hal-o-swarm/${version}/${name}`,
  ];
  const daemon = (name: string) => [
    ...program(`hal-${name}`),
    "/etc/hal-o-swarm",
    `/etc/hal-o-swarm/${name}.config.json`,
    `/etc/hal-o-swarm/${name}.env`,
    `/etc/systemd/system/hal-${name}.service`,
    "/var/lib/hal-o-swarm",
    "/var/log/hal-o-swarm",
  ];
  await report.step("S17 --supervisor installs its program, unit, configuration and folders, and no more", async () => {
    expect(await added("--supervisor")).toEqual(daemon("supervisor").toSorted());
  });
  await report.step("S18 --agent installs the agent's, and no more", async () => {
    expect(await added("--agent")).toEqual([...daemon("agent"), "/var/lib/hal-o-swarm/agent"].toSorted());
  });
  await report.step("S19 --halctl installs one program: no unit, user or folder", async () => {
    expect(await added("--halctl")).toEqual(program("halctl").toSorted());
  });
  await report.step(
    "S5 S19 without systemd --halctl can be installed, and what needs it is refused in one line",
    async () => {
      await using machine = await bed.machine("headless", { has: "bare" });
      const without = (args: string) =>
        machine.run(
          `cd /media/hal && unshare --mount sh -c 'mount -t tmpfs none /run/systemd && ./deploy/install-release.sh ${args} ${FROM}'`,
        );
      const { code, stderr } = await without("--all");
      expect([code, stderr.trim().split("\n").length, stderr.includes("systemd")]).toEqual([1, 1, true]);
      expect(await without("--halctl")).toMatchObject({ code: 0 });
      await machine.must("halctl --version");
    },
  );
  await report.step("S20 with other places nothing leads to the usual ones, and both daemons run there", async () => {
    await using machine = await bed.machine("elsewhere");
    const installation = new Installation(machine);
    await installation.mustScript(
      "install-release.sh",
      `--all ${FROM} --prefix /opt/hal --config-dir /etc/hal --data-dir /data/hal --log-dir /var/log/hal --start`,
    );
    const usual =
      "/usr/local/lib/hal-o-swarm|/usr/local/bin/hal|/etc/hal-o-swarm|/var/lib/hal-o-swarm|/var/log/hal-o-swarm";
    expect(await machine.run(`grep -rE '${usual}' /etc/systemd/system/hal-*.service /etc/hal`)).toMatchObject({
      stdout: "",
    });
    expect(await machine.must("ls /opt/hal/bin; getent passwd hal-supervisor hal-agent | cut -d: -f6")).toBe(
      "hal-agent\nhal-supervisor\nhalctl\n/data/hal\n/data/hal/agent",
    );
    await machine.must(
      "test -f /data/hal/supervisor.db && test ! -e /var/lib/hal-o-swarm && systemctl is-active hal-supervisor hal-agent",
    );
  });
}

/** Everything below the places where an installation may write. */
async function filesOf(machine: Machine, format = "%p"): Promise<string[]> {
  const { stdout } = await machine.run(`find ${PLACES} -xdev -printf '${format}\\n' 2>/dev/null`);
  return stdout
    .split("\n")
    .filter((line) => line !== "" && !NOT_OURS.test(line) && !isSharedFolder(line))
    .toSorted();
}

/** A folder in which something else may be made at any time. */
function isSharedFolder(line: string): boolean {
  return /^\/(?:var\/log|var\/lib|etc|root)(?: |$)/.test(line);
}
