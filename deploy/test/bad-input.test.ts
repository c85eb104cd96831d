import { appendFileSync, copyFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeArtefacts, PLATFORM } from "./support/artefacts.ts";
import { DEPLOY, DeployPlace, ran } from "./support/deploy-place.ts";

const OTHER = PLATFORM === "linux-x64" ? "linux-arm64" : "linux-x64";

let place: DeployPlace;
let release: string;
let before: string[];
beforeAll(() => {
  place = new DeployPlace();
  release = place.release({ version: "1.0.0" });
  place.install(release);
  before = place.tree();
});
afterAll(() => place[Symbol.dispose]());

/** A refusal is one line, ends with 1, and leaves everything as it was. */
function refused(script: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const { code, out, err } = place.run(script, args, env);
  expect([code, out]).toEqual([1, ""]);
  expect(err.trimEnd().split("\n")).toHaveLength(1);
  expect(place.tree()).toEqual(before);
  return err.trimEnd();
}

describe("what was typed wrongly is refused in one line", () => {
  it.each([
    ["install-release.sh", ["--everything"], "there is no option --everything; see install-release.sh --help"],
    ["install-release.sh", [], "say what is installed: --all, or --supervisor, --agent or --halctl"],
    ["install-release.sh", ["--all", "now"], "now is too much"],
    ["install-release.sh", ["--all", "--prefix"], "--prefix needs a value"],
    ["install-release.sh", ["--all", "--prefix", "--dry-run"], "--prefix needs a value"],
    ["install-release.sh", ["--all", "--prefix="], "--prefix needs a value"],
    ["install-release.sh", ["--all=yes"], "--all takes no value, or is no option"],
    ["install-release.sh", ["--all", "--data-dir", "data"], "--data-dir must be an absolute path"],
    ["install-release.sh", ["--all", "--data-dir", "/data/%h"], "--data-dir must be an absolute path"],
    ["install-release.sh", ["--all", "--data-dir", "/a/../etc"], "--data-dir must be an absolute path"],
    [
      "install-release.sh",
      ["--all", "--data-dir", "/var/lib/"],
      "--data-dir must be a folder of its own, such as /var/lib/hal",
    ],
    ["install-release.sh", ["--all", "--data-dir", "/home/me/hal"], "is hidden from hal-supervisor by its unit"],
    ["install-release.sh", ["--all", "--from", "/nowhere"], "there is nothing at /nowhere"],
    ["install-release.sh", ["--agent", "--supervisor-url", "hub:8420"], "--supervisor-url is an address such as ws://"],
    ["install-release.sh", ["--agent", "--token-file", "/nowhere"], "--token-file /nowhere cannot be read"],
    ["install-release.sh", ["--all", "--start"], "below HAL_ROOT nothing is started"],
    ["install-release.sh", ["--all", "--repo", "just-a-name"], "--repo is OWNER/NAME on GitHub, or an address"],
    ["install.sh", ["--from", "x"], "there is no option --from"],
    ["upgrade.sh", ["--wait", "soon"], "--wait takes seconds"],
    ["upgrade.sh", ["--prefix", "/opt/hal"], "nothing of that is installed below /opt/hal"],
    ["rollback.sh", [], "there is no version before below /usr/local"],
    ["uninstall.sh", ["--prefix", "/opt/hal", "--halctl"], "nothing of that is installed below /opt/hal"],
  ] as const)("%s %j: %s", (script, args, line) => {
    expect(refused(script, args)).toContain(`${script}: ${line.includes("hidden") ? "/home/me/hal " : ""}${line}`);
  });

  it.each(["install-release.sh", "install.sh", "upgrade.sh", "rollback.sh", "uninstall.sh"])(
    "%s has a page of help",
    (script) => {
      const { code, out, err } = place.run(script, ["--help"]);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toMatch(new RegExp(`^sudo ./deploy/${script} `));
    },
  );
});

