import { existsSync, readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { COMPONENTS } from "./support/artefacts.ts";
import { DeployPlace } from "./support/deploy-place.ts";

const UNIT = "/etc/systemd/system/hal-agent.service";

let place: DeployPlace;
beforeEach(() => {
  place = new DeployPlace();
  place.install(place.release({ version: "1.0.0" }));
});
afterEach(() => place[Symbol.dispose]());

const versions = (): string[] =>
  COMPONENTS.flatMap((program) => [place.version(program), place.version(`${program}.backup`)]);

describe("upgrade.sh", () => {
  it("brings what is installed to another version, and nothing else", () => {
    place.run("uninstall.sh", ["--agent"]);
    expect(place.run("upgrade.sh", ["--from", place.release({ version: "1.1.0" })]).code).toBe(0);
    expect(readdirSync(place.at("/usr/local/bin"))).toEqual([
      "hal-supervisor",
      "hal-supervisor.backup",
      "halctl",
      "halctl.backup",
    ]);
    expect(place.version("hal-supervisor")).toBe("1.1.0");
  });
});

describe("rollback.sh", () => {
  it("has each program and its backup change places, with the units, and goes forward the second time", () => {
    const before = place.read(UNIT);
    place.run("upgrade.sh", ["--from", place.release({ version: "1.1.0" })]);
    const after = place.read(UNIT);
    expect(after).not.toBe(before);
    expect(place.run("rollback.sh", []).code).toBe(0);
    expect([versions(), place.read(UNIT)]).toEqual([["1.0.0", "1.1.0", "1.0.0", "1.1.0", "1.0.0", "1.1.0"], before]);
    expect(place.run("rollback.sh", []).code).toBe(0);
    expect([versions(), place.read(UNIT)]).toEqual([["1.1.0", "1.0.0", "1.1.0", "1.0.0", "1.1.0", "1.0.0"], after]);
  });

  it("does it for one program alone", () => {
    place.run("upgrade.sh", ["--from", place.release({ version: "1.1.0" })]);
    place.run("rollback.sh", ["--agent"]);
    expect(versions()).toEqual(["1.1.0", "1.0.0", "1.0.0", "1.1.0", "1.1.0", "1.0.0"]);
  });
});

describe("uninstall.sh", () => {
  beforeEach(() => {
    place.write("/var/lib/hal-o-swarm/supervisor.db", "rows");
    place.write("/var/lib/hal-o-swarm/supervisor.db-wal", "rows");
    place.write("/var/lib/hal-o-swarm/agent/agent.db", "rows");
    place.run("upgrade.sh", ["--from", place.release({ version: "1.1.0" })]);
  });

  it("removes programs and units, and keeps configurations and data", () => {
    const { code, out } = place.run("uninstall.sh", []);
    expect([code, out]).toEqual([0, expect.stringMatching(/Kept: \/etc\/hal-o-swarm, .* --purge removes them\.\n$/)]);
    expect(
      ["/usr/local/bin", "/usr/local/lib", "/etc/systemd/system"].map((folder) => readdirSync(place.at(folder))),
    ).toEqual([[], [], []]);
    expect(readdirSync(place.at("/etc/hal-o-swarm"))).toHaveLength(4);
    expect(place.read("/var/lib/hal-o-swarm/supervisor.db")).toBe("rows");
    expect(place.read("/var/lib/hal-o-swarm/agent/agent.db")).toBe("rows");
  });

  it("purges what is ours, and nothing else that is in the same folders", () => {
    place.write("/var/lib/hal-o-swarm/notes.txt", "mine");
    place.write("/usr/local/bin/other", "not ours");
    const { code, out } = place.run("uninstall.sh", ["--purge"]);
    expect([code, out]).toEqual([0, expect.stringMatching(/\/var\/lib\/hal-o-swarm, which has something else in it/)]);
    expect(readdirSync(place.at("/var/lib/hal-o-swarm"))).toEqual(["notes.txt"]);
    expect([existsSync(place.at("/etc/hal-o-swarm")), existsSync(place.at("/var/log/hal-o-swarm"))]).toEqual([
      false,
      false,
    ]);
    expect(readdirSync(place.at("/usr/local/bin"))).toEqual(["other"]);
  });

  it("purges afterwards, too, and then finds nothing any more", () => {
    place.run("uninstall.sh", []);
    expect(place.run("uninstall.sh", ["--purge"]).code).toBe(0);
    expect(existsSync(place.at("/var/lib/hal-o-swarm"))).toBe(false);
    expect(place.run("uninstall.sh", ["--purge"])).toMatchObject({
      code: 1,
      err: expect.stringContaining("nothing of that is installed"),
    });
  });

  it("removes one program alone", () => {
    place.run("uninstall.sh", ["--supervisor", "--purge"]);
    expect(place.version("hal-agent")).toBe("1.1.0");
    expect(readdirSync(place.at("/etc/hal-o-swarm"))).toEqual(["agent.config.json", "agent.env"]);
    expect(readdirSync(place.at("/var/lib/hal-o-swarm"))).toEqual(["agent"]);
  });
});
