import type { Lease, LeaseBrief } from "@hal/protocol";
import { dial, event, events, hello, type Peer } from "./socket.ts";
import type { Stage } from "./start.ts";
import { started } from "./teller.ts";

/** A bare agent that spends, counts what it spent, and keeps to what it was told. */
export class Spender {
  readonly nodeId: string;
  readonly host: string;
  features: readonly string[] = ["leases", "told", "hold"];
  peer: Peer | undefined;
  life = "life-1";
  epoch = "e1";
  seq = 0;
  counter = 0;
  readonly sessions = new Map<string, number>();
  brief: LeaseBrief | undefined;
  atWork: readonly string[] = [];
  /** whether what it is told counts, and is answered, at once */
  keeps = true;
  readonly #outbox: object[] = [];
  #secret: unknown;
  #connections = 0;
  #turns = 0;
  /** how many frames of leases came */
  told = 0;

  constructor(index = 1) {
    this.nodeId = `01900000-0000-7000-8000-00000000000${index}`;
    this.host = `box${index}`;
  }

  /** Comes, and says what it spent; returns when it was welcomed. */
  async come(stage: Stage, changes: object = {}): Promise<this> {
    const peer = await dial(stage.supervisor.port);
    this.#connections += 1;
    this.peer = peer;
    const node = { id: this.nodeId, hostname: this.host, version: "0.1.0", os: "linux", arch: "x64" };
    peer.send(
      hello({
        node,
        instance: `run-${this.host}-${this.#connections}`,
        connection: this.#connections,
        outbox: { epoch: this.epoch, firstSeq: this.seq === 0 ? 0 : 1, lastSeq: this.seq, acked: this.seq },
        features: this.features,
        ...(this.#secret === undefined ? {} : { secret: this.#secret }),
        ...changes,
      }),
    );
    const { secret, acknowledged } = await peer.next("welcome");
    this.#secret = secret ?? this.#secret;
    const { seq } = acknowledged as { readonly seq: number };
    const unsent = this.#outbox.slice(seq);
    if (unsent.length > 0) {
      peer.send({ ...events(...unsent), epoch: this.epoch });
      await peer.next("ack");
    }
    if (this.features.includes("leases")) {
      void this.#listen(peer);
      this.say();
    }
    return this;
  }

  /** What it may spend in all by a lease, beyond what it has counted; undefined where it has none. */
  left(budgetId: string): number | undefined {
    const lease = this.lease(budgetId);
    return lease === undefined ? undefined : lease.ceilingMicroUsd - this.counter;
  }

  lease(budgetId: string): Lease | undefined {
    return this.brief?.leases.find((lease) => lease.budgetId === budgetId);
  }

  async begin(session: string): Promise<void> {
    await this.tell(session, "session.started", started());
  }

  /** One message of the assistant that costs so much, told and counted. */
  async spend(session: string, costMicroUsd: number): Promise<void> {
    this.#turns += 1;
    this.counter += costMicroUsd;
    this.sessions.set(session, (this.sessions.get(session) ?? 0) + costMicroUsd);
    await this.tell(session, "session.message", {
      messageId: `${this.host}-${this.#turns}`,
      role: "assistant",
      state: "complete",
      text: "x",
      model: "anthropic/claude",
      costMicroUsd,
      tokens: { input: 1, output: 1, reasoning: 0, cacheRead: 0, cacheWrite: 0 },
      createdAt: Date.now(),
    });
    this.say();
  }

  async tell(session: string, type: string, data: object = {}): Promise<void> {
    this.seq += 1;
    const told = event(this.seq, type, data, { session, sourceKey: `${this.host}/${this.epoch}/${this.seq}` });
    this.#outbox.push(told);
    this.peer?.send({ ...events(told), epoch: this.epoch });
    await this.peer?.next("ack");
  }

  say(): void {
    this.peer?.send({
      type: "spent",
      epoch: this.epoch,
      seq: this.seq,
      counters: this.life,
      nodeMicroUsd: this.counter,
      projects: [{ id: "p1", microUsd: this.counter }],
      sessions: [...this.sessions].map(([id, microUsd]) => ({ id, microUsd })),
      atWork: this.atWork,
      version: this.brief?.version,
    });
  }

  leave(): void {
    this.peer?.close();
    this.peer = undefined;
  }

  async #listen(peer: Peer): Promise<void> {
    for (;;) {
      const { leases } = await peer.next("update");
      if (leases === undefined) continue;
      this.told += 1;
      if (!this.keeps) continue;
      this.brief = leases as LeaseBrief;
      this.say();
    }
  }
}