describe("artefacts that are not what they should be", () => {
  const folder = (name: string): string => path.join(place.folder, name);
  const archive = (component: string, version = "1.0.0", platform = PLATFORM): string =>
    `${component}-${version}-${platform}.tar.gz`;
  const copied = (name: string): string => {
    mkdirSync(folder(name));
    for (const file of readdirSync(release)) copyFileSync(path.join(release, file), path.join(folder(name), file));
    return folder(name);
  };

  it("are refused where one of them was tampered with, and none is unpacked", () => {
    const from = copied("tampered");
    appendFileSync(path.join(from, archive("halctl")), "more");
    const line = refused("install-release.sh", ["--all", "--from", from]);
    expect(line).toContain(`${archive("halctl")} is damaged or not what was released`);
  });

  it("are refused without checksums, and where these do not name one", () => {
    const from = copied("unlisted");
    writeFileSync(path.join(from, "SHA256SUMS"), "");
    expect(refused("install-release.sh", ["--all", "--from", from])).toContain(
      "SHA256SUMS does not list hal-supervisor-1.0.0",
    );
    rmSync(path.join(from, "SHA256SUMS"));
    expect(refused("install-release.sh", ["--all", "--from", from])).toContain("nothing is installed unchecked");
  });

  it("are refused where they are for another machine, whether named or in a folder", () => {
    makeArtefacts(folder("other"), { version: "1.0.0", platform: OTHER });
    const named = path.join(folder("other"), archive("hal-agent", "1.0.0", OTHER));
    expect(refused("install-release.sh", ["--agent", "--from", named])).toContain(
      `is for ${OTHER}, and this machine is ${PLATFORM}`,
    );
    expect(refused("install-release.sh", ["--agent", "--from", folder("other")])).toContain(
      `which has ${archive("hal-agent", "1.0.0", OTHER)}`,
    );
  });

  it("are refused where they need a newer glibc", () => {
    makeArtefacts(folder("newer"), { version: "2.0.0", floor: "2.99" });
    expect(refused("install-release.sh", ["--all", "--from", folder("newer")])).toMatch(
      /this system has glibc [\d.]+, and hal-supervisor needs 2\.99 or newer: take a newer system, or, where this was built here, a release/,
    );
  });

  it("are refused where they do not run here, and what was installed stays", () => {
    makeArtefacts(folder("broken"), { version: "2.0.0", program: "echo 'exec format error' >&2; exit 126" });
    const { code, err } = place.run("upgrade.sh", ["--from", folder("broken")]);
    expect([code, err.trimEnd()]).toEqual([
      1,
      "upgrade.sh: hal-supervisor 2.0.0 does not run on this machine (exec format error); what was installed is unchanged",
    ]);
    expect(place.version("hal-supervisor")).toBe("1.0.0");
    rmSync(place.at("/usr/local/lib/hal-o-swarm/2.0.0"), { recursive: true });
  });
});

