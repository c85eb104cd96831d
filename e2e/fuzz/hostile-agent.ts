import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { EVENT_TYPES } from "@hal/protocol";
import { Stage } from "../harness/stage.ts";
import { Bystander } from "./bystander.ts";
import type { FuzzOptions, FuzzReport } from "./fuzz.ts";
import { whatIsUnsound, whatSteersTerminals } from "./soundness.ts";
import { type JsonSchema, schemaOf, Wild } from "./wild.ts";

const LINKS = 6;
const SOUND_EVERY_MS = 30_000;
/** Patient: the one that behaves beats in the process of those that do not. */
const HEARTBEAT = { seconds: 2, count: 30 };
const HeaderedSocket = WebSocket as unknown as new (url: string, options: object) => WebSocket;

/** Agents that say anything at all to a shipped supervisor, beside one that behaves and must not be touched. */
export async function fuzzWithHostileAgents(options: FuzzOptions): Promise<FuzzReport> {
  const stage = await Stage.open(options.opencode, { heartbeat: HEARTBEAT });
  const said: Record<string, number> = {};
  const problems: string[] = [];
  try {
    await stage.startSupervisor();
    const bystander = await Bystander.open(stage);
    const hostiles = Array.from(
      { length: LINKS },
      (_, index) => new HostileAgent(stage, options.seed * 100 + index, said),
    );
    for (const hostile of hostiles) hostile.wild.known.push(bystander.nodeId, bystander.session, "per_bystander");
    const limit = performance.now() + options.durationMs;
    while (performance.now() < limit && problems.length === 0) {
      const pause = Math.ceil(Math.min(SOUND_EVERY_MS, limit - performance.now()));
      const stopping = AbortSignal.timeout(pause);
      await Promise.all(hostiles.map((hostile) => hostile.rage(stopping)));
      problems.push(...(await whatIsUnsound(stage)), ...(await bystander.whatChanged()));
      if (!stage.supervisor.isRunning) problems.push(`the supervisor ended: ${stage.supervisor.log.slice(-2_000)}`);
      options.say(`${JSON.stringify(said)}: ${problems.length} problems`);
    }
    problems.push(...(await whatSteersTerminals(stage, options.isBrief)));
    await stage.supervisor.kill();
    await stage.startSupervisor();
    problems.push(...(await whatIsUnsound(stage)).map((problem) => `after a restart: ${problem}`));
    bystander.close();
  } catch (error) {
    problems.push(`${(error as Error).message}\n${stage.supervisor.log.slice(-1_000)}`);
  } finally {
    await stage[Symbol.asyncDispose]();
  }
  return { said, problems };
}

/** One place that dials again and again and says what it likes. */
class HostileAgent {
  readonly wild: Wild;
  readonly #stage: Stage;
  readonly #said: Record<string, number>;
  #seq = 0;
  #connections = 0;
  #nodeId = randomUUID() as string;
  #epoch = "e1";
  #secret: string | undefined;

  constructor(stage: Stage, seed: number, said: Record<string, number>) {
    this.#stage = stage;
    this.wild = new Wild(seed);
    this.#said = said;
  }

