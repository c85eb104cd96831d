import * as v from "valibot";
import { Wakeup } from "@hal/daemon";
import { type FileChange, type FileKind, HalError, type Todo } from "@hal/protocol";
import { ConfigError } from "../../src/domain/config-error.ts";
import type { Abilities, BackEnd, Offers, PromptRequest, SessionRequest } from "../../src/back-end.ts";
import type {
  PermissionRequest,
  QuestionRequest,
  SourceFact,
  SourceRow,
  SourceSession,
  SourceStatus,
} from "../../src/domain/source-fact.ts";
import { OPENCODE_ABILITIES } from "../../src/opencode/v1/client.ts";
import { newMessageId } from "../../src/opencode/v1/message-id.ts";
import { Permission, Question } from "../../src/opencode/v1/shapes/request.ts";
import { Session } from "../../src/opencode/v1/shapes/session.ts";
import { sourceFact } from "../../src/opencode/v1/source-fact.ts";
import { sourceRow } from "../../src/opencode/v1/source-row.ts";

interface Row {
  readonly aggregateID: string;
  readonly seq: number;
  readonly type: string;
  readonly data: object;
}

/** A request as opencode lists it. */
interface Listed extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly sessionID: string;
}

/** Somebody who listens, and what was not heard yet. */
interface Stream {
  readonly facts: SourceFact[];
  readonly wakeup: Wakeup;
  isEnded: boolean;
}

/** What an opencode server holds, as a test writes it in opencode's own shapes, behind the interface of a back end. */
export class OpencodeApiDouble implements BackEnd {
  readonly name = "opencode";
  abilities: Abilities = OPENCODE_ABILITIES;
  run = "run-1";
  readonly rows: Row[] = [];
  readonly sessionsIn = new Map<string, { readonly id: string; readonly directory: string; metadata?: object }>();
  readonly working = new Map<string, SourceStatus>();
  readonly openPermissions: Listed[] = [];
  readonly openQuestions: Listed[] = [];
  readonly prompts: PromptRequest[] = [];
  readonly todosOf = new Map<string, Todo[]>();
  /** by the prompt that they came of */
  readonly changes = new Map<string, FileChange[]>();
  /** by `provider/model` */
  readonly contextLimits = new Map<string, number>();
  /** what they take beside text, by the same */
  readonly taken = new Map<string, readonly FileKind[]>();
  /** directories that it fails at */
  readonly broken = new Set<string>();
  /** directories whose configuration it cannot read, and the file that has it */
  readonly misconfigured = new Map<string, string>();
  /** directories of which it never says anything */
  readonly hung = new Set<string>();
  /** directories at which asking it ends like this */
  readonly cut = new Map<string, Error>();
  /** whether it answers as a whole */
  isUp = true;
  /** directories whose instance is up */
  readonly booted = new Set<string>();
  /** whether a session that the API creates comes on the stream of events */
  tellsOfCreated = true;
  /** what it was asked to stop, archive and answer, in its order */
  readonly asked: string[] = [];
  /** the reasons of what was denied, which the model reads */
  readonly denials: string[] = [];
  /** sessions that it knows by their ids and leaves out of its lists */
  readonly unlisted = new Set<string>();
  /** whether its durable log comes newest first */
  isHistoryBackwards = false;
  /** whether an abort comes on no stream */
  abortsInSilence = false;
  /** what happens before it answers a question of this name */
  readonly before = new Map<string, () => Promise<void> | void>();
  readonly #streams = new Set<Stream>();

  /** Adds a row of the durable log, and tells it live where somebody listens. */
  row(session: string, type: string, data: object, options: { readonly live?: boolean } = {}): void {
    const seq = this.rows.filter(({ aggregateID }) => aggregateID === session).length;
    const row = { aggregateID: session, seq, type, data };
    this.rows.push(row);
    // whoever asks for the session is told what its row says
    if (type === "session.updated.1" && this.sessionsIn.has(session))
      this.sessionsIn.set(session, { ...this.sessionsIn.get(session), ...(data as { info: object }).info } as never);
    if (options.live !== false) this.tell("sync", {}, row);
  }

