import { randomUUID } from "node:crypto";
import type { ErrorBody, Lease, LeaseBrief, Spent } from "@hal/protocol";
import { type BareLink, BareSupervisor } from "../../apps/agent/test/support/bare-supervisor.ts";
import { eventually } from "./eventually.ts";

/** An event as an agent told it. */
export interface HandEvent {
  readonly seq: number;
  readonly type: string;
  readonly session?: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A supervisor of the wire alone, for one agent: it commits what is told, sends what a test says, and may be away. */
export class HandSupervisor implements AsyncDisposable {
  readonly events: HandEvent[] = [];
  /** every one that came, the newest last */
  readonly spent: Spent[] = [];
  #server: BareSupervisor;
  readonly #port: number;
  readonly #logId = randomUUID();
  #link: BareLink | undefined;
  #acknowledged = { epoch: "", seq: 0 };
  #brief: LeaseBrief | undefined;
  #version = 0;
  #isAway = false;

  private constructor(server: BareSupervisor) {
    this.#server = server;
    this.#port = server.port;
    void this.#serve();
  }

  static async open(): Promise<HandSupervisor> {
    return new HandSupervisor(await BareSupervisor.open());
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** Hears nothing and says nothing, as one that was killed. */
  async leave(): Promise<void> {
    this.#isAway = true;
    this.#link = undefined;
    await this.#server[Symbol.asyncDispose]();
  }

  async comeBack(): Promise<void> {
    this.#server = await BareSupervisor.open(this.#port);
    this.#isAway = false;
    void this.#serve();
  }

  /** Says what the node may spend, also to its next connections, and waits until that is on its disk. */
  async lease(leases: readonly Lease[], more: Partial<LeaseBrief> = {}): Promise<void> {
    const { counters } = await this.said();
    this.#version += 1;
    this.#brief = { version: this.#version, counters, validMs: 600_000, leases: [...leases], ...more };
    this.#link?.send({ type: "update", leases: this.#brief });
    await eventually(() => {
      if (this.spent.at(-1)?.version !== this.#version) throw new Error("the leases are not on its disk");
    });
  }

  /** What the node says of what it spent, once it does. */
  async said(): Promise<Spent> {
    return eventually(() => {
      const newest = this.spent.at(-1);
      if (newest === undefined) throw new Error("the node says nothing of what it spent");
      return newest;
    }, 60_000);
  }

  /** Sends a command; its id. */
  command(command: string, args: object): string {
    const hex = Date.now().toString(16).padStart(12, "0");
    const id = `cmd_${hex.slice(0, 8)}-${hex.slice(8)}-7${randomUUID().slice(15)}`;
    this.#link?.send({ type: "command", id, command, args, remainingMs: 60_000 });
    return id;
  }

  /** What came of a command. */
  async outcome(id: string): Promise<{ readonly output?: Record<string, unknown>; readonly error?: ErrorBody }> {
    return eventually(() => {
      const end = this.events.find(({ type, data }) => data["commandId"] === id && type !== "command.running");
      if (end === undefined) throw new Error(`${id} has no outcome`);
      return end.data;
    }, 60_000);
  }

  /** What was told of a type, about a session. */
  told(type: string, session?: string): HandEvent[] {
    return this.events.filter((event) => event.type === type && (session === undefined || event.session === session));
  }

  async #serve(): Promise<void> {
    const server = this.#server;
    while (!this.#isAway && server === this.#server) {
      const link = await server.link();
      try {
        await this.#welcome(link);
        await Promise.all([this.#commit(link), this.#hear(link)]);
      } catch {
        // the link ended
      }
    }
  }

  async #welcome(link: BareLink): Promise<void> {
    const { epoch } = (await link.next("hello"))["outbox"] as { epoch: string };
    if (epoch !== this.#acknowledged.epoch) this.#acknowledged = { epoch, seq: 0 };
    link.send({
      type: "welcome",
      protocol: 1,
      supervisor: { version: "0", logId: this.#logId },
      heartbeatIntervalMs: 1_000,
      heartbeatTimeoutMs: 600_000,
      acknowledged: this.#acknowledged,
      serverTime: Date.now(),
      features: ["leases"],
    });
    if (this.#brief !== undefined) link.send({ type: "update", leases: this.#brief });
    this.#link = link;
  }

  async #commit(link: BareLink): Promise<void> {
    for (;;) {
      const { epoch, events } = (await link.next("events")) as unknown as { epoch: string; events: HandEvent[] };
      for (const event of events) {
        if (event.seq <= this.#acknowledged.seq) continue;
        this.events.push(event);
        this.#acknowledged = { epoch, seq: event.seq };
      }
      link.send({ type: "ack", ...this.#acknowledged });
    }
  }

  async #hear(link: BareLink): Promise<void> {
    for (;;) this.spent.push((await link.next("spent")) as unknown as Spent);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isAway = true;
    await this.#server[Symbol.asyncDispose]();
  }
}
