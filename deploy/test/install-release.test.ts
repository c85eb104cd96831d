import { existsSync, readdirSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMPONENTS, makeArtefacts } from "./support/artefacts.ts";
import { DEPLOY, DeployPlace } from "./support/deploy-place.ts";

const SUPERVISOR = "/etc/hal-o-swarm/supervisor.config.json";
const AGENT = "/etc/hal-o-swarm/agent.config.json";

const releases = new DeployPlace();
const first = releases.release({ version: "1.0.0" });
afterAll(() => releases[Symbol.dispose]());

let place: DeployPlace;
beforeEach(() => {
  place = new DeployPlace();
});
afterEach(() => place[Symbol.dispose]());

interface Config {
  readonly auth_token: string;
  readonly supervisor_url: string;
  readonly data_dir: string;
  readonly server: { readonly auth_token: string };
  readonly database: { readonly path: string };
}
const config = (file: string): Config => JSON.parse(place.read(file)) as Config;
const steps = (out: string): string[] => out.split("\n").filter((line) => line.startsWith("  "));

describe("a first installation", () => {
  it("puts each program, its unit, its configuration and its folders where the guide has them", () => {
    place.install(first);
    for (const program of COMPONENTS) {
      expect(place.version(program)).toBe("1.0.0");
      expect(statSync(place.at(`/usr/local/bin/${program}`)).mode & 0o111).toBe(0o111);
    }
    expect(readdirSync(place.at("/etc/hal-o-swarm"))).toEqual([
      "agent.config.json",
      "agent.env",
      "supervisor.config.json",
      "supervisor.env",
    ]);
    expect(readdirSync(place.at("/etc/systemd/system"))).toEqual(["hal-agent.service", "hal-supervisor.service"]);
    expect(config(SUPERVISOR).database.path).toBe("/var/lib/hal-o-swarm/supervisor.db");
    const modes = [
      "/etc/hal-o-swarm",
      "/var/lib/hal-o-swarm",
      "/var/lib/hal-o-swarm/agent",
      "/var/log/hal-o-swarm",
      SUPERVISOR,
      AGENT,
    ];
    expect(modes.map((name) => place.mode(name))).toEqual(["755", "755", "700", "755", "640", "640"]);
  });

  it("makes one token for both, and shows it nowhere", () => {
    const out = place.install(first);
    const { auth_token: token } = config(SUPERVISOR).server;
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(config(AGENT)).toMatchObject({ auth_token: token, supervisor_url: "ws://localhost:8420" });
    expect(out).not.toContain(token.slice(0, 8));
  });

  it.each([
    ["--supervisor", ["hal-supervisor"], ["hal-supervisor.service"], ["supervisor.config.json", "supervisor.env"]],
    ["--agent", ["hal-agent"], ["hal-agent.service"], ["agent.config.json", "agent.env"]],
  ])("of %s has that alone", (flag, programs, units, files) => {
    expect(place.run("install-release.sh", [flag, "--from", first]).code).toBe(0);
    expect(readdirSync(place.at("/usr/local/bin"))).toEqual(programs);
    expect(readdirSync(place.at("/etc/systemd/system"))).toEqual(units);
    expect(readdirSync(place.at("/etc/hal-o-swarm"))).toEqual(files);
  });

  it("takes a folder by a link to it, too", () => {
    const link = path.join(path.dirname(first), "current");
    symlinkSync(first, link);
    expect(place.run("install-release.sh", ["--halctl", "--from", link])).toMatchObject({ code: 0, err: "" });
    unlinkSync(link);
  });

  it("of --halctl has the terminal, and no unit, folder or configuration", () => {
    expect(place.run("install-release.sh", ["--halctl", "--from", first]).code).toBe(0);
    expect(readdirSync(place.at("/usr/local/bin"))).toEqual(["halctl"]);
    expect(readdirSync(place.root)).toEqual(["run", "usr"]);
  });

  it("of an agent takes the address and the token that it is given", () => {
    const file = path.join(place.folder, "token");
    writeFileSync(file, "s3cret-of-the-fleet\nmore\n");
    const url = "wss://hub.example.com:8420";
    place.run("install-release.sh", ["--agent", "--from", first, "--supervisor-url", url, "--token-file", file]);
    expect(config(AGENT)).toMatchObject({ auth_token: "s3cret-of-the-fleet", supervisor_url: url });
  });

  it("of an agent beside a supervisor that is there takes that one's token", () => {
    place.run("install-release.sh", ["--supervisor", "--from", first]);
    place.run("install-release.sh", ["--agent", "--from", first]);
    expect(config(AGENT).auth_token).toBe(config(SUPERVISOR).server.auth_token);
  });

  it("has every place where it is told, and the usual ones nowhere", () => {
    place.install(
      first,
      "--prefix",
      "/opt/hal",
      "--config-dir",
      "/etc/hal",
      "--data-dir",
      "/data/hal",
      "--log-dir=/var/log/hal",
    );
    const written = ["/etc/systemd/system/hal-supervisor.service", "/etc/systemd/system/hal-agent.service"].concat(
      readdirSync(place.at("/etc/hal")).map((name) => `/etc/hal/${name}`),
    );
    expect(written).toHaveLength(6);
    for (const name of written) expect(place.read(name)).not.toMatch(/\/usr\/local|hal-o-swarm\/(?!\d)|@[A-Z_]+@/);
    expect(readdirSync(place.at("/opt/hal/bin"))).toEqual(["hal-agent", "hal-supervisor", "halctl"]);
    expect(config("/etc/hal/agent.config.json").data_dir).toBe("/data/hal/agent");
    expect(readdirSync(place.at("/data/hal"))).toEqual(["agent"]);
    expect(existsSync(place.at("/etc/hal-o-swarm"))).toBe(false);
  });
});

