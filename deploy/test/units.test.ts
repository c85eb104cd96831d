import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeployPlace } from "./support/deploy-place.ts";
import { KNOWN_TO_239, LATER } from "./systemd-239.ts";

const UNITS = ["hal-supervisor", "hal-agent"] as const;
type Unit = (typeof UNITS)[number];

let place: DeployPlace;
beforeAll(() => {
  place = new DeployPlace();
  place.install(place.release({ version: "1.0.0" }));
});
afterAll(() => place[Symbol.dispose]());

const text = (unit: Unit): string => place.read(`/etc/systemd/system/${unit}.service`);

/** Section, name and value of each line. */
function directives(unit: Unit): (readonly [string, string, string])[] {
  let section = "";
  return text(unit)
    .split("\n")
    .flatMap((line) => {
      section = /^\[(\w+)\]$/.exec(line)?.[1] ?? section;
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[section, name, value ?? ""] as const];
    });
}

const values = (unit: Unit, wanted: string): string[] =>
  directives(unit).flatMap(([, name, value]) => (name === wanted ? [value] : []));

/** Whether a program of systemd is here that judges units without being the first process. */
const analyze = (...args: readonly string[]): ReturnType<typeof spawnSync> & { readonly text: string } => {
  const ran = spawnSync("systemd-analyze", args, { encoding: "utf8" });
  return { ...ran, text: `${ran.stdout ?? ""}${ran.stderr ?? ""}` };
};
const release = Number(/^systemd (\d+)/.exec(analyze("--version").text)?.[1] ?? 0);
const unless = (least: number): string => (release >= least ? "" : ` (skipped: systemd-analyze ${least} is not here)`);

describe.each(UNITS)("%s.service", (unit) => {
  it("has what systemd 239 knows, and of later things those that may be lacking", () => {
    const unknown = directives(unit).filter(
      ([section, name]) => KNOWN_TO_239[section]?.includes(name) !== true && LATER[name] === undefined,
    );
    expect(unknown).toEqual([]);
    expect(directives(unit).length).toBeGreaterThan(40);
  });

  it.skipIf(release < 239)(`is one that systemd has nothing to say about${unless(239)}`, () => {
    const file = path.join(place.folder, `${unit}.service`);
    // its programs are below the folder of this test
    const here = text(unit).replaceAll(/^(Exec\w+=[-+]*)\/usr\/local/gm, `$1${place.at("/usr/local")}`);
    writeFileSync(file, here);
    const { text: said } = analyze("verify", "--man=no", file);
    const about = said.split("\n").filter((line) => line.includes(`${unit}.service`) && !/MemoryLimit=/.test(line));
    expect(about).toEqual([]);
  });

  it("says when it is ready, is watched, starts again with a limit, and has half a minute to stop", () => {
    const expected = {
      Type: "notify",
      NotifyAccess: "all",
      WatchdogSec: "30",
      Restart: "on-failure",
      StartLimitIntervalSec: "120",
      StartLimitBurst: "5",
      TimeoutStopSec: "30",
      SyslogLevelPrefix: "yes",
      LimitNOFILE: "65536",
    };
    for (const [name, value] of Object.entries(expected)) expect([name, values(unit, name)]).toEqual([name, [value]]);
  });

  it("names its configuration, so that a variable of the other one's does not count, and runs without its environment file", () => {
    const component = unit.replace("hal-", "");
    expect(values(unit, "ExecStart")).toEqual([
      `/usr/local/bin/${unit} --config /etc/hal-o-swarm/${component}.config.json`,
    ]);
    expect(values(unit, "EnvironmentFile")).toEqual([`-/etc/hal-o-swarm/${component}.env`]);
    expect([values(unit, "User"), values(unit, "Group")]).toEqual([[unit], [unit]]);
  });

  it("has its limit of memory by both names", () => {
    const limit = unit === "hal-agent" ? "4G" : "2G";
    expect([values(unit, "MemoryMax"), values(unit, "MemoryLimit")]).toEqual([[limit], [limit]]);
  });

  it("lets its JavaScript be compiled, and has no folder whose owner systemd changes with all that is in it", () => {
    for (const name of ["MemoryDenyWriteExecute", "StateDirectory", "LogsDirectory", "MemoryHigh"])
      expect([name, values(unit, name)]).toEqual([name, []]);
  });
});

describe("hal-supervisor.service", () => {
  it("writes into its data and its log alone", () => {
    expect([values("hal-supervisor", "ProtectSystem"), values("hal-supervisor", "ReadWritePaths")]).toEqual([
      ["strict"],
      ["/var/lib/hal-o-swarm -/var/log/hal-o-swarm"],
    ]);
  });

  it.skipIf(release < 250)(`is exposed by 1.5 of 10 at most${unless(250)}`, () => {
    expect(exposure("hal-supervisor")).toBeLessThanOrEqual(1.5);
  });
});

describe("hal-agent.service", () => {
  it("keeps nothing from the build tools of a project that they need", () => {
    const narrow = [
      "ProtectHome PrivateTmp PrivateDevices PrivateUsers ProtectClock ProtectHostname RestrictNamespaces RestrictSUIDSGID",
      "LockPersonality SystemCallArchitectures RemoveIPC DevicePolicy DeviceAllow ReadOnlyPaths InaccessiblePaths",
    ].flatMap((line) => line.split(" "));
    expect(narrow.filter((name) => values("hal-agent", name).length > 0)).toEqual([]);
    expect(values("hal-agent", "SystemCallFilter")).toEqual(["~@clock @module @raw-io @reboot @swap"]);
    expect(values("hal-agent", "ProtectSystem")).toEqual(["full"]);
  });

  it("leaves opencode to its own way to end: by the helper of the same version", () => {
    const helper = "/usr/local/lib/hal-o-swarm/1.0.0/hal-agent/libexec/hal-agent-stop";
    expect(values("hal-agent", "KillMode")).toEqual(["process"]);
    expect(values("hal-agent", "OOMPolicy")).toEqual(["continue"]);
    expect(values("hal-agent", "ExecStop")).toEqual([`+${helper} begin %n`]);
    expect(values("hal-agent", "ExecStopPost")).toEqual([
      `-+${helper} after %n /usr/local/bin/hal-agent /etc/hal-o-swarm/agent.config.json`,
    ]);
    expect(place.mode(helper)).toBe("755");
  });

  it.skipIf(release < 250)(`is exposed by 4.5 of 10 at most${unless(250)}`, () => {
    expect(exposure("hal-agent")).toBeLessThanOrEqual(4.5);
  });
});

function exposure(unit: Unit): number {
  const { text: said } = analyze(
    "security",
    "--offline=true",
    "--no-pager",
    place.at(`/etc/systemd/system/${unit}.service`),
  );
  return Number(/Overall exposure level for .*: ([\d.]+)/.exec(said)?.[1] ?? Number.NaN);
}