  session(id: string, directory: string, more: object = {}, options: { readonly live?: boolean } = {}): void {
    const info = { id, directory, title: "t", time: { created: 1, updated: 1 }, ...more };
    this.sessionsIn.set(id, info);
    this.row(id, "session.created.1", { info }, options);
  }

  user(session: string, id: string, text = "hello"): void {
    this.row(session, "message.updated.1", { info: { id, role: "user", time: { created: 2 } } });
    this.row(session, "message.part.updated.1", { part: { id: `prt_${id}`, messageID: id, type: "text", text } });
  }

  assistant(session: string, id: string, completed?: number, options: { readonly live?: boolean } = {}): void {
    const info = { id, role: "assistant", finish: completed === undefined ? undefined : "stop" };
    this.row(session, "message.updated.1", { info: { ...info, time: { created: 3, completed } } }, options);
  }

  status(session: string, status: SourceStatus): void {
    if (status.type === "idle") this.working.delete(session);
    else this.working.set(session, status);
    this.tell("session.status", { sessionID: session, status });
  }

  tell(type: string, properties: Record<string, unknown>, syncEvent?: unknown): void {
    const fact = sourceFact({ type, properties, syncEvent });
    if (fact.kind === "forgot") this.booted.clear();
    for (const stream of this.#streams) {
      stream.facts.push(fact);
      stream.wakeup.notify();
    }
  }

  /** Ends each stream of events, as a server that dies does. */
  endStream(): void {
    for (const stream of this.#streams) {
      stream.isEnded = true;
      stream.wakeup.notify();
    }
  }

  async *facts(signal: AbortSignal): AsyncGenerator<SourceFact> {
    const stream: Stream = { facts: [{ kind: "opened" }], wakeup: new Wakeup(), isEnded: false };
    this.#streams.add(stream);
    try {
      while (!signal.aborted && !stream.isEnded) {
        const next = stream.facts.shift();
        if (next !== undefined) yield next;
        else await stream.wakeup.arm(signal);
      }
    } finally {
      this.#streams.delete(stream);
    }
  }

  async history(known: Readonly<Record<string, number>>): Promise<SourceRow[]> {
    const found = this.rows.filter(({ aggregateID, seq }) => seq > (known[aggregateID] ?? -1));
    await this.before.get("history")?.();
    return (this.isHistoryBackwards ? found.toReversed() : found).flatMap((row) => sourceRow(row) ?? []);
  }

  async answers(): Promise<boolean> {
    return this.isUp;
  }

  async statuses(directory: string): Promise<Record<string, SourceStatus>> {
    await this.before.get("statuses")?.();
    if (this.hung.has(directory)) await new Promise(() => undefined);
    const cut = this.cut.get(directory);
    if (cut !== undefined) throw cut;
    const file = this.misconfigured.get(directory);
    if (file !== undefined) throw new ConfigError(`opencode answered 400 to statuses: ${file}: broken`, file);
    if (this.broken.has(directory)) throw new HalError("opencode_error", "opencode answered 500 to statuses: broken");
    return Object.fromEntries([...this.working].filter(([id]) => this.sessionsIn.get(id)?.directory === directory));
  }

  async permissions(directory: string): Promise<PermissionRequest[]> {
    const there = this.openPermissions.filter((one) => this.sessionsIn.get(one.sessionID)?.directory === directory);
    return there.map((one) => v.parse(Permission, one));
  }

  async questions(directory: string): Promise<QuestionRequest[]> {
    const there = this.openQuestions.filter((one) => this.sessionsIn.get(one.sessionID)?.directory === directory);
    return there.map((one) => v.parse(Question, one));
  }

  async contextLimit(_directory: string, model: string): Promise<number | undefined> {
    await this.before.get("contextLimit")?.();
    return this.contextLimits.get(model);
  }

  async takes(_directory: string, model: string): Promise<readonly FileKind[] | undefined> {
    return this.taken.get(model);
  }

  async offers(): Promise<Offers> {
    await this.before.get("offers")?.();
    return { models: [...this.contextLimits.keys()], agents: ["build", "plan"] };
  }

  async hasSession(id: string): Promise<boolean> {
    return this.sessionsIn.has(id);
  }

  async findSession(id: string): Promise<SourceSession | undefined> {
    const held = this.sessionsIn.get(id);
    return held === undefined ? undefined : v.parse(Session, held);
  }