describe("a machine that does not fit is refused in one line", () => {
  it.each([
    [
      "an architecture",
      "uname() { echo riscv64; }; judge_machine halctl",
      "HAL-O-SWARM is made for Linux on x64 and arm64",
    ],
    ["no systemd", "HAL_ROOT=; id() { echo 0; }; judge_systemd", "systemd does not run here"],
    [
      "an old systemd",
      'systemd_version() { echo 237; }; [() { test "$1" != \'!\' && builtin [ "$@"; }; judge_systemd',
      "systemd 237 is too old",
    ],
    [
      "no root",
      "HAL_ROOT=; id() { echo 1000; }; COMMAND_LINE=--halctl; judge_machine halctl",
      "only root may do this: sudo",
    ],
    [
      "no room",
      "PREFIX=/usr/local LIB=/usr/local/lib; free_kb() { echo 2048; }; judge_room 204800",
      "/usr/local has room for 2 MB, and 200 MB are needed",
    ],
    [
      "no glibc",
      "VERSION=1; member() { echo 2.28; }; host_libc() { :; }; judge_libc halctl",
      "this system has no glibc",
    ],
    ["no tool", "judge_tools no-such-tool", "there is no no-such-tool on this machine"],
  ])("%s", (_, lines, text) => {
    const { code, err } = place.source(lines);
    expect(code).toBe(1);
    expect(err.trimEnd().split("\n")).toEqual([expect.stringContaining(`test: ${text}`)]);
  });

  it("but for little memory and disk, which is a warning", () => {
    const { code, err } = place.source(
      "settle_places; free_kb() { echo 1048576; }; memory_kb() { echo 1048576; }; advise_on_size hal-supervisor hal-agent",
    );
    expect([code, err.trimEnd().split("\n")]).toEqual([
      0,
      [
        "warning: /var/lib/hal-o-swarm has room for 1024 MB; 6144 MB or more are recommended",
        "warning: this machine has 1024 MB of memory; 6144 MB or more are recommended",
      ],
    ]);
  });

  it("and a port that another program has is a refusal where it is to be started, else a warning", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const lines = `settle_places; ports_of() { echo ${port}; }; judge_ports hal-supervisor`;
    const warned = place.source(lines);
    const stopped = place.source(`OPTION[start]=1; ${lines}`);
    server.close();
    const text = `port ${port}, which hal-supervisor needs, is taken by `;
    expect([warned.code, warned.err]).toEqual([0, expect.stringContaining(`warning: ${text}`)]);
    expect([stopped.code, stopped.err]).toEqual([1, expect.stringContaining(`test: ${text}`)]);
  });

  it("and a port of its own is none of a stranger", () => {
    const { code, err } = place.source(
      "settle_places; listening() { echo 1; }; owner_of() { echo 'hal-supervisor (process 7)'; }; judge_ports hal-supervisor",
    );
    expect([code, err]).toEqual([0, ""]);
  });
});

describe("a run", () => {
  it("is refused while another one is under way", () => {
    const { code, err } = place.source('take_lock; "$DEPLOY/install-release.sh" --halctl --from /nowhere');
    expect([code, err.trimEnd()]).toEqual([
      1,
      expect.stringMatching(/^install-release\.sh: another installation.* is under way/),
    ]);
  });

  it("whose disk is full leaves what was installed, and says where room is needed", () => {
    const next = place.release({
      version: "1.5.0",
      program: `: ${"x".repeat(400_000)}\ncase $1 in *) echo 1.5.0 ;; esac`,
    });
    // a limit of 64 KB for each file is a disk that is full in the middle of the first one that is bigger
    const { code, err } = ran(
      "bash",
      ["-c", `ulimit -f 64; trap '' XFSZ; exec '${DEPLOY}/upgrade.sh' --from '${next}'`],
      {
        HAL_ROOT: place.root,
      },
    );
    expect([code, err.trimEnd().split("\n")]).toEqual([
      1,
      [expect.stringMatching(/^upgrade\.sh: cannot unpack hal-supervisor-1\.5\.0.*make room there and run this again/)],
    ]);
    expect(place.tree().filter((line) => !line.startsWith("usr/local/lib/hal-o-swarm/1.5.0"))).toEqual(before);
    rmSync(place.at("/usr/local/lib/hal-o-swarm/1.5.0"), { recursive: true });
  });
});

describe("a build from source", () => {
  it.each([
    ["node", 127, "there is no Node here to build with, which has to be 18 or newer"],
    ["node", 0, "Node 16.20.0 is too old to build with: install 18 or newer"],
  ])("is refused without a %s that fits (%i)", (name, code, text) => {
    const programs = path.join(place.folder, `programs-${code}`);
    mkdirSync(programs);
    writeFileSync(path.join(programs, name), `#!/bin/sh\n[ ${code} = 0 ] && echo v16.20.0\nexit ${code}\n`, {
      mode: 0o755,
    });
    const line = refused("install.sh", ["--all"], { PATH: `${programs}:/usr/bin:/bin` });
    expect(line).toContain(`install.sh: ${text}`);
  });
});
