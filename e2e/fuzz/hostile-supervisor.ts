import { setTimeout as delay } from "node:timers/promises";
import { COMMAND_TYPES, isCommandType } from "@hal/protocol";
import type { Agent } from "../harness/agent.ts";
import { eventually } from "../harness/eventually.ts";
import { Stage } from "../harness/stage.ts";
import type { FuzzOptions, FuzzReport } from "./fuzz.ts";
import { type HostileLink, HostileServer } from "./hostile-server.ts";
import { rawCharacterIn } from "./raw-bytes.ts";
import { type JsonSchema, schemaOf, Wild } from "./wild.ts";

const REFUSALS = [
  "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n",
  "HTTP/1.1 500 \u001B[31mno\r\nx: \u001B[2J\r\ncontent-length: 0\r\n\r\n",
  "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
  "nonsense\r\n\r\n",
  "",
];
const WORKS_AGAIN_MS = 120_000;
const LOOK_EVERY_MS = 30_000;

/** A supervisor that says anything at all to a shipped agent with a real opencode, which has to serve another one afterwards. */
export async function fuzzWithHostileSupervisor(options: FuzzOptions): Promise<FuzzReport> {
  const stage = await Stage.open(options.opencode);
  const server = await HostileServer.open();
  const said: Record<string, number> = {};
  const problems: string[] = [];
  try {
    const agent = stage.agent("victim", {
      projects: ["victim", "other"],
      supervisorUrl: `ws://127.0.0.1:${server.port}`,
    });
    const hostile = new HostileSupervisor(server, options.seed, said);
    agent.start();
    await eventually(async () => agent.opencode().statuses(agent.directoryOf("other")), 60_000);
    const alone = await sessionBehindBack(agent);
    const limit = performance.now() + options.durationMs;
    while (performance.now() < limit && problems.length === 0) {
      await delay(Math.ceil(Math.min(LOOK_EVERY_MS, limit - performance.now())));
      if (!agent.program.isRunning) problems.push(`the agent ended: ${agent.program.log.slice(-3_000)}`);
      else problems.push(...(await alone.whatChanged()));
      // it waits ever longer to dial such a supervisor, and begins anew with whatever it kept
      await agent.program.kill();
      agent.start();
      options.say(`${JSON.stringify(said)}: ${problems.length} problems`);
    }
    hostile.stop();
    problems.push(...(await worksAgain(stage, server, agent)));
    for (const { label, log } of agent.runs) {
      const raw = rawCharacterIn(log);
      if (raw !== undefined) problems.push(`the log of ${label}: ${raw}`);
    }
  } catch (error) {
    problems.push(`${(error as Error).message}\n${stage.logs.join("\n").slice(-2_000)}`);
  } finally {
    await stage[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  }
  return { said, problems };
}

/** The agent, as it was left and started anew, serves a supervisor that behaves. */
async function worksAgain(stage: Stage, server: HostileServer, agent: Agent): Promise<string[]> {
  try {
    await agent.stop();
    server.target = stage.ports.socket;
    server.cut();
    await stage.startSupervisor();
    agent.start();
    await eventually(() => stage.nodeUp(agent), WORKS_AGAIN_MS);
    const started = await stage.halctl.json<{ session_id: string }>("start", "victim", "[[say: alive]]");
    await stage.sessionIn(started.session_id, "idle", 60_000);
    return [];
  } catch (error) {
    return [`the agent does not work afterwards: ${(error as Error).message}\n${agent.program.log.slice(-3_000)}`];
  }
}

/** A session that a person has in opencode itself, which no supervisor was told an id of; nothing in it may change. */
async function sessionBehindBack(agent: Agent): Promise<{ whatChanged(): Promise<string[]> }> {
  const { url, authorization } = agent.opencode().address;
  const directory = encodeURIComponent(agent.directoryOf("other"));
  const post = async (route: string, body: object): Promise<{ id: string }> => {
    const response = await fetch(`${url}${route}?directory=${directory}`, {
      method: "POST",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return (await response.json()) as { id: string };
  };
  const { id } = await post("/session", { title: "alone" });
  await post(`/session/${id}/message`, { parts: [{ type: "text", text: "[[say: alone]]" }] });
  const now = async (): Promise<string> => {
    const { time, ...session } = await agent.opencode().session(id);
    return JSON.stringify([
      session,
      time.archived ?? null,
      (await agent.opencode().messages(id)).map(({ info }) => info.id),
    ]);
  };
  await delay(2_000);
  const before = await now();
  return {
    async whatChanged() {
      const after = await eventually(now, 60_000);
      return after === before ? [] : [`somebody else's session changed:\n${before}\n${after}`];
    },
  };
}

/** Everything that a supervisor can say, and much that it cannot. */
class HostileSupervisor {
  readonly #server: HostileServer;
  readonly #wild: Wild;
  readonly #said: Record<string, number>;
  #isOver = false;
  #epoch = "e";

  constructor(server: HostileServer, seed: number, said: Record<string, number>) {
    this.#server = server;
    this.#wild = new Wild(seed);
    this.#said = said;
    server.refusal = () => (this.#wild.chance(0.1) ? this.#wild.pick(REFUSALS) : undefined);
    server.onLink = (link, listen) => {
      let greet: () => void = () => undefined;
      const greeted = new Promise<void>((resolve) => {
        greet = resolve;
      });
      listen((text) => {
        this.#hear(text);
        greet();
      });
      void greeted.then(() => this.#talk(link)).catch(() => link.close());
    };
  }

  stop(): void {
    this.#isOver = true;
    this.#server.cut();
  }

  async #talk(link: HostileLink): Promise<void> {
    const wild = this.#wild;
    if (wild.chance(0.9)) link.send(JSON.stringify(this.#welcome()));
    for (let frames = wild.between(5, 60); frames > 0 && link.isOpen && !this.#isOver; frames -= 1) {
      this.#send(link);
      await delay(wild.between(0, 60));
    }
    link.close();
  }

  #hear(text: string): void {
    const frame = JSON.parse(text) as { type: string; outbox?: { epoch: string } };
    if (frame.type === "hello" && frame.outbox !== undefined) this.#epoch = frame.outbox.epoch;
  }

  #welcome(): unknown {
    const wild = this.#wild;
    const fitting = this.#fitting("welcome") as object;
    const sound = {
      ...fitting,
      protocol: 1,
      acknowledged: { epoch: this.#epoch, seq: wild.chance(0.9) ? 0 : wild.pick([1, 5, 10 ** 9]) },
      heartbeatIntervalMs: wild.pick([10, 1_000, 60_000]),
      heartbeatTimeoutMs: wild.pick([1_000, 60_000]),
    };
    this.#count("welcome");
    return wild.chance(0.9) ? sound : wild.broken(sound);
  }

  #send(link: HostileLink): void {
    const wild = this.#wild;
    const dice = wild.next();
    if (dice < 0.005) return link.sendBytes(wild.pick([0, 2, 3, 8, 9, 10, 15]), Buffer.from(wild.text(100)));
    if (dice < 0.007) return link.send("x".repeat(2 * 1024 * 1024));
    if (dice < 0.012) return link.send(wild.text());
    if (dice < 0.02) return link.send(JSON.stringify(wild.json()));
    link.send(JSON.stringify(this.#frame()));
  }

  #frame(): unknown {
    const wild = this.#wild;
    const type = wild.pick([
      "command",
      "command",
      "command",
      "update",
      "ack",
      "cancel",
      "watch",
      "unwatch",
      "retell",
      "tick",
      "welcome",
    ]);
    this.#count(type);
    const fitting = type === "command" ? this.#command() : (this.#fitting(type) as object);
    // what does not fit ends the link, so that little else would be heard
    const sound = type === "ack" && wild.chance(0.97) ? { ...fitting, epoch: this.#epoch, seq: 0 } : fitting;
    return wild.chance(0.97) ? sound : wild.broken(sound);
  }

  #command(): object {
    const wild = this.#wild;
    const command = wild.chance(0.95) ? wild.pick(COMMAND_TYPES) : wild.text(64);
    const args = isCommandType(command) ? wild.fitting(schemaOf(`CommandArgs.${command}`)) : wild.json();
    // a project that is there, so that something begins now and then
    const begun =
      command === "session.start" && wild.chance(0.3)
        ? { ...(args as object), project: "victim", model: undefined }
        : args;
    return {
      type: "command",
      id: `cmd_01a2${wild.between(1_000, 9_999)}-0000-7000-8000-${String(wild.between(0, 10 ** 12 - 1)).padStart(12, "0")}`,
      command,
      args: wild.chance(0.85) ? begun : wild.broken(begun),
      remainingMs: wild.chance(0.7) ? 60_000 : wild.number(),
    };
  }

  #fitting(type: string): unknown {
    const schemas = schemaOf("SupervisorFrame").oneOf as readonly JsonSchema[];
    return this.#wild.fitting(schemas.find(({ properties }) => properties?.["type"]?.const === type) as JsonSchema);
  }

  #count(kind: string): void {
    this.#said[kind] = (this.#said[kind] ?? 0) + 1;
  }
}
