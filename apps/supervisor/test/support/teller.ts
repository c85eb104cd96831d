import { event, events, type Peer } from "./socket.ts";

/** One event: of which session, where it is about one, and what. */
type Told = readonly [session: string | undefined, type: string, data?: object];

/** What an agent tells of its sessions, in the order of one outbox, over however many connections. */
export class Teller {
  agent: Peer;
  /** the place of what was told last */
  seq = 0;

  constructor(agent: Peer) {
    this.agent = agent;
  }

  /** Tells events and waits until they are in the log. */
  async tell(...list: readonly Told[]): Promise<void> {
    this.agent.send(events(...list.map(([session, type, data]) => this.next(type, data, { session }))));
    await this.agent.next("ack");
  }

  /** The next event, to be sent. */
  next(type: string, data: object = {}, changes: object = {}): object {
    this.seq += 1;
    return event(this.seq, type, data, { sourceKey: `k/${this.seq}`, ...changes });
  }
}

/** What is told of a session that was started, maybe by another one. */
export function started(parentId?: string): object {
  return { title: "t", createdAt: 1, updatedAt: 1, ...(parentId === undefined ? {} : { parentId }) };
}
