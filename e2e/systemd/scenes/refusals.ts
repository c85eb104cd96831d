import { expect } from "vitest";
import { eventually } from "../../harness/eventually.ts";
import type { Report } from "../../harness/report.ts";
import { MEDIA } from "../installation.ts";
import { versionBeside } from "../release.ts";
import type { TestBed } from "../test-bed.ts";

const NEXT = "/media/hal/next";
const COPY = "/root/copy";

/** What goes wrong while something is installed already: one line with the way out, and the earlier installation still runs. */
export async function refusals(bed: TestBed, report: Report): Promise<void> {
  const next = bed.reissue(versionBeside(bed.release.version, 1));
  await using machine = await bed.machine("careful", { releases: { next } });
  const installation = await bed.running(machine, ["engine"]);
  const running = await machine.must("systemctl show hal-supervisor hal-agent --value -p MainPID");

  /** Refuses in one line, and what was there runs on as it was. */
  const refused = (about: string, command: string, says: RegExp) =>
    report.step(`${about}: one line, and what is installed runs on`, async () => {
      const { code, stderr } = await machine.run(`cd /media/hal && ${command}`, { seconds: 300 });
      const lines = stderr.split("\n").filter((line) => line !== "" && !line.startsWith("warning: "));
      expect([code, lines.length, lines]).toEqual([1, 1, [expect.stringMatching(says)]]);
      expect(await machine.must("systemctl show hal-supervisor hal-agent --value -p MainPID")).toBe(running);
      expect(await installation.versionOf("hal-supervisor")).toBe(bed.release.version);
      await machine.must("test -z \"$(find /usr/local/lib/hal-o-swarm -mindepth 2 -name '.*' -maxdepth 2)\"");
    });
  await refused("without root", `runuser -u nobody -- ./deploy/upgrade.sh --from ${NEXT}`, /root.*sudo/);
  await machine.must(
    `cp -r ${NEXT} ${COPY} && printf x | dd of=$(echo ${COPY}/hal-agent-*.tar.gz) bs=1 seek=100000 conv=notrunc status=none`,
  );
  await refused("a tampered artefact", `./deploy/upgrade.sh --from ${COPY}`, /damaged|checksum|SHA-256/i);
  await machine.must(`rm -r ${COPY} && cp -r ${NEXT} ${COPY} && rm ${COPY}/SHA256SUMS`);
  await refused("an artefact without checksums", `./deploy/upgrade.sh --from ${COPY}`, /SHA256SUMS/);
  await machine.must(
    `rm -r ${COPY}; mkdir ${COPY} && cp ${NEXT}/SHA256SUMS ${COPY} && for f in ${NEXT}/*.tar.gz; do n=$(basename $f); cp $f ${COPY}/\${n/x64/arm64}; done`,
  );
  await refused("an artefact for another processor", `./deploy/upgrade.sh --from ${COPY}`, /arm64/);
  await refused("nothing there", "./deploy/upgrade.sh --from /nowhere", /nowhere/);
  const place = `/usr/local/lib/hal-o-swarm/${next.version}`;
  await refused(
    "a disk that is full in the middle",
    `unshare --mount sh -c 'mkdir ${place} && mount -t tmpfs -o nr_inodes=40 none ${place} && exec ./deploy/upgrade.sh --from ${NEXT}'`,
    /room/,
  );
  await machine.must(`rmdir ${place}`);
  await report.step("a port that is taken is named with who has it, and nothing is started", async () => {
    await using other = await bed.machine("taken");
    await other.must("systemd-run --quiet --unit holder openssl s_server -accept 8421 -nocert -psk 1234");
    await eventually(() => other.must("netstat -tln | grep :8421"));
    const { code, stderr } = await other.run(
      `cd /media/hal && ./deploy/install-release.sh --all --start --from ${MEDIA.release}`,
    );
    expect(await other.run("systemctl is-active hal-supervisor")).toMatchObject({ stdout: "inactive\n" });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/8421.*openssl/)]);
  });
  await report.step(
    "an installation that is killed in the middle leaves the earlier one running, and the next one completes",
    async () => {
      await machine.must(
        `systemd-run --quiet --unit installing --collect bash -c 'cd /media/hal && exec ./deploy/upgrade.sh --from ${NEXT}'`,
      );
      await eventually(() =>
        machine.must(`test -n "$(find /usr/local/lib/hal-o-swarm/${next.version} -name 'VERSION' | head -n 1)"`),
      );
      await machine.must("systemctl kill -s KILL installing");
      expect(await machine.must("systemctl show hal-supervisor hal-agent --value -p MainPID")).toBe(running);
      await installation.nodesUp();
      await installation.mustScript("upgrade.sh", `--from ${NEXT}`);
      expect(await installation.versionOf("hal-supervisor")).toBe(next.version);
      await installation.nodesUp();
    },
  );
}
