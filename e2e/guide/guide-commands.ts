import { statSync } from "node:fs";
import { expect } from "vitest";
import { eventually } from "../harness/eventually.ts";
import { statusOf } from "../harness/status-of.ts";
import type { GuidePlace, ShellResult } from "./guide-place.ts";

interface Looked {
  readonly result: ShellResult;
  readonly place: GuidePlace;
}

/** What a reader of the guide gets by a command of it. */
export interface Expectation {
  /** what is typed in its place, and why the guide's own line does not do what it means; `docs/DEPLOYMENT.md` says both */
  readonly instead?: string;
  readonly because?: string;
  /** beside exit code 0 */
  readonly holds?: (looked: Looked) => void | Promise<void>;
}

/** Why a command is nothing that the programs alone can answer. */
export interface Elsewhere {
  readonly elsewhere: string;
}

const UNIT: Elsewhere = { elsewhere: "asks systemd for a unit, which the installer makes" };
const JOURNAL: Elsewhere = { elsewhere: "reads or shortens the journal, where the output of units is" };
const NETSTAT =
  "netstat cuts what it shows to 19 characters, so that the name is not whole behind a pid of five digits";
const OWNER = "the file is its owner's and group's alone";

const DATABASE = "/var/lib/hal-o-swarm/supervisor.db";
const CONTROL = "halctl --supervisor-url ws://localhost:8420 --auth-token <token>";

type Holds = NonNullable<Expectation["holds"]>;
const says =
  (...patterns: readonly (string | RegExp)[]): Holds =>
  (looked) => {
    for (const pattern of patterns) expect(looked.result.out).toMatch(pattern);
  };
const shows =
  (name: "hal-supervisor" | "hal-agent", lines = 1): Holds =>
  (looked) => {
    const pid = new RegExp(`\\b${looked.place.last(name).pid}\\b`);
    const own = looked.result.out.split("\n").filter((line) => pid.test(line) && line.includes(name.slice(0, 9)));
    expect(own.length).toBeGreaterThanOrEqual(lines);
  };