describe("another run", () => {
  it("changes nothing where nothing is new", () => {
    place.install(first);
    const before = place.tree();
    const out = place.install(first);
    expect(steps(out).every((line) => line.startsWith("  keep "))).toBe(true);
    expect(place.tree()).toEqual(before);
  });

  it("finds the places of the first one by itself", () => {
    place.install(
      first,
      "--prefix",
      "/opt/hal",
      "--config-dir",
      "/etc/hal",
      "--data-dir",
      "/data/hal",
      "--log-dir",
      "/var/log/hal",
    );
    const before = place.tree();
    place.install(first);
    expect(place.tree()).toEqual(before);
  });

  it("finds those of the program that is named, where another one has others", () => {
    place.run("install-release.sh", ["--supervisor", "--from", first]);
    place.run("install-release.sh", ["--agent", "--from", first, "--prefix", "/opt/hal", "--config-dir", "/etc/hal"]);
    const before = place.tree();
    place.run("install-release.sh", ["--agent", "--from", first]);
    expect(place.tree()).toEqual(before);
  });

  it("keeps configurations that were edited, and says that flags for new ones do not count", () => {
    place.install(first);
    place.write(AGENT, '{ "mine": true }');
    place.write("/etc/hal-o-swarm/agent.env", "LOG_LEVEL=debug\n");
    const { err } = place.run("install-release.sh", ["--all", "--from", first, "--supervisor-url", "ws://other:8420"]);
    expect(err).toMatch(/^warning: .*agent\.config\.json is there already and is kept/m);
    expect(place.read(AGENT)).toBe('{ "mine": true }');
    expect(place.read("/etc/hal-o-swarm/agent.env")).toBe("LOG_LEVEL=debug\n");
  });

  it("writes the address and the token into an agent's configuration that waits for them", () => {
    place.run("install-release.sh", ["--agent", "--from", first]);
    expect(config(AGENT).auth_token).toBe("your-shared-secret-here");
    const file = path.join(place.folder, "token");
    writeFileSync(file, "now-it-is-known");
    place.run("install-release.sh", [
      "--agent",
      "--from",
      first,
      "--supervisor-url",
      "ws://hub:8420",
      "--token-file",
      file,
    ]);
    expect(config(AGENT)).toMatchObject({ auth_token: "now-it-is-known", supervisor_url: "ws://hub:8420" });
  });

  it("repairs what is damaged, gone, or half made by a run that was killed", () => {
    place.install(first);
    const before = place.tree();
    place.write("/usr/local/lib/hal-o-swarm/1.0.0/hal-agent/app/main.js", "damaged");
    rmSync(place.at("/usr/local/lib/hal-o-swarm/1.0.0/halctl"), { recursive: true });
    unlinkSync(place.at("/usr/local/bin/halctl"));
    unlinkSync(place.at("/etc/systemd/system/hal-agent.service"));
    place.write("/usr/local/lib/hal-o-swarm/1.0.0/.hal-agent.Ab12Cd/app/main.js", "half");
    place.install(first);
    const withoutTimes = (tree: string[]): string[] => tree.map((line) => line.replace(/ \d{10,}[.\d]* /, " "));
    expect(withoutTimes(place.tree())).toEqual(withoutTimes(before));
  });

  it("keeps a unit that somebody edited beside the new one", () => {
    place.install(first);
    const unit = "/etc/systemd/system/hal-agent.service";
    place.write(unit, `${place.read(unit)}\n# mine\n`);
    const { err } = place.run("install-release.sh", ["--all", "--from", first]);
    expect(err).toMatch(/^warning: .*changes belong in systemctl edit hal-agent$/m);
    expect(place.read(`${unit}.before`)).toMatch(/# mine/);
    expect(place.read(unit)).not.toMatch(/# mine/);
  });
});

describe("another version", () => {
  it("takes the place of the one before, which is the backup, and of older ones nothing stays", () => {
    place.install(first);
    place.install(place.release({ version: "1.1.0" }));
    expect(COMPONENTS.map((program) => place.version(`${program}.backup`))).toEqual(["1.0.0", "1.0.0", "1.0.0"]);
    place.install(place.release({ version: "1.2.0" }));
    expect(COMPONENTS.map((program) => [place.version(program), place.version(`${program}.backup`)])).toEqual([
      ["1.2.0", "1.1.0"],
      ["1.2.0", "1.1.0"],
      ["1.2.0", "1.1.0"],
    ]);
    expect(readdirSync(place.at("/usr/local/lib/hal-o-swarm"))).toEqual(["1.1.0", "1.2.0"]);
  });

  it("keeps a program as the backup that was there before and is none of ours", () => {
    place.write("/usr/local/bin/hal-supervisor", "another program");
    place.install(first);
    expect(place.version("hal-supervisor")).toBe("1.0.0");
    expect(place.read("/usr/local/bin/hal-supervisor.backup")).toBe("another program");
  });

  it("of a folder with several is the newest, or the one that is named", () => {
    const several = path.join(place.folder, "several");
    for (const version of ["1.9.0", "1.10.0"]) makeArtefacts(several, { version });
    place.install(several, "--version", "1.9.0");
    expect(place.version("halctl")).toBe("1.9.0");
    place.install(several);
    expect(place.version("halctl")).toBe("1.10.0");
  });

  it("may be named by one of its archives", () => {
    place.install(path.join(first, `halctl-1.0.0-${process.arch === "arm64" ? "linux-arm64" : "linux-x64"}.tar.gz`));
    expect(place.version("hal-agent")).toBe("1.0.0");
  });

  it("that does not tell systemd that it is ready has a unit that does not wait for that", () => {
    place.install(place.release({ version: "0.9.0", notifies: false }));
    const unit = place.read("/etc/systemd/system/hal-supervisor.service");
    expect(unit).toMatch(/^Type=simple$/m);
    expect(unit).not.toMatch(/^(Watchdog|NotifyAccess)/m);
  });
});

describe("a release", () => {
  it.each([[[]], [["--version", "1.0.0"]]])("is fetched from an address, with %j", async (args) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      const name = path.basename(request.url ?? "");
      readFile(path.join(first, name)).then(
        (body) => response.end(body),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const child = spawn(
      path.join(DEPLOY, "install-release.sh"),
      ["--halctl", "--repo", `http://127.0.0.1:${port}/o/n`, ...args],
      {
        env: { PATH: process.env["PATH"], HAL_ROOT: place.root },
        stdio: "ignore",
      },
    );
    const code = await new Promise((resolve) => child.once("close", resolve));
    server.close();
    expect(code).toBe(0);
    expect(asked[0]).toBe(`/o/n/releases/${args.length === 0 ? "latest/download" : "download/v1.0.0"}/SHA256SUMS`);
    expect(asked).toHaveLength(2);
    expect(place.version("halctl")).toBe("1.0.0");
  });
});

it("a folder that was moved is given by where its link leads", () => {
  place.write("/data/hal/file", "");
  place.write("/var/lib/file", "");
  symlinkSync("../../data/hal", place.at("/var/lib/hal-o-swarm"));
  place.install(first);
  expect(readdirSync(place.at("/data/hal"))).toEqual(["agent", "file"]);
});
