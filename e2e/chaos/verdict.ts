import { DatabaseSync } from "node:sqlite";
import type { CommandView, EventData, EventView, InteractionView, SessionView } from "@hal/protocol";
import type { Agent } from "../harness/agent.ts";
import type { Opencode, OpencodeMessage, OpencodeRequest } from "../harness/opencode.ts";
import { turnOf } from "./held-state.ts";
import { judgeOrders, type Order } from "./judge-orders.ts";
import type { Problem } from "./problem.ts";
import type { Asked } from "./workload.ts";
import type { World } from "./world.ts";

type Told = EventData<"session.message">;

/** What was looked at. */
export interface Verdict {
  readonly problems: readonly Problem[];
  readonly sessions: number;
  readonly messages: number;
}

/** What is judged: agents and their supervisor. */
type Judged = Pick<World, "stage" | "agents">;

/** Compares what the log says with what each opencode holds, for sessions that changed since a time. */
export async function judge(world: Judged, asked: readonly Asked[], since: number): Promise<Verdict> {
  const problems: Problem[] = [];
  let sessions = 0;
  let messages = 0;
  for (const agent of world.agents) {
    const judged = await new AgentJudge(world, agent).judge(asked, since);
    problems.push(...judged.problems);
    sessions += judged.sessions;
    messages += judged.messages;
  }
  return { problems: [...problems, ...judgeOrder(world)], sessions, messages };
}

class AgentJudge {
  readonly #world: Judged;
  readonly #agent: Agent;
  readonly #opencode: Opencode;
  readonly #problems: Problem[] = [];

  constructor(world: Judged, agent: Agent) {
    this.#world = world;
    this.#agent = agent;
    this.#opencode = agent.opencode();
  }

  async judge(asked: readonly Asked[], since: number): Promise<Verdict> {
    const all = (await this.#each((directory) => this.#opencode.sessions(directory))).flat();
    const orders = await this.#ordersOf(asked.filter(({ agent }) => agent === this.#agent));
    // an opencode that was killed may have kept a prompt and not when its session changed
    const prompted = new Set(orders.map(({ command }) => command?.session_id));
    const changed = all.filter(({ id, time }) => time.updated >= since || prompted.has(id));
    const working = Object.assign(
      {},
      ...(await this.#each((directory) => this.#opencode.statuses(directory))),
    ) as object;
    const found: OpencodeMessage[] = [];
    for (const { id, cost, time } of changed) {
      const held = await this.#opencode.messages(id);
      found.push(...held);
      await this.#judgeMessages(id, held, !(id in working));
      const opencode = { id, cost, archived: time.archived != null, working: id in working };
      await this.#judgeSession(opencode, held.length);
    }
    await this.#judgeInteractions();
    for (const { kind, text } of judgeOrders(orders, found, this.#world.stage.provider.prompts)) this.#say(kind, text);
    return { problems: this.#problems, sessions: changed.length, messages: found.length };
  }

  #each<T>(ask: (directory: string) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#agent.directories.map(ask));
  }

  #say(kind: Problem["kind"], text: string): void {
    this.#problems.push({ kind, text: `${this.#agent.name}: ${text}` });
  }

  async #judgeMessages(session: string, held: readonly OpencodeMessage[], isIdle: boolean): Promise<void> {
    const events = await this.#world.stage.events({ session_id: session, type: "session.message" });
    const told = new Map<string, Told[]>();
    // one that lost its identity tells as another node, which cannot know what it told before
    const tellers = new Map<string, string[]>();
    for (const { data, node_id: node } of events as (EventView & { data: Told })[]) {
      told.set(data.messageId, [...(told.get(data.messageId) ?? []), data]);
      tellers.set(data.messageId, [...(tellers.get(data.messageId) ?? []), `${node} ${JSON.stringify(data)}`]);
    }
    for (const { info, parts } of held) {
      const revisions = told.get(info.id) ?? [];
      const newest = revisions.at(-1);
      if (newest === undefined) {
        if (isIdle) this.#say("lost", `${session}: message ${info.id} (${info.role}) is not in the log`);
        continue;
      }
      if (new Set(tellers.get(info.id)).size < revisions.length)
        this.#say("doubled", `${session}: message ${info.id} is in the log twice with one content`);
      const state = stateOf(info, parts);
      if (isIdle && newest.state !== state)
        this.#say("false state", `${session}: message ${info.id} is told ${newest.state}, but is ${state} in opencode`);
      const text = parts
        .filter((part) => part.type === "text" && part.synthetic !== true && part.ignored !== true)
        .map((part) => part.text ?? "")
        .join("");
      if (isIdle && newest.text !== text)
        this.#say("lost", `${session}: message ${info.id} reads ${newest.text.length} characters, not ${text.length}`);
    }
    const ids = held.map(({ info }) => info.id);
    for (const id of told.keys())
      if (!ids.includes(id)) this.#say("contradiction", `${session}: message ${id} is not in opencode`);
    this.#judgeOrder(session, held, told);
    const shown = (await this.#world.stage.messages(session)).map(({ id }) => id);
    if (isIdle && shown.join() !== ids.join())
      this.#say("contradiction", `${session}: people are shown ${shown.join(" ")}, but opencode has ${ids.join(" ")}`);
  }

  /** A prompt may be told before the answer that is being given; prompts among themselves keep their order, and so do answers. */
  #judgeOrder(session: string, held: readonly OpencodeMessage[], told: ReadonlyMap<string, readonly Told[]>): void {
    for (const role of ["user", "assistant"]) {
      // that a turn was interrupted is known only when opencode is back, which may be after the next prompt
      const firsts = [...told].flatMap(([id, [first]]) =>
        first?.role === role && first.state !== "interrupted" ? id : [],
      );
      const ids = held.map(({ info }) => info.id).filter((id) => firsts.includes(id));
      const inLog = firsts.filter((id) => ids.includes(id));
      if (inLog.join() !== ids.join())
        this.#say("order", `${session}: the log tells ${inLog.join(" ")}, but opencode has ${ids.join(" ")}`);
    }
  }

  async #judgeSession(
    held: { readonly id: string; readonly cost: number; readonly archived: boolean; readonly working: boolean },
    messages: number,
  ): Promise<void> {
    const view = await this.#world.stage.session(held.id).catch((): SessionView | undefined => undefined);
    if (view === undefined) {
      this.#say("lost", `session ${held.id} is not known`);
      return;
    }
    const fits = held.archived
      ? view.status === "ended"
      : held.working
        ? ["busy", "waiting", "retrying"].includes(view.status)
        : ["idle", "error"].includes(view.status) || (messages === 0 && view.status === "starting");
    if (!fits) {
      const state = held.archived ? "archived" : held.working ? "at work" : "idle";
      this.#say("contradiction", `session ${held.id} is ${view.status} (${view.reason}), but ${state} in opencode`);
    }
    if (Math.abs(view.cost - held.cost) > 1e-6)
      this.#say("contradiction", `session ${held.id} costs ${view.cost}, but ${held.cost} in opencode`);
  }

  /** opencode keeps the requests of a turn that was stopped: of a session that rests nobody waits for an answer. */
  async #waitingIn(directory: string): Promise<OpencodeRequest[]> {
    const [requests, statuses] = await Promise.all([
      this.#opencode.requests(directory),
      this.#opencode.statuses(directory),
    ]);
    return requests.filter(({ sessionID }) => sessionID in statuses);
  }