/** Each command of the guide's sections about looking and mending, by its text. */
export const EXPECTED: Readonly<Record<string, Expectation | Elsewhere>> = {
  "curl http://localhost:8421/healthz": { holds: says('"status":"healthy"') },
  "curl http://localhost:8421/readyz": { holds: says(/^.*"status":"healthy".*"database":\{"status":"ok"\}/m) },
  "curl http://localhost:8421/metrics": {
    holds: says(
      /^hal_o_swarm_commands_total\{type="session\.start",status="succeeded"\} 0$/m,
      /^hal_o_swarm_events_total\{type="session\.idle"\} 0$/m,
      /^hal_o_swarm_connections_active 1$/m,
      /^hal_o_swarm_sessions_active\{status="busy"\} 0$/m,
      /^hal_o_swarm_nodes_online 1$/m,
      /^hal_o_swarm_command_duration_seconds_bucket\{le="60",type="session\.start"\} 0$/m,
    ),
  },
  [`${CONTROL} nodes list`]: {
    holds: says(/^ID +HOSTNAME +STATUS +LAST_HEARTBEAT +CONNECTED_AT/m, / online .*project project-1 is missing/),
  },
  [`${CONTROL} sessions list`]: {
    holds: says(/^ID +NODE_ID +PROJECT +STATUS .*TOKENS +COST +STARTED_AT.*\n\s*there are no sessions yet: .*\n$/),
  },
  [`${CONTROL} cost today`]: { holds: says(/^total +0 +\$0$/m, "no cost provider is configured") },

  'sudo journalctl -u hal-supervisor --since "5 minutes ago"': JOURNAL,
  'sudo journalctl -u hal-agent --since "5 minutes ago"': JOURNAL,
  "sudo journalctl -u hal-supervisor -p err": JOURNAL,
  "sudo journalctl -u hal-agent -p err": JOURNAL,
  "sudo systemctl status hal-supervisor": UNIT,
  "sudo systemctl show hal-supervisor -p NRestarts": UNIT,
  "sudo journalctl -u hal-supervisor --output=short-iso": JOURNAL,

  "du -sh /var/lib/hal-o-swarm": { holds: says(/^[\d.]+[KMG]?\s+\S+\/var\/lib\/hal-o-swarm$/m) },
  "du -sh /var/log/hal-o-swarm": { elsewhere: "the installer makes that directory" },
  "df -h /var/lib/hal-o-swarm": { holds: says(/\d+%/) },

  "sudo netstat -tlnp | grep hal-supervisor": {
    instead: "sudo ss -tlnp | grep hal-supervisor",
    because: NETSTAT,
    holds: shows("hal-supervisor", 2),
  },
  "sudo netstat -tlnp | grep hal-agent": {
    instead: "sudo netstat -tnp | grep hal-agent",
    because: "an agent listens nowhere; what there is are its connections",
    holds: shows("hal-agent"),
  },
  "ss -tnp | grep hal-supervisor | wc -l": {
    holds: ({ result }) => expect(Number(result.out)).toBeGreaterThanOrEqual(1),
  },
  "sudo journalctl -u hal-supervisor -n 100": JOURNAL,
  "/usr/local/bin/hal-supervisor --config /etc/hal-o-swarm/supervisor.config.json --validate": {
    holds: says(/^warning: server\.auth_token is a placeholder/m, /^configuration valid$/m),
  },
  "sudo lsof -i :8420": { holds: shows("hal-supervisor") },
  "sudo lsof -i :8421": { holds: shows("hal-supervisor") },
  "sudo netstat -tlnp | grep 8420": { holds: shows("hal-supervisor") },
  "curl -v ws://supervisor-host:8420": {
    instead: "curl -v http://supervisor-host:8420",
    because: "curl before 8.11 knows no ws://",
    holds: says(/426 Upgrade Required/, "WebSocket port of hal-supervisor"),
  },
  "sudo journalctl -u hal-agent -n 100": JOURNAL,
  "grep auth_token /etc/hal-o-swarm/supervisor.config.json": {
    instead: "sudo grep auth_token /etc/hal-o-swarm/supervisor.config.json",
    because: OWNER,
    holds: says('"auth_token": "your-shared-secret-here"'),
  },
  "grep auth_token /etc/hal-o-swarm/agent.config.json": {
    instead: "sudo grep auth_token /etc/hal-o-swarm/agent.config.json",
    because: OWNER,
    holds: says('"auth_token": "your-shared-secret-here"'),
  },
  "ps aux | grep hal-supervisor": { holds: shows("hal-supervisor") },
  "ps aux | grep hal-agent": { holds: shows("hal-agent") },
  "systemctl show hal-supervisor -p MemoryLimit": UNIT,
  "systemctl show hal-agent -p MemoryLimit": UNIT,
  "sudo systemctl edit hal-supervisor": UNIT,
  "sudo systemctl daemon-reload": UNIT,
  "sudo systemctl restart hal-supervisor": UNIT,
  [`sqlite3 ${DATABASE} "PRAGMA integrity_check;"`]: {
    instead: `sudo sqlite3 ${DATABASE} "PRAGMA integrity_check;"`,
    because: OWNER,
    holds: says(/^ok$/m),
  },
  [`sudo cp ${DATABASE} ${DATABASE}.corrupt`]: {
    holds: async (looked) => {
      const copied = await looked.place.run(`sqlite3 ${DATABASE}.corrupt "PRAGMA integrity_check;"`);
      expect(copied.out).toBe("ok\n");
    },
  },
  [`sudo cp ${DATABASE}.backup ${DATABASE}`]: {
    holds: async (looked) => {
      await restartAfterRestore(looked.place);
    },
  },
  "sudo journalctl --vacuum=30d": JOURNAL,
  "sudo find /var/lib/hal-o-swarm -mtime +90 -delete": {
    instead: `sudo hal-supervisor db prune --db-path ${DATABASE} --older-than 90d`,
    because: "it would take whatever nobody has written to for that long, data of an agent included",
    holds: says(/^deleted$/m),
  },
  "openssl req -x509 -newkey rsa:4096 -keyout /etc/hal-o-swarm/key.pem -out /etc/hal-o-swarm/cert.pem -days 365 -nodes":
    {
      instead:
        'sudo openssl req -x509 -newkey rsa:4096 -nodes -days 365 -subj "/CN=hal-supervisor" ' +
        '-addext "subjectAltName=DNS:supervisor-host,IP:192.0.2.10" ' +
        "-keyout /etc/hal-o-swarm/key.pem -out /etc/hal-o-swarm/cert.pem",
      because: "it asks questions, and makes a certificate that names no host",
    },
  "sudo chown hal-supervisor:hal-supervisor /etc/hal-o-swarm/{cert,key}.pem": {
    elsewhere: "the installer makes that user",
  },
  "sudo chmod 600 /etc/hal-o-swarm/{cert,key}.pem": {
    holds: (looked) => {
      for (const name of ["cert.pem", "key.pem"])
        expect(statSync(looked.place.file(`/etc/hal-o-swarm/${name}`)).mode & 0o777).toBe(0o600);
    },
  },
  [`sqlite3 ${DATABASE} "SELECT * FROM audit_logs ORDER BY timestamp DESC LIMIT 100;"`]: {
    instead: `sudo sqlite3 ${DATABASE} "SELECT * FROM audit_logs ORDER BY timestamp DESC LIMIT 100;"`,
    because: OWNER,
    holds: says(/^\d+\|20\d\d-\d\d-\d\dT[\d:.]+Z\|shared-token\|/m, "sessions.start"),
  },
};

/** A copy over a database that is in use ends its supervisor; the next one goes on with the copy, and agents tell the rest. */
async function restartAfterRestore(place: GuidePlace): Promise<void> {
  expect(await place.last("hal-supervisor").ended).toMatchObject({ code: 1 });
  place.startSupervisor();
  await eventually(async () => {
    const { code, out } = await place.run(`${CONTROL} sessions list`);
    expect([code, out]).toEqual([0, expect.stringMatching(/project-1 +idle/)]);
  });
  expect(await statusOf(place.at("http://localhost:8421/readyz"))).toBe(200);
}
