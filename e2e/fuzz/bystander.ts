import type { InteractionView } from "@hal/protocol";
import { eventually } from "../harness/eventually.ts";
import { RawAgent } from "../harness/raw-agent.ts";
import type { Stage } from "../harness/stage.ts";

/** A node that behaves, with a session of which nothing may change. */
export class Bystander {
  readonly #stage: Stage;
  readonly #agent: RawAgent;
  readonly session = "ses_bystander";
  #before = "";

  private constructor(stage: Stage, agent: RawAgent) {
    this.#stage = stage;
    this.#agent = agent;
  }

  static async open(stage: Stage): Promise<Bystander> {
    const url = `ws://127.0.0.1:${stage.ports.socket}`;
    const agent = await RawAgent.greet({ url, token: stage.token }, "bystander");
    const bystander = new Bystander(stage, agent);
    const at = Date.now();
    const facts = { title: "untouched", createdAt: at, updatedAt: at };
    const message = { messageId: "msg_1", role: "user", state: "complete", text: "leave me alone", createdAt: at };
    const event = (seq: number, type: string, data: object): object => {
      return { seq, at, type, project: "p", session: bystander.session, data };
    };
    agent.sendEvents([
      event(1, "session.started", facts),
      event(2, "session.message", message),
      event(3, "session.idle", {}),
      event(4, "interaction.asked", {
        interactionId: "per_bystander",
        kind: "permission",
        summary: "may I?",
        askedAt: at,
      }),
    ]);
    bystander.#before = await eventually(async () => {
      if (agent.acknowledged < 4) throw new Error("nothing is acknowledged");
      return bystander.#now();
    });
    return bystander;
  }

  get nodeId(): string {
    return this.#agent.nodeId;
  }

  close(): void {
    this.#agent.close();
  }

  async whatChanged(): Promise<string[]> {
    const now = await this.#now().catch((error: unknown) => (error as Error).message);
    return now === this.#before ? [] : [`somebody else's session changed:\n${this.#before}\n${now}`];
  }

  async #now(): Promise<string> {
    const { nodeId, session } = this;
    const view = await this.#stage
      .api<object>(`/sessions/${nodeId}%2F${session}`)
      .catch(() => this.#stage.session(session));
    // a stop of everything is under way for this one, too, which does not answer
    const { reason, asked: _, ...stable } = view as { reason: string; asked?: unknown };
    // a stop of everything asks this one, too
    const events = (await this.#stage.events({ node_id: nodeId, session_id: session })).filter(
      ({ type }) => !type.startsWith("command."),
    );
    const questions = await this.#stage.api<InteractionView[]>("/interactions?state=all&limit=1000");
    const own = questions
      .filter((one) => one.node_id === nodeId)
      .map(({ state, reply, answered_by: by }) => ({ state, reply, by }));
    return JSON.stringify([stable, reason.replaceAll(/\d+ ?\w+/g, ""), events, own]);
  }
}
