import { expect } from "vitest";
import type { Report } from "../../harness/report.ts";
import { hostCommandOf } from "../../../tools/host-commands.ts";
import { commandsOf, PAGES } from "../../../tools/page-commands.ts";
import type { TestBed } from "../test-bed.ts";

/** What is typed: the rest asks for a network, or for what this machine has not. */
const TYPED = ["systemctl", "journalctl", "editor", "deploy"];
/** Another scene has a version to go back to, and what builds from source needs Node. */
const ELSEWHERE = /deploy\/(?:rollback|install)\.sh/;
const SUDO = `#!/bin/sh
if [ "$1" = -u ]; then user=$2; shift 2; exec runuser -u "$user" -- "$@"; fi
exec "$@"
`;
/** Somebody who gives a unit more memory, and changes nothing else; a newer systemd says first at which line to begin. */
const EDITOR = `#!/bin/sh
for file; do :; done
case $file in
  *.service.d/*) printf '[Service]\\nMemoryMax=3G\\n' >"$file" ;;
  *) test -w "$file" ;;
esac
`;

/** The commands of our pages that ask the machine, typed in their order where both daemons run. */
export async function thePages(bed: TestBed, report: Report): Promise<void> {
  await using machine = await bed.machine("pages");
  const installation = await bed.running(machine, ["project-1"]);
  machine.write("/usr/local/bin/sudo", SUDO, 0o755);
  machine.write("/usr/local/bin/nano", EDITOR, 0o755);
  machine.write("/root/hal-token", `${installation.token}\n`, 0o600);
  await machine.must("ln -s /media/hal/release /srv/hal-release; systemctl enable hal-supervisor hal-agent");
  for (const { typed } of PAGES.flatMap(commandsOf)) {
    const kind = hostCommandOf(typed)?.kind;
    if (kind === undefined || !TYPED.includes(kind) || ELSEWHERE.test(typed)) continue;
    await report.step(typed, async () => {
      // a person starts nothing six times within two minutes
      await machine.must("systemctl reset-failed");
      const { code, stdout, stderr } = await machine.run(
        `cd /media/hal && export SYSTEMD_EDITOR=nano && ${lineOf(typed, kind)}`,
      );
      if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`);
    });
  }
  await report.step("both daemons are well afterwards, and the memory that was given is there", async () => {
    await installation.nodesUp();
    expect(await machine.must("systemctl show hal-supervisor --value -p MemoryMax")).toBe("3221225472");
  });
}

/** What does not end is ended, and what installs shows its plan: that is done elsewhere. */
function lineOf(typed: string, kind: string): string {
  // which wants a terminal
  if (typed.startsWith("sudo systemctl edit ")) return `script --quiet --return --command "${typed}" /dev/null`;
  if (typed.endsWith(" -f")) return `timeout 2 ${typed.replace("sudo ", "")}; test $? = 124`;
  return kind === "deploy" && !typed.includes("--dry-run") ? `${typed} --dry-run` : typed;
}
