import { closeSync, openSync, readFileSync, renameSync, statSync, writeFileSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import type { CommandReply, InteractionView, NodeView, TargetView } from "@hal/protocol";
import { makeCertificate, type WebhookReceiver } from "@hal/testkit";
import { eventually } from "../harness/eventually.ts";
import type { Incident, Typist } from "./typist.ts";

/** Where an incident is made: a fleet of one node with two projects, that tells a webhook. */
export interface Fleet {
  readonly typist: Typist;
  readonly receiver: WebhookReceiver;
}

const ASKS = '[[tool: bash {"command":"git status","description":"look"}]] [[say: done]]';
/** how the node of the fleet is called */
export const NODE = "node.example";
const PROJECT = "project-1";

/** Incidents of the runbook, by their headings; a section without one needs nothing but a fleet that is well. */
export const INCIDENTS: Readonly<Record<string, (fleet: Fleet) => Promise<Incident>>> = {
  "Begin here": async () => ({ values: { NODE } }),
  "A node is offline": async ({ typist }) => {
    await typist.place.running("hal-agent")?.kill();
    await until(typist, "halctl nodes list", /offline: no heartbeat/);
    return { values: { NODE } };
  },
  "opencode is down": async ({ typist }) => {
    const { place, services } = typist;
    const program = place.file("/usr/local/bin/opencode");
    const sound = readFileSync(program, "utf8");
    await services.take("sudo systemctl stop hal-agent");
    place.script("opencode", "echo 'a file of it is gone' >&2; exit 1");
    await services.take("sudo systemctl start hal-agent");
    await until(typist, "halctl nodes list", /opencode is down/);
    return { values: { NODE }, mend: () => writeFileSync(program, sound) };
  },
  "A session is stuck": async (fleet) => {
    const SESSION = await begin(fleet, "[[hang]]");
    await until(fleet.typist, "halctl inbox list --tier stuck", /stuck/);
    return { values: { NODE, SESSION } };
  },
  "A session waits for a person": async (fleet) => {
    await begin(fleet, ASKS);
    await begin(fleet, ASKS, "project-2");
    const [ID = "", OTHER = ""] = await eventually(async () => {
      const open = await read<InteractionView[]>(fleet, "interactions list");
      if (open.length < 2) throw new Error("nothing was asked yet");
      return open.map(({ id }) => id);
    });
    return { values: { ID, OTHER, PROJECT } };
  },
  "The supervisor does not start": async ({ typist }) => {
    const { place, services } = typist;
    await services.take("sudo systemctl stop hal-supervisor");
    const other = createServer((socket) => socket.destroy()).listen(place.ports.socket);
    await new Promise((resolve) => other.once("listening", resolve));
    const program = place.startSupervisor();
    program.allowEnd();
    await program.ended;
    return { mend: () => new Promise<void>((resolve) => void other.close(() => resolve())) };
  },
  "A token is refused": async ({ typist }) => {
    const { place, services } = typist;
    const file = place.file("/etc/hal-o-swarm/agent.config.json");
    const right = readFileSync(file, "utf8");
    writeFileSync(file, right.replace("your-shared-secret-here", "another-secret-than-theirs"));
    await services.take("sudo systemctl restart hal-agent");
    await eventually(() => {
      if (!place.last("hal-agent").log.includes("auth token rejected")) throw new Error("it was not refused yet");
    });
    await typist.look("halctl --supervisor-url ws://localhost:8420 --auth-token wrong nodes list");
    return { mend: () => writeFileSync(file, right) };
  },
  "The database is damaged": async ({ typist }) => {
    const { place, services } = typist;
    await services.take("sudo systemctl stop hal-supervisor");
    const file = openSync(place.file("/var/lib/hal-o-swarm/supervisor.db"), "r+");
    const { size } = statSync(place.file("/var/lib/hal-o-swarm/supervisor.db"));
    for (let at = 4096; at < size; at += 8192) writeSync(file, Buffer.alloc(2048, 0xa5), 0, 2048, at);
    closeSync(file);
    const program = place.startSupervisor();
    program.allowEnd();
    await program.ended;
    return {};
  },
  "Nothing arrives on Slack, Discord or a webhook": async (fleet) => {
    const { receiver, typist } = fleet;
    receiver.answerNext({ status: 410 });
    await begin(fleet, "[[say: done]]");
    await eventually(async () => {
      const [target] = await read<TargetView[]>(fleet, "channels list");
      if (target?.state !== "stopped") throw new Error(`it is ${target?.state}`);
    });
    await typist.look("halctl doctor");
    return { values: { TARGET: "webhook#ops" } };
  },
  "Costs run away": async (fleet) => ({ values: { SESSION: await begin(fleet, "[[slow: 600]]"), PROJECT } }),
  "Two agents have one data directory": async ({ typist }) => {
    const second = typist.place.startAgent();
    second.allowEnd();
    await second.ended;
    return {};
  },
  "What is shown may be false": async (fleet) => ({ values: { NODE, SESSION: await begin(fleet, "[[say: done]]") } }),
  "A certificate ends": async ({ typist }) => {
    writeFileSync(typist.place.file("/etc/hal-o-swarm/cert.pem"), (await makeCertificate()).cert);
    return {};
  },
  "A node came back as another one": async (fleet) => {
    const { place, services } = fleet.typist;
    const [before] = await read<NodeView[]>(fleet, "nodes list");
    await services.take("sudo systemctl stop hal-agent");
    renameSync(place.file("/var/lib/hal-o-swarm/agent"), place.file("/var/lib/hal-o-swarm/lost"));
    await services.take("sudo systemctl start hal-agent");
    const now = await eventually(async () => {
      const other = (await read<NodeView[]>(fleet, "nodes list")).find(({ id }) => id !== before?.id);
      if (other === undefined) throw new Error("it is not there yet");
      return other;
    });
    return { values: { OLD: before?.id ?? "", NEW: now.id } };
  },
};

/** Begins a session that lives as long as its script says. */
async function begin(fleet: Fleet, prompt: string, project = PROJECT): Promise<string> {
  const { code, out } = await fleet.typist.place.run(`halctl sessions start ${project} '${prompt}' -o json`);
  if (code !== 0) throw new Error(out);
  return (JSON.parse(out) as CommandReply).session_id ?? "";
}

async function read<T>({ typist }: Fleet, words: string): Promise<T> {
  const { code, out } = await typist.place.run(`halctl ${words} -o json`);
  if (code !== 0) throw new Error(out);
  return JSON.parse(out) as T;
}

function until(typist: Typist, typed: string, pattern: RegExp): Promise<void> {
  return eventually(async () => {
    const out = await typist.look(typed);
    if (!pattern.test(out)) throw new Error(out);
  }, 40_000);
}