  async #judgeInteractions(): Promise<void> {
    const requests = (await this.#each((directory) => this.#waitingIn(directory))).flat();
    const waiting = new Set(requests.map(({ id }) => id));
    const shown = (await this.#world.stage.api<InteractionView[]>("/interactions?state=open&limit=1000"))
      .filter(({ node_id: node }) => node === this.#agent.nodeId)
      .map(({ id }) => id);
    for (const id of waiting)
      if (!shown.includes(id)) this.#say("lost", `${id} waits for a person, and nobody sees it`);
    for (const id of shown) if (!waiting.has(id)) this.#say("contradiction", `${id} is shown, but nobody waits for it`);
  }

  async #ordersOf(asked: readonly Asked[]): Promise<Order[]> {
    const orders: Order[] = [];
    for (const { token, commandId } of asked)
      orders.push({ token, command: commandId === undefined ? undefined : await this.#command(commandId) });
    return orders;
  }

  /** Undefined where a restored supervisor does not know it any more. */
  #command(id: string): Promise<CommandView | undefined> {
    return this.#world.stage.api<CommandView>(`/commands/${id}`).catch((error: unknown) => {
      if (/: 404 /.test((error as Error).message)) return undefined;
      throw error;
    });
  }
}

/** How a message stands that nobody works at any more, in the words of the log. */
function stateOf(info: OpencodeMessage["info"], parts: OpencodeMessage["parts"]): Told["state"] {
  if (info.role === "user") return "complete";
  const turn = turnOf({ info: { ...info, finish: "stop" }, parts });
  return turn === "failed" ? "error" : turn === "aborted" ? "aborted" : turn === "open" ? "interrupted" : "complete";
}

/** In the log, the places of each life of an outbox ascend, and each is there once. */
function judgeOrder({ stage }: Judged): Problem[] {
  const database = new DatabaseSync(stage.supervisorDatabase, { readOnly: true });
  try {
    const wrong = database
      .prepare(
        `select node_id as node, epoch, seq from (
           select node_id, epoch, seq, lag(seq) over (partition by node_id, epoch order by id) as before
           from events where seq is not null
         ) where before >= seq limit 5`,
      )
      .all();
    return wrong.map(({ node, epoch, seq }) => ({
      kind: "order",
      text: `node ${String(node)}: seq ${String(seq)} of epoch ${String(epoch)} is out of order in the log`,
    }));
  } finally {
    database.close();
  }
}
