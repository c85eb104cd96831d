import { type EventData, type HalEvent, microUsd } from "@hal/protocol";
import {
  cutText,
  errorMessage,
  finalState,
  type MessageAssembly,
  messageData,
  newAssembly,
  tokenUsage,
} from "./message-assembly.ts";
import type { MessageInfo, OpencodeError, Part, SessionInfo, SyncRow } from "./sync-row.ts";

/** How much of a tool's output an event carries, in bytes. */
const TOOL_OUTPUT_BYTES = 8 * 1024;

/** How many told messages are kept in memory for later revisions. */
const KEPT_ASSEMBLIES = 20;

export type ToldStatus = "busy" | "idle" | "waiting" | "retrying" | "error" | "ended";

/** What is kept of a session between runs of the agent. */
export interface SavedSession {
  readonly project: string | undefined;
  readonly parentId: string | undefined;
  /** rows up to here need not be read again */
  readonly safeSeq: number;
  /** rows up to here were told; those in between only rebuild unfinished messages */
  readonly seenSeq: number;
  readonly status: ToldStatus | undefined;
  /** JSON of the facts that were told */
  readonly facts: string | undefined;
  readonly createdAt: number | undefined;
  readonly external: boolean;
  /** open requests: id to kind */
  readonly open: Readonly<Record<string, "permission" | "question">>;
}

export const NEW_SESSION: SavedSession = {
  project: undefined,
  parentId: undefined,
  safeSeq: -1,
  seenSeq: -1,
  status: undefined,
  facts: undefined,
  createdAt: undefined,
  external: false,
  open: {},
};

/** What opencode says a session does. */
export type OpencodeStatus =
  | { readonly type: "busy" | "idle" }
  | { readonly type: "retry"; readonly attempt: number; readonly message: string; readonly next?: number | undefined };

/** Where a session belongs, as the agent finds out. */
export interface Placement {
  projectOf(directory: string): string | undefined;
  isExternal(info: SessionInfo): boolean;
}

/**
 * Turns what opencode says of one session into events, each fact once. It does no input or output and has no
 * clock; the same rows give the same source keys, live or from history (protocol §4.3).
 */
export class SessionTeller {
  readonly id: string;
  readonly #placement: Placement;
  readonly #told: Map<string, string>;
  readonly #assemblies = new Map<string, MessageAssembly>();
  #newlyTold = new Map<string, string>();
  #saved: SavedSession;
  #events: HalEvent[] = [];

  constructor(id: string, placement: Placement, saved: SavedSession, told: ReadonlyMap<string, string>) {
    this.id = id;
    this.#placement = placement;
    this.#saved = saved;
    this.#told = new Map(told);
  }

