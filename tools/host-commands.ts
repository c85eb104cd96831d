import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const UNIT = "hal-(?:supervisor|agent)(?:\\.service)?";
const CONFIGURATION = String.raw`/etc/hal-o-swarm/(?:supervisor|agent)\.(?:config\.json|env)`;
const SCRIPTS = ["install-release", "install", "upgrade", "rollback", "uninstall"] as const;

/** One kind of command that asks the machine, and none of our programs; `npm run systemd` types them on a machine that has booted. */
export interface HostCommand {
  readonly kind: string;
  readonly shape: RegExp;
}

/** What a page may have typed beside our programs, each by its whole shape: a unit or an option that does not exist fits none. */
export const HOST_COMMANDS: readonly HostCommand[] = [
  host(
    "systemctl",
    `sudo systemctl (?:start|stop|restart|reload|enable|disable|status|is-enabled|is-active|reset-failed|edit)(?: ${UNIT})+`,
  ),
  host("systemctl", `sudo systemctl (?:enable|disable) --now(?: ${UNIT})+`),
  host("systemctl", "sudo systemctl daemon-reload"),
  host("systemctl", `(?:sudo )?systemctl show ${UNIT} -p (?:NRestarts|MemoryMax|MemoryLimit|MemoryCurrent|Result)`),
  host("systemctl", `(?:sudo )?systemctl cat ${UNIT}`),
  host(
    "journalctl",
    `sudo journalctl -u ${UNIT}(?: -n \\d+| -f| -r| -p err| --since "[^"]+"| --output=short-iso| --no-pager)*`,
  ),
  host("journalctl", "sudo journalctl (?:--vacuum-time=\\d+d|--disk-usage)"),
  host("editor", `sudo nano ${CONFIGURATION}`),
  host("clock", "(?:timedatectl|sudo timedatectl set-ntp true)"),
  host("git", String.raw`(?:git clone https://github\.com/\S+\.git|cd hal-o-swarm)`),
  host("packages", "sudo apt-get install(?: -y)?(?: [a-z0-9.+-]+)+"),
  host("access", String.raw`sudo chown hal-supervisor:hal-supervisor(?: /(?:etc|var/lib)/hal-o-swarm/[\w.]+)+`),
  host("access", String.raw`sudo setfacl (?:-R )?-m u:hal-agent:(?:x|rwX)(?: -m d:u:hal-agent:rwX)? /home/\S+`),
  host("deploy", String.raw`(?:sudo )?\./deploy/(?:${SCRIPTS.join("|")})\.sh(?: --[a-z-]+(?: [^-\s]\S*)?)*`),
  host("prometheus", String.raw`promtool (?:check|test) rules deploy/monitoring/[\w.-]+`),
  host("opencode", String.raw`sudo npm install -g opencode-ai@[\d.]+`),
];

/** What kind of command of the machine this is; undefined where it is none. */
export function hostCommandOf(typed: string): HostCommand | undefined {
  return HOST_COMMANDS.find(({ shape }) => shape.test(typed));
}

/** What is wrong with what a command asks of this repository's own files; undefined where nothing is, or where the file is not there yet. */
export function problemOf(typed: string): string | undefined {
  const [, script = "", flags = ""] = /^(?:sudo )?\.\/deploy\/([\w-]+\.sh)(.*)$/.exec(typed) ?? [];
  const file = `${ROOT}deploy/${script}`;
  if (script === "" || !existsSync(file)) return undefined;
  const text = readFileSync(file, "utf8");
  const unknown = [...flags.matchAll(/ (--[a-z-]+)/g)]
    .map(([, flag]) => flag as string)
    .find((flag) => !text.includes(flag));
  return unknown === undefined ? undefined : `deploy/${script} knows no ${unknown}`;
}

function host(kind: string, shape: string): HostCommand {
  return { kind, shape: new RegExp(`^${shape}$`) };
}
