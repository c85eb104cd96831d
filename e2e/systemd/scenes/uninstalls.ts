import { expect } from "vitest";
import type { Report } from "../../harness/report.ts";
import { MEDIA } from "../installation.ts";
import type { TestBed } from "../test-bed.ts";

const LEFT =
  "find /etc/systemd/system /usr/local /etc/hal-o-swarm /var/lib/hal-o-swarm /var/log/hal-o-swarm -name '*hal*' -o -path '*hal-o-swarm*'";

/** Removing what runs, with its data and without. */
export async function uninstalls(bed: TestBed, report: Report): Promise<void> {
  await using machine = await bed.machine("leaves");
  const installation = await bed.running(machine, ["engine"]);
  await machine.must("systemctl enable hal-supervisor hal-agent");
  const id = await installation.begin("engine", "[[say: kept]]");
  await installation.sessionIn(id, "idle");
  const { token } = installation;

  await report.step("S23 what is uninstalled runs no longer, and its configurations and data stay", async () => {
    await installation.mustScript("uninstall.sh", "--all");
    expect(await machine.run("pgrep -u hal-agent,hal-supervisor -a")).toMatchObject({ stdout: "" });
    expect((await machine.run("systemctl cat hal-supervisor hal-agent")).code).not.toBe(0);
    await machine.must(
      "test ! -e /usr/local/bin/hal-supervisor -a ! -e /usr/local/bin/halctl -a ! -e /usr/local/lib/hal-o-swarm",
    );
    await machine.must(
      "test -s /var/lib/hal-o-swarm/supervisor.db -a -s /etc/hal-o-swarm/supervisor.config.json -a -d /var/log/hal-o-swarm",
    );
    expect(await machine.must("systemctl is-system-running")).toBe("running");
  });
  await report.step("S23 who installs it again has everything as it was", async () => {
    await installation.mustScript("install-release.sh", `--all --from ${MEDIA.release} --start`);
    await installation.nodesUp();
    expect(installation.token).toBe(token);
    await installation.sessionIn(id, "idle");
  });
  await report.step("S23 --purge leaves nothing but what people have put there", async () => {
    machine.write("/etc/hal-o-swarm/notes-of-a-person", "mine\n");
    await installation.mustScript("uninstall.sh", "--all --purge");
    expect((await machine.run(LEFT)).stdout.trim().split("\n").toSorted()).toEqual([
      "/etc/hal-o-swarm",
      "/etc/hal-o-swarm/notes-of-a-person",
    ]);
    for (const user of ["hal-supervisor", "hal-agent"])
      expect(await machine.run(`id ${user}`)).toMatchObject({ code: 1 });
    await machine.must("test -d /srv/projects/engine/.git");
  });
}