  get saved(): SavedSession {
    return { ...this.#saved, safeSeq: this.#safeSeq() };
  }
  get managed(): boolean {
    return this.#saved.project !== undefined;
  }
  get status(): ToldStatus | undefined {
    return this.#saved.status;
  }
  get seenSeq(): number {
    return this.#saved.seenSeq;
  }
  get open(): SavedSession["open"] {
    return this.#saved.open;
  }

  /** Events and told messages since the last call. */
  take(): { readonly events: HalEvent[]; readonly messages: { messageId: string; hash: string }[] } {
    const taken = {
      events: this.#events,
      messages: [...this.#newlyTold].map(([messageId, hash]) => ({ messageId, hash })),
    };
    this.#events = [];
    this.#newlyTold = new Map();
    return taken;
  }

  /** Folds one row of the durable log; rows that were folded before are passed over. */
  row(row: SyncRow): void {
    if (row.seq <= this.#foldedSeq) return;
    this.#foldedSeq = row.seq;
    const fresh = row.seq > this.#saved.seenSeq;
    const { change } = row;
    if (change.kind === "session") this.#session(change.info, row.seq, fresh);
    else if (change.kind === "message") this.#message(change.info, row.seq, fresh);
    else if (change.kind === "part") this.#part(change.part, change.time, row.seq, fresh);
    if (fresh) this.#saved = { ...this.#saved, seenSeq: row.seq };
  }
  #foldedSeq = -1;

  /** Whether a row is missing before this one. */
  lacksBefore(row: SyncRow): boolean {
    return row.seq > Math.max(this.#foldedSeq, this.#saved.seenSeq) + 1;
  }

  /** Tells the user messages that wait for a sign that they are whole. */
  settle(): void {
    for (const assembly of this.#assemblies.values())
      if (assembly.info?.role === "user" && assembly.parts.size > 0) this.#tell(assembly, assembly.info);
  }

  get hasUnsettled(): boolean {
    return [...this.#assemblies.values()].some(
      ({ id, info, parts }) => info?.role === "user" && parts.size > 0 && !this.#told.has(id),
    );
  }

  /** Marks turns that a crash interrupted: opencode is not at them any more, and they never ended. */
  interrupt(at: number): void {
    if (this.#saved.status === "busy" || this.#saved.status === "retrying" || this.#saved.status === "waiting") return;
    for (const assembly of this.#assemblies.values()) {
      const { info } = assembly;
      if (info?.role !== "assistant" || finalState(info) !== undefined || this.#told.has(assembly.id)) continue;
      this.#told.set(assembly.id, "interrupted");
      this.#newlyTold.set(assembly.id, "interrupted");
      const data = messageData(assembly, info, "interrupted", this.#isCopy(info));
      this.#push({ type: "session.message", at, sourceKey: `${this.id}/${assembly.id}/interrupted`, data });
    }
  }

  get hasInterruptible(): boolean {
    return [...this.#assemblies.values()].some(
      ({ id, info }) => info?.role === "assistant" && finalState(info) === undefined && !this.#told.has(id),
    );
  }

  /** Tells what opencode says the session does, if that is news. An open request makes it wait for a person. */
  doing(status: OpencodeStatus, at: number): void {
    this.settle();
    const told = this.#saved.status;
    if (status.type === "idle") {
      if (told === "idle" || told === "error" || told === "ended") return;
      this.#setStatus("idle");
      this.#push({ type: "session.idle", at, data: {} });
    } else if (status.type === "retry") {
      this.#setStatus("retrying");
      const { attempt, message, next } = status;
      const data = { attempt, message: message.slice(0, 500), ...(next === undefined ? {} : { nextAt: Math.round(next) }) };
      this.#push({ type: "session.retrying", at, data });
    } else {
      this.#busyOrWaiting(at);
    }
  }

  #busyOrWaiting(at: number): void {
    const [interactionId] = Object.keys(this.#saved.open);
    const status = interactionId === undefined ? "busy" : "waiting";
    if (this.#saved.status === status) return;
    this.#setStatus(status);
    if (interactionId === undefined) this.#push({ type: "session.busy", at, data: {} });
    else this.#push({ type: "session.waiting", at, data: { interactionId } });
  }

  /** Tells that a turn failed; repeats, aborts and overflows that opencode mends itself are not failures. */
  failed(error: OpencodeError, sourceKey: string, at: number): void {
    this.settle();
    if (error.name === "MessageAbortedError" || error.name === "ContextOverflowError") return;
    if (this.#saved.status === "error" || this.#saved.status === "ended") return;
    this.#setStatus("error");
    this.#push({ type: "session.error", at, sourceKey, data: { name: error.name, message: errorMessage(error) } });
  }

  todo(todos: EventData<"session.todo">["todos"], at: number): void {
    this.#push({ type: "session.todo", at, data: { todos } });
  }

  /** A permission request or a question waits for a person. */
  asked(data: EventData<"interaction.asked">, at: number): void {
    const { interactionId, kind } = data;
    if (this.#saved.open[interactionId] !== undefined) return;
    this.#saved = { ...this.#saved, open: { ...this.#saved.open, [interactionId]: kind } };
    this.#push({ type: "interaction.asked", at, sourceKey: `${this.id}/ask/${interactionId}`, data });
    this.#busyOrWaiting(at);
  }

  /** It was answered, here or elsewhere. */
  answered(data: EventData<"interaction.answered">, at: number): void {
    if (this.#close(data.interactionId)) {
      this.#push({ type: "interaction.answered", at, sourceKey: `${this.id}/answered/${data.interactionId}`, data });
      if (this.#saved.status === "waiting") this.#busyOrWaiting(at);
    }
  }

  /** Nobody waits for the answer any more. */
  expired(interactionId: string, reason: string, at: number): void {
    if (this.#close(interactionId)) {
      this.#push({
        type: "interaction.expired",
        at,
        sourceKey: `${this.id}/expired/${interactionId}`,
        data: { interactionId, reason },
      });
      if (this.#saved.status === "waiting") this.#busyOrWaiting(at);
    }
  }

  /** The session is over; what was told of it stays. */
  ended(reason: EventData<"session.ended">["reason"], at: number): void {
    if (this.#saved.status === "ended") return;
    this.#setStatus("ended");
    this.#saved = { ...this.#saved, open: {} };
    this.#push({ type: "session.ended", at, data: { reason } });
  }

  #close(interactionId: string): boolean {
    if (this.#saved.open[interactionId] === undefined) return false;
    const { [interactionId]: _closed, ...open } = this.#saved.open;
    this.#saved = { ...this.#saved, open };
    return true;
  }

  #session(info: SessionInfo, seq: number, fresh: boolean): void {
    this.settle();
    const isNew = this.#saved.createdAt === undefined;
    this.#saved = {
      ...this.#saved,
      project: this.#placement.projectOf(info.directory),
      parentId: info.parentID,
      createdAt: info.time.created,
      external: isNew ? this.#placement.isExternal(info) : this.#saved.external,
    };
    if (!fresh) return;
    const facts = this.#facts(info);
    const { updatedAt: _updatedAt, ...compared } = facts;
    const text = JSON.stringify(compared);
    if (text !== this.#saved.facts) {
      this.#saved = { ...this.#saved, facts: text };
      const type = isNew ? "session.started" : "session.updated";
      this.#push({ type, at: facts.updatedAt, sourceKey: `${this.id}/${seq}`, data: facts });
    }
    if (info.time.archived != null) this.ended("archived", Math.round(info.time.archived));
  }

  #facts(info: SessionInfo): EventData<"session.started"> {
    return {
      title: info.title,
      ...(info.model === undefined ? {} : { model: `${info.model.providerID}/${info.model.id}` }),
      ...(info.agent === undefined ? {} : { agent: info.agent }),
      ...(info.parentID === undefined ? {} : { parentId: info.parentID }),
      costMicroUsd: microUsd(Math.max(0, info.cost)),
      tokens: tokenUsage(info.tokens),
      createdAt: Math.round(info.time.created),
      updatedAt: Math.round(info.time.updated ?? info.time.created),
      external: this.#saved.external,
    };
  }

  #message(info: MessageInfo, seq: number, fresh: boolean): void {
    const assembly = this.#assembly(info.id, seq);
    assembly.info = info;
    this.#settleOthers(info.id);
    if (info.role === "user") return;
    const state = finalState(info);
    if (state === undefined) return;
    this.#tell(assembly, info);
    if (!fresh) return;
    const at = Math.round(info.time.completed ?? info.time.created);
    if (state === "error" && info.error !== undefined) this.failed(info.error, `${this.id}/${info.id}/error`, at);
    if (state === "complete" && info.summary === true) {
      this.#push({ type: "session.compacted", at, sourceKey: `${this.id}/${info.id}/compacted`, data: {} });
    }
  }

  #part(part: Part, time: number | undefined, seq: number, fresh: boolean): void {
    const assembly = this.#assembly(part.messageID, seq);
    const before = assembly.parts.get(part.id)?.state?.status;
    assembly.parts.set(part.id, slim(part));
    this.#settleOthers(part.messageID);
    const status = part.state?.status;
    if (!fresh || part.type !== "tool" || status === before) return;
    if (status === "completed" || status === "error") this.#tool(part, status, time, seq);
  }

  #tool(part: Part, status: "completed" | "error", time: number | undefined, seq: number): void {
    const { state } = part;
    const { text: output, cut } = cutText(state?.output ?? state?.error ?? "", TOOL_OUTPUT_BYTES);
    const input = JSON.stringify(state?.input ?? {});
    const { start, end } = state?.time ?? {};
    this.#push({
      type: "tool.execute.after",
      at: Math.round(time ?? end ?? 0),
      sourceKey: `${this.id}/${seq}`,
      data: {
        messageId: part.messageID,
        callId: part.callID ?? part.id,
        tool: part.tool ?? "?",
        status,
        title: (state?.title ?? "").slice(0, 200),
        input: input.length > TOOL_OUTPUT_BYTES ? cutText(input, TOOL_OUTPUT_BYTES).text : state?.input,
        output,
        cut,
        ...(start === undefined || end === undefined ? {} : { durationMs: Math.max(0, end - start) }),
      },
    });
  }

  #assembly(messageId: string, seq: number): MessageAssembly {
    const known = this.#assemblies.get(messageId);
    if (known !== undefined) {
      known.lastSeq = seq;
      return known;
    }
    const assembly = newAssembly(messageId, seq);
    this.#assemblies.set(messageId, assembly);
    this.#forgetOldest();
    return assembly;
  }

  /** A message that something else follows has all its parts. */
  #settleOthers(messageId: string): void {
    for (const assembly of this.#assemblies.values())
      if (assembly.id !== messageId && assembly.info?.role === "user" && assembly.parts.size > 0)
        this.#tell(assembly, assembly.info);
  }

  #forgetOldest(): void {
    if (this.#assemblies.size <= KEPT_ASSEMBLIES) return;
    for (const { id } of this.#assemblies.values()) {
      if (this.#told.has(id)) {
        this.#assemblies.delete(id);
        return;
      }
    }
  }

  /** Tells a final message unless exactly this content was told. */
  #tell(assembly: MessageAssembly, info: MessageInfo): void {
    const state = finalState(info);
    if (state === undefined) return;
    const data = messageData(assembly, info, state, this.#isCopy(info));
    const hash = contentHash(data);
    const before = this.#told.get(assembly.id);
    if (before === hash) return;
    // rows after a restart may hold less than what was told before; without parts there is nothing to add
    if (before !== undefined && assembly.parts.size === 0) return;
    this.#told.set(assembly.id, hash);
    this.#newlyTold.set(assembly.id, hash);
    const at = Math.round(info.time.completed ?? info.time.created);
    this.#push({ type: "session.message", at, sourceKey: `${this.id}/${assembly.lastSeq}`, data });
  }

  #isCopy(info: MessageInfo): boolean {
    return this.#saved.createdAt !== undefined && info.time.created < this.#saved.createdAt;
  }

  #setStatus(status: ToldStatus): void {
    this.#saved = { ...this.#saved, status };
  }

  #safeSeq(): number {
    const unfinished = [...this.#assemblies.values()].filter(({ id }) => !this.#told.has(id));
    return Math.min(this.#saved.seenSeq, ...unfinished.map(({ firstSeq }) => firstSeq - 1));
  }

  #push(event: HalEvent): void {
    if (this.#saved.project === undefined) return;
    this.#events.push({ ...event, project: this.#saved.project, session: this.id });
  }
}

/** What of a part is needed once its row was told: outputs are not kept in memory. */
function slim(part: Part): Part {
  if (part.type !== "tool" || part.state === undefined) return part;
  const { status, title } = part.state;
  return { ...part, state: title === undefined ? { status } : { status, title } };
}

/** cyrb53 over the content that a reader would notice: two contents of one message differ in it. */
function contentHash(data: EventData<"session.message">): string {
  const { state, text, tools, error, costMicroUsd, tokens } = data;
  const content = JSON.stringify([state, text, tools, error, costMicroUsd, tokens]);
  let high = 0xdeadbeef;
  let low = 0x41c6ce57;
  for (let index = 0; index < content.length; index += 1) {
    const unit = content.charCodeAt(index);
    high = Math.imul(high ^ unit, 2_654_435_761);
    low = Math.imul(low ^ unit, 1_597_334_677);
  }
  high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
  low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & low) + (high >>> 0)).toString(36);
}