  /** Until `signal` aborts. */
  async rage(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) await this.#link(signal).catch(() => delay(20));
  }

  async #link(signal: AbortSignal): Promise<void> {
    const { wild } = this;
    const socket = new HeaderedSocket(`ws://127.0.0.1:${this.#stage.ports.socket}/ws/agent`, {
      protocols: ["hal.agent.v1"],
      headers: { authorization: `Bearer ${this.#stage.token}` },
    });
    socket.addEventListener("message", ({ data }) => this.#hear(String(data)));
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", reject, { once: true });
      socket.addEventListener("close", reject, { once: true });
    });
    if (wild.chance(0.05)) return this.#count("half-open"); // it stays open, and says nothing
    if (wild.chance(0.95)) this.#send(socket, this.#hello());
    for (
      let frames = wild.between(5, 120);
      frames > 0 && socket.readyState === WebSocket.OPEN && !signal.aborted;
      frames -= 1
    ) {
      this.#send(socket, this.#frame());
      if (wild.chance(0.3)) await delay(wild.between(0, 10));
      while (socket.readyState === WebSocket.OPEN && socket.bufferedAmount > 4_000_000) await delay(20);
    }
    socket.close();
    await delay(10);
  }

  #hear(text: string): void {
    const frame = JSON.parse(text) as {
      type: string;
      secret?: string;
      acknowledged?: { epoch: string; seq: number };
      id?: string;
    };
    if (frame.type === "welcome") {
      this.#secret = frame.secret ?? this.#secret;
      this.#seq = frame.acknowledged?.seq ?? 0;
    }
    if (frame.type === "command" && frame.id !== undefined) this.wild.known.push(frame.id);
    if (this.wild.known.length > 200) this.wild.known.splice(3, 100);
  }

  #hello(): unknown {
    const { wild } = this;
    if (wild.chance(0.1)) {
      this.#nodeId = randomUUID();
      this.#secret = undefined;
      this.#seq = 0;
    }
    if (wild.chance(0.1)) this.#epoch = `e${wild.between(1, 9)}`;
    const fitting = this.#fittingFrame("hello") as { node: object };
    const hello = {
      ...fitting,
      protocol: { min: 1, max: 1 },
      node: { ...fitting.node, id: wild.chance(0.9) ? this.#nodeId : wild.pick([...wild.known, this.#nodeId]) },
      secret: this.#secret,
      instance: this.#nodeId,
      connection: this.#connections,
      outbox: { epoch: this.#epoch, firstSeq: 0, lastSeq: wild.chance(0.8) ? 10 ** 9 : wild.number(), acked: 0 },
    };
    this.#connections += 1;
    this.#count("hello");
    return wild.chance(0.85) ? hello : wild.broken(hello);
  }

  #frame(): unknown {
    const { wild } = this;
    const dice = wild.next();
    if (dice < 0.7) return this.#events();
    if (dice < 0.79) return this.#counted("heartbeat", this.#fittingFrame("heartbeat"));
    if (dice < 0.8) return this.#told();
    if (dice < 0.85) return this.#counted("live", this.#fittingFrame("live"));
    if (dice < 0.95)
      return this.#counted("broken frame", wild.broken(this.#fittingFrame(wild.pick(["heartbeat", "live", "events"]))));
    if (dice < 0.96) return this.#counted("bye", this.#fittingFrame("bye"));
    return this.#counted("anything", wild.json());
  }

  /** As if it were of the place that was committed last, which it is now and then. */
  #told(): unknown {
    const fitting = this.#fittingFrame("told") as object;
    return this.#counted("told", { ...fitting, epoch: this.#epoch, seq: this.#seq });
  }

  #events(): unknown {
    const { wild } = this;
    const events = Array.from({ length: wild.between(1, 8) }, () => {
      const choice = wild.chance(0.02) ? wild.between(1, 50) : 1;
      this.#seq += wild.chance(0.97) ? 1 : choice - wild.between(0, 5);
      return this.#event();
    });
    this.#count("events");
    return { type: "events", epoch: wild.chance(0.98) ? this.#epoch : wild.text(60), events };
  }

  #event(): unknown {
    const { wild } = this;
    const name = wild.pick(EVENT_TYPES);
    const data = wild.fitting(schemaOf(`EventData.${name}`));
    const event = {
      seq: this.#seq,
      at: wild.chance(0.5) ? Date.now() : Math.abs(Math.floor(wild.number())) % 253_402_300_799_999,
      type: wild.chance(0.95) ? name : wild.text(64) || "x",
      ...(wild.chance(0.5) ? { sourceKey: wild.text(200) } : {}),
      project: wild.chance(0.5) ? "p" : wild.text(200),
      session: wild.id("ses_"),
      data,
    };
    this.#count("event");
    return wild.chance(0.85) ? event : { ...(wild.broken(event) as object), seq: this.#seq };
  }

  #fittingFrame(type: string): unknown {
    const schema = (schemaOf("AgentFrame").oneOf as JsonSchema[]).find(
      ({ properties }) => properties?.["type"]?.const === type,
    );
    return this.wild.fitting(schema as JsonSchema);
  }

  #send(socket: WebSocket, frame: unknown): void {
    const { wild } = this;
    if (socket.readyState !== WebSocket.OPEN) return;
    if (wild.chance(0.005)) socket.send("x".repeat(2 * 1024 * 1024));
    else if (wild.chance(0.006)) socket.send(this.#deepEvents());
    else if (wild.chance(0.01)) socket.send(new Uint8Array([1, 2, 3]));
    else if (wild.chance(0.02)) socket.send(JSON.stringify(frame).slice(0, -3));
    else socket.send(JSON.stringify(frame));
  }

  /** Deeper than anything here can write, and not too big. */
  #deepEvents(): string {
    this.#seq += 1;
    const data = "[".repeat(8_000) + "]".repeat(8_000);
    this.#count("deep event");
    return `{"type":"events","epoch":"${this.#epoch}","events":[{"seq":${this.#seq},"at":1,"type":"of.tomorrow","data":${data}}]}`;
  }

  #counted(kind: string, frame: unknown): unknown {
    this.#count(kind);
    return frame;
  }

  #count(kind: string): void {
    this.#said[kind] = (this.#said[kind] ?? 0) + 1;
  }
}
