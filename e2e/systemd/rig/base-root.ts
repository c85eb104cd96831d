import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { endWithUs, forget } from "../../harness/reaper.ts";

export const SUITES = ["bookworm", "bullseye", "trixie"] as const;
export type Suite = (typeof SUITES)[number];

/** What Debian's smallest installation has that boots. */
const BARE = ["dbus", "systemd", "systemd-sysv"];
/** What the commands of the guide are typed with. */
const TOOLS = ["curl", "git", "iproute2", "lsof", "net-tools", "openssl", "procps", "sqlite3"];
const PACKAGES = { bare: BARE, tools: [...BARE, ...TOOLS] };

/** `bare` boots and no more; `tools` has the programs that the guide uses. */
export type Furnishing = keyof typeof PACKAGES;

/** The folder of a Debian root, which is made when it is first needed and kept in the user's cache. Nobody writes into it. */
export function baseRoot(suite: Suite, furnishing: Furnishing, say: (line: string) => void): string {
  const packages = PACKAGES[furnishing].join(",");
  const key = createHash("sha256").update(packages).digest("hex").slice(0, 8);
  const cache = path.join(process.env["XDG_CACHE_HOME"] ?? path.join(homedir(), ".cache"), "hal-o-swarm", "roots");
  const root = path.join(cache, `${suite}-${furnishing}-${key}`);
  if (existsSync(root)) return root;
  say(`makes a root of ${suite} with ${packages}: a minute, once`);
  const part = `${root}.${process.pid}.part`;
  mkdirSync(cache, { recursive: true });
  endWithUs("folder", part);
  const made = spawnSync("nice", ["mmdebstrap", "--quiet", "--variant=minbase", `--include=${packages}`, suite, part], {
    encoding: "utf8",
  });
  if (made.status !== 0) throw new Error(`mmdebstrap could not make a root of ${suite}: ${made.stderr}`);
  keep(part, root);
  forget("folder", part);
  return root;
}

/** Another run may have made the same root meanwhile. */
function keep(part: string, root: string): void {
  try {
    renameSync(part, root);
  } catch (error) {
    rmSync(part, { recursive: true, force: true });
    if (!existsSync(root)) throw error;
  }
}
