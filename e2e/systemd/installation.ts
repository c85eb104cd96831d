import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { EventView, MessageView, NodeView, SessionView } from "@hal/protocol";
import { OFFLINE_OPENCODE } from "@hal/testkit";
import { eventually } from "../harness/eventually.ts";
import type { Machine, Ran } from "./rig/machine.ts";

const PROVIDER = fileURLToPath(new URL("rig/model-provider.ts", import.meta.url));
/** Where a machine sees what is brought to it. */
export const MEDIA = {
  deploy: "/media/hal/deploy",
  release: "/media/hal/release",
  opencode: "/usr/local/bin/opencode",
};
/** The same at each boot, so that an opencode that lives on finds it. */
const MODEL_PORT = "4999";
const PROJECTS = "/srv/projects";
/** How long a loaded machine may take. */
const PATIENCE_MS = 90_000;

/** HAL-O-SWARM on a machine, as the person sees it who looks after that. */
export class Installation {
  readonly machine: Machine;

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Runs one of the scripts of `deploy`, as root. */
  script(name: string, args: string, seconds = 300): Promise<Ran> {
    return this.machine.run(`cd /media/hal && ./deploy/${name} ${args}`, { seconds });
  }

  /** What a script says that succeeds. */
  async mustScript(name: string, args: string, seconds = 300): Promise<string> {
    const { code, stdout, stderr } = await this.script(name, args, seconds);
    if (code !== 0) throw new Error(`${name} ${args} ended with ${code}:\n${stdout}${stderr}`);
    return `${stdout}${stderr}`;
  }

  /** Changes a configuration as an editor does: owner and mode stay. */
  edit(file: string, change: (config: Record<string, unknown>) => Record<string, unknown>): void {
    const config = JSON.parse(this.machine.read(file)) as Record<string, unknown>;
    this.machine.write(file, `${JSON.stringify(change(config), null, 2)}\n`);
  }

  get token(): string {
    const config = JSON.parse(this.machine.read("/etc/hal-o-swarm/supervisor.config.json")) as {
      server: { auth_token: string };
    };
    return config.server.auth_token;
  }

  /** Makes a repository that the agent may work in, for each name, and has the agent's configuration list them. */
  async addProjects(...names: readonly string[]): Promise<void> {
    for (const name of names)
      await this.machine.must(
        `install -d -o hal-agent -g hal-agent ${PROJECTS}/${name} && cd ${PROJECTS}/${name} && runuser -u hal-agent -- sh -c '
          git init --quiet && git -c user.name=a -c user.email=a@localhost commit --quiet --allow-empty --message first'`,
      );
    const projects = names.map((name) => ({ name, directory: `${PROJECTS}/${name}` }));
    this.edit("/etc/hal-o-swarm/agent.config.json", (config) => ({ ...config, projects }));
  }

  /** Starts a model on the machine's network, and has opencode use it. A machine that boots again has none. */
  async haveModel(): Promise<void> {
    const child = this.machine.onItsNetwork(process.execPath, "--conditions=@hal/source", PROVIDER, MODEL_PORT);
    if (child.stdout === null) throw new Error("the model says nothing");
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    const config = JSON.parse(line.toString()) as object;
    const opencode = {
      command: MEDIA.opencode,
      env: OFFLINE_OPENCODE,
      config: { ...config, permission: { "*": "allow" } },
    };
    this.edit("/etc/hal-o-swarm/agent.config.json", (before) => ({ ...before, opencode }));
  }

  /** halctl as the guide types it; what it prints as JSON. */
  async halctl<T>(words: string): Promise<T> {
    const said = await this.machine.must(
      `halctl --supervisor-url ws://localhost:8420 --auth-token ${this.token} ${words} --format json`,
    );
    return JSON.parse(said) as T;
  }

  /** What the HTTP API answers under `data`. The curl of Debian 11 has no way to fail and show the body. */
  async api<T>(route: string): Promise<T> {
    const said = await this.machine.must(
      `curl --silent --show-error --write-out '\\n%{http_code}' -H 'authorization: Bearer ${this.token}' 'http://127.0.0.1:8421/api/v1${route}'`,
    );
    const [, body, status] = /^([\s\S]*)\n(\d{3})\s*$/.exec(said) ?? [];
    if (body === undefined || status !== "200") throw new Error(`${route} answers ${status}: ${body}`);
    return (JSON.parse(body) as { data: T }).data;
  }

  /** Waits until so many nodes are online, each with its opencode up. */
  nodesUp(count = 1): Promise<NodeView[]> {
    return eventually(async () => {
      const nodes = await this.halctl<NodeView[]>("nodes list");
      const up = nodes.filter(({ status, opencode }) => status === "online" && opencode.state === "up");
      if (up.length !== count) throw new Error(`up are ${up.length} of ${JSON.stringify(nodes)}`);
      return up;
    }, PATIENCE_MS);
  }

  /** Starts a session, and answers with its id. */
  async begin(project: string, prompt: string): Promise<string> {
    const { session_id: id } = await this.halctl<{ session_id: string }>(`sessions start ${project} '${prompt}'`);
    return id;
  }

  sessionIn(id: string, status: SessionView["status"], withinMs = PATIENCE_MS): Promise<SessionView> {
    return eventually(async () => {
      const session = await this.api<SessionView>(`/sessions/${id}`);
      if (session.status !== status) throw new Error(`${id} is ${session.status} (${session.reason}), not ${status}`);
      return session;
    }, withinMs);
  }

  messages(id: string): Promise<MessageView[]> {
    return this.api(`/sessions/${id}/messages?limit=1000`);
  }

  /** All that was told of a session, oldest first. */
  async events(session: string): Promise<EventView[]> {
    return (await this.api<EventView[]>(`/events?limit=1000&session_id=${session}`)).toReversed();
  }

  /** The process of the agent's opencode. */
  opencodePid(): number {
    const file = "/var/lib/hal-o-swarm/agent/opencode-server.json";
    return (JSON.parse(this.machine.read(file)) as { pid: number }).pid;
  }

  async isRunning(pid: number): Promise<boolean> {
    return (await this.machine.run(`kill -0 ${pid}`)).code === 0;
  }

  /** Which version of a daemon runs, by the program that its process is. */
  async versionOf(unit: "hal-supervisor" | "hal-agent"): Promise<string> {
    const program = await this.machine.must(`readlink /proc/${await this.show(unit, "MainPID")}/exe`);
    return /\/lib\/hal-o-swarm\/([^/]+)\//.exec(program)?.[1] ?? program;
  }

  show(unit: string, property: string): Promise<string> {
    return this.machine.must(`systemctl show ${unit} --value -p ${property}`);
  }

  /** What the journal has of both daemons, for whoever looks at a failure. */
  async journal(): Promise<string> {
    const { stdout } = await this.machine.run("journalctl -u 'hal-*' -n 60 -o short-iso --no-pager");
    return stdout;
  }
}