  async sessions(directory: string): Promise<SourceSession[]> {
    const all = [...this.sessionsIn.values()].filter(({ id }) => !this.unlisted.has(id));
    const listed = all.filter((one) => one.directory === directory).map((one) => v.parse(Session, one));
    await this.before.get("listed")?.();
    return listed;
  }

  async hasPrompt(session: string, message: string): Promise<boolean> {
    await this.before.get("hasPrompt")?.();
    return this.rows.some(
      ({ aggregateID, data }) => aggregateID === session && (data as { info?: { id: string } }).info?.id === message,
    );
  }

  async boot(directory: string): Promise<void> {
    this.booted.add(directory);
  }

  newMessageId(now: number): string {
    return newMessageId(now);
  }

  async todos(session: string): Promise<Todo[]> {
    return this.todosOf.get(session) ?? [];
  }

  async diff(_session: string, message: string): Promise<FileChange[]> {
    await this.before.get("diff")?.();
    return this.changes.get(message) ?? [];
  }

  async newestMessage(_session: string): ReturnType<BackEnd["newestMessage"]> {
    return undefined;
  }

  async createSession({ directory, title = "t", commandId, continues }: SessionRequest): Promise<string> {
    await this.before.get("create")?.();
    const id = `ses_${this.sessionsIn.size + 1}`;
    const noted = continues === undefined ? {} : { hal_continues: { session: continues, title } };
    const made = { created: 2, updated: 2 };
    const info = { title, metadata: { hal: commandId, ...noted }, time: continues === undefined ? undefined : made };
    this.session(id, directory, JSON.parse(JSON.stringify(info)) as object, { live: this.tellsOfCreated });
    await this.before.get("created")?.();
    return id;
  }

  async fork(session: string): Promise<string> {
    const id = `ses_${this.sessionsIn.size + 1}`;
    const { directory = "", metadata } = this.sessionsIn.get(session) ?? {};
    this.session(id, directory, { metadata, title: "t (fork #1)", time: { created: Date.now(), updated: Date.now() } });
    for (const { type, data } of this.rows.filter(({ aggregateID }) => aggregateID === session))
      if (!type.startsWith("session")) this.row(id, type, data);
    return id;
  }

  async prompt(request: PromptRequest): Promise<void> {
    await this.before.get("prompt")?.();
    this.prompts.push(request);
    this.user(request.sessionId, request.messageId, request.text);
    await this.before.get("prompted")?.();
    this.status(request.sessionId, { type: "busy" });
  }

  async abort(session: string): Promise<void> {
    await this.before.get("abort")?.();
    this.asked.push(`abort ${session}`);
    if (this.abortsInSilence) this.working.delete(session);
    else this.status(session, { type: "idle" });
  }

  async archive(session: string): Promise<void> {
    await this.before.get("archive")?.();
    this.asked.push(`archive ${session}`);
    await this.before.get("archived")?.();
  }

  async deleteSession(session: string): Promise<void> {
    await this.before.get("delete")?.();
    this.asked.push(`delete ${session}`);
    if (!this.sessionsIn.delete(session)) return;
    this.rows.splice(0, Infinity, ...this.rows.filter(({ aggregateID }) => aggregateID !== session));
    this.tell("session.deleted", { sessionID: session });
  }

  async answerPermission({ id, reply, message }: Parameters<BackEnd["answerPermission"]>[0]): Promise<boolean> {
    this.asked.push(`${reply} ${id}`);
    if (message !== undefined) this.denials.push(message);
    await this.before.get("answering")?.();
    const index = this.openPermissions.findIndex((one) => one.id === id);
    if (index === -1) return false;
    this.openPermissions.splice(index, 1);
    await this.before.get("answered")?.();
    return true;
  }

  async answerQuestion({ id, answers }: { readonly id: string; readonly answers: unknown }): Promise<boolean> {
    this.asked.push(`${answers === undefined ? "reject" : "answer"} ${id}`);
    const index = this.openQuestions.findIndex((one) => one.id === id);
    if (index === -1) return false;
    this.openQuestions.splice(index, 1);
    await this.before.get("answered")?.();
    return true;
  }
}
