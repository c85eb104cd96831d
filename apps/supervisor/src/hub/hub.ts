import type { WebSocket } from "ws";
import type { Hello } from "@hal/protocol";
import { Lanes } from "@hal/daemon";
import type { Context } from "../context.ts";
import type { AgentLink, Links } from "../capabilities/nodes/link.ts";
import { type Admission, admitNode } from "../capabilities/nodes/admit-node.ts";
import type { Actor } from "../operations/handler.ts";
import { AgentConnection } from "./agent-connection.ts";
import { UNREAD } from "./outgoing.ts";
import type { Registry } from "./registry.ts";

/** How long a rival for an identity may take to show that it is alive. */
const PROBE_MS = 2_000;

/** The table of connections; a context's `links`. */
export class LinkTable implements Links {
  readonly connections = new Map<string, AgentConnection>();
  get(nodeId: string): AgentLink | undefined {
    return this.connections.get(nodeId);
  }
  all(): Iterable<AgentLink> {
    return this.connections.values();
  }
}

/** The supervisor's end of all agent links. */
export class Hub implements Disposable {
  readonly #context: Context;
  readonly #links: LinkTable;
  readonly #registry: Registry;
  readonly #open = new Set<AgentConnection>();
  readonly #admissions = new Lanes();

  constructor(context: Context, links: LinkTable) {
    this.#context = context;
    this.#links = links;
    this.#registry = {
      context,
      // two agents with one identity are judged one after the other, so that the second one meets the first
      admit: (link, hello) => this.#admissions.run(hello.node.id, () => this.#admit(link, hello)),
      refuse: (link, code, reason) => this.#refuse(link, code, reason),
      unregister: (link) => this.#unregister(link),
    };
  }

  /** All connections, those that have not said hello included. */
  get size(): number {
    return this.#open.size;
  }

  /** Takes over an upgraded, authenticated socket. */
  accept(socket: WebSocket, actor: Actor): void {
    const connection = new AgentConnection(socket, this.#registry, actor);
    const onInvalid = (): void => connection.close(4009, "the token is not valid any more");
    actor.valid.addEventListener("abort", onInvalid, { once: true });
    this.#open.add(connection);
    this.#context.metrics.linkOpened();
    socket.once("close", () => {
      actor.valid.removeEventListener("abort", onInvalid);
      this.#open.delete(connection);
    });
  }

  /** Sends every agent a sign of life and closes the links of those that gave none for the agreed time. */
  beat(): void {
    const { clock, heartbeat } = this.#context;
    for (const connection of this.#links.connections.values()) {
      const silentMs = clock.monotonic() - connection.lastFrameAt;
      if (silentMs > heartbeat.timeoutMs) {
        const missed = Math.floor(silentMs / heartbeat.intervalMs);
        connection.close(4007, `no heartbeat for ${Math.round(silentMs / 1000)} s (${missed} missed)`);
      } else if (connection.outgoing.stuckMs > heartbeat.timeoutMs) {
        connection.close(4008, UNREAD);
      } else {
        connection.send({ type: "tick", serverTime: clock.now() });
      }
    }
  }

  /** Closes every link as going away; what is being committed the store waits for. */
  [Symbol.dispose](): void {
    for (const connection of this.#open) connection.close(1001, "the supervisor is stopping");
  }

  async #admit(link: AgentConnection, hello: Hello): Promise<Admission> {
    const { credential, address } = link;
    const admission = await admitNode(this.#context, { hello, credential, address }, (rival) => this.#probe(rival));
    if (admission.kind === "refused" || !link.isOpen) return admission;
    const { connections } = this.#links;
    const earlier = connections.get(link.nodeId);
    link.connectedAt = this.#context.clock.now();
    this.#context.refusedAgents.letIn(link.nodeId);
    connections.set(link.nodeId, link);
    earlier?.replace();
    return admission;
  }

  #refuse({ address, nodeId }: AgentConnection, code: number, reason: string): void {
    // neither the supervisor's own going nor a newer connection of the same agent keeps anybody out
    if (code === 1001 || code === 4003) return;
    const refusal = { address, nodeId: nodeId === "" ? undefined : nodeId, code, reason };
    this.#context.refusedAgents.add(refusal, this.#context.clock.now());
  }

  #unregister(link: AgentConnection): boolean {
    if (this.#links.connections.get(link.nodeId) !== link) return false;
    return this.#links.connections.delete(link.nodeId);
  }

  async #probe(link: AgentLink): Promise<boolean> {
    const connection = this.#links.connections.get(link.nodeId);
    if (connection === undefined) return false;
    const asked = this.#context.clock.monotonic();
    connection.ping();
    await new Promise((resolve) => setTimeout(resolve, PROBE_MS));
    return this.#links.connections.get(link.nodeId) === connection && connection.lastFrameAt > asked;
  }
}
