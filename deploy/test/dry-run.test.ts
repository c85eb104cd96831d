import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DEPLOY, DeployPlace, type Ran, ran } from "./support/deploy-place.ts";

let place: DeployPlace;
let release: string;
beforeEach(() => {
  place = new DeployPlace();
  release = place.release({ version: "1.0.0" });
});
afterEach(() => place[Symbol.dispose]());

const steps = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("  "));

/** As somebody who is not root, on a machine whose programs for the network tell that they were asked. */
function dryRun(
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Ran & { readonly isFetching: boolean } {
  const programs = path.join(place.folder, "programs");
  const asked = path.join(place.folder, "asked");
  mkdirSync(programs, { recursive: true });
  for (const name of ["curl", "wget"])
    writeFileSync(path.join(programs, name), `#!/bin/sh\n: > '${asked}'\nexit 7\n`, { mode: 0o755 });
  chmodSync(place.folder, 0o777);
  const command = [path.join(DEPLOY, script), ...args, "--dry-run"];
  const asNobody =
    process.getuid?.() === 0 ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : [];
  const [program = "", ...rest] = [...asNobody, ...command];
  return {
    ...ran(program, rest, { ...env, PATH: `${programs}:/usr/sbin:/usr/bin:/bin` }),
    isFetching: existsSync(asked),
  };
}

describe("a dry run", () => {
  it("shows every step of the run that follows, and changes nothing", () => {
    const before = place.tree();
    const shown = dryRun("install-release.sh", ["--all", "--from", release], { HAL_ROOT: place.root });
    expect([shown.code, shown.isFetching]).toEqual([0, false]);
    expect(place.tree()).toEqual(before);
    expect(shown.out).toMatch(/\nNothing was changed\.\n$/);
    expect(steps(shown.out)).toEqual(steps(place.install(release)));
    expect(steps(shown.out)).toHaveLength(16);
  });

  it("of an upgrade, of going back and of a removal shows theirs, too", () => {
    place.install(release);
    const next = place.release({ version: "1.1.0" });
    for (const [script, args] of [
      ["upgrade.sh", ["--from", next]],
      ["rollback.sh", []],
      ["uninstall.sh", ["--purge"]],
    ] as const) {
      const before = place.tree();
      const shown = dryRun(script, args, { HAL_ROOT: place.root });
      expect([shown.code, place.tree()]).toEqual([0, before]);
      const done = place.run(script, args);
      expect(done.code).toBe(0);
      expect(steps(shown.out)).toEqual(steps(done.out));
    }
  });

  it("needs no network, root or systemd, and shows what needs them", () => {
    const { code, out, isFetching } = dryRun("install-release.sh", [
      "--all",
      "--enable",
      "--start",
      "--data-dir",
      "/data/hal",
    ]);
    expect([code, isFetching]).toEqual([0, false]);
    for (const line of [
      /^ {2}unpack +\/usr\/local\/lib\/hal-o-swarm\/NEWEST\/halctl /m,
      /^ {2}user +hal-agent .*home \/data\/hal\/agent/m,
      /^ {2}folder +\/data\/hal {2}\(hal-supervisor:hal-supervisor 0755\)/m,
      /^ {2}folder +\/data\/hal\/agent {2}\(hal-agent:hal-agent 0700\)/m,
      /^ {2}config +\/etc\/hal-o-swarm\/agent.config.json {2}\(root:hal-agent 0640/m,
      /^ {2}unit +\/etc\/systemd\/system\/hal-supervisor.service/m,
      /^ {2}link +\/usr\/local\/bin\/hal-agent /m,
      /^ {2}reload /m,
      /^ {2}enable +hal-supervisor/m,
      /^ {2}start +hal-agent, and wait until it is ready/m,
    ])
      expect(out).toMatch(line);
  });

  it("of a build from source builds nothing", () => {
    const { code, out } = dryRun("install.sh", ["--halctl"], { HAL_ROOT: place.root });
    expect(code).toBe(0);
    expect(out).toMatch(/^npm run release:artefacts -- --platform linux-/);
    expect(steps(out)).toHaveLength(2);
  });
});
