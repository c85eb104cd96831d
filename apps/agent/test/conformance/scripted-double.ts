import { setImmediate as nextTurn } from "node:timers/promises";
import { type FileChange, HalError } from "@hal/protocol";
import { type Abilities, type BackEnd, type PromptRequest, refuseUnable } from "../../src/back-end.ts";
import type { SourceRow } from "../../src/domain/source-fact.ts";
import { newMessageId } from "../../src/opencode/v1/message-id.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";
import { messagesIn, partsIn } from "./ear.ts";
import type { Prompts, Stand } from "./stand.ts";

const PROMPTS: Prompts = {
  says: (text) => `say ${text}`,
  takesTime: "take time",
  neverEnds: "never end",
  runs: (words) => `run ${words}`,
  needsPermission: "need permission",
  asksColour: "ask colour",
  fails: "fail",
  writes: "write",
  lists: "list",
};

const NOTES: FileChange = { file: "notes.txt", status: "added", additions: 2, deletions: 0, patch: "+one\n+two\n" };
const STOPPED = { name: "MessageAbortedError", data: { message: "Aborted" } };
const REFUSED = { name: "APIError", data: { message: "no such key" } };
const COLOUR = { question: "Which colour?", options: [{ label: "red" }, { label: "blue" }] };
const COST = 0.01;

/** What a person replied. */
interface Reply {
  readonly reply: string;
  readonly message?: string | undefined;
  readonly chosen?: string | undefined;
}

/** How a tool came to its end. */
interface ToolEnd {
  readonly status: "completed" | "error";
  readonly output?: string;
  readonly error?: string;
}

interface Tool {
  readonly tool: string;
  readonly input: object;
  readonly state: Promise<ToolEnd>;
}

/** The double of opencode, with turns that take the course that a real one tells of. */
class ScriptedDouble extends OpencodeApiDouble {
  readonly #turns = new Map<string, PromptRequest[]>();
  readonly #stops = new Map<string, AbortController>();
  readonly #asked = new Map<string, (reply: Reply) => void>();
  #at = 1_000;

  constructor(abilities: Abilities) {
    super();
    this.abilities = abilities;
  }

  override async prompt(request: PromptRequest): Promise<void> {
    if (request.format !== undefined) refuseUnable(this, ["format"]);
    if (request.files !== undefined) refuseUnable(this, ["files"]);
    const waiting = this.#turns.get(request.sessionId);
    if (waiting !== undefined) refuseUnable(this, ["queue"]);
    this.user(request.sessionId, request.messageId, request.text);
    if (waiting !== undefined) waiting.push(request);
    else void this.#work(request.sessionId, [request]);
  }

  override async abort(session: string): Promise<void> {
    this.#stops.get(session)?.abort();
  }

  override async archive(id: string, archived?: number): Promise<void> {
    this.#update(id, { time: { created: 1, updated: this.#now(), archived } });
  }

  override async history(known: Readonly<Record<string, number>>): Promise<SourceRow[]> {
    if (this.abilities.history !== "log") throw new HalError("bad_request", "there is no log");
    return super.history(known);
  }

  override async newestMessage(session: string) {
    const rows = (await super.history({})).filter(({ sessionId }) => sessionId === session);
    const message = messagesIn(rows).at(-1);
    return message === undefined ? undefined : { message, parts: partsIn(rows, message.id) };
  }

  override async todos(session: string) {
    refuseUnable(this, ["todos"]);
    return super.todos(session);
  }

  override async diff(session: string, message: string) {
    refuseUnable(this, ["diff"]);
    return super.diff(session, message);
  }

  override async fork(session: string) {
    refuseUnable(this, ["fork"]);
    return super.fork(session);
  }

  override async answerPermission(answer: Parameters<BackEnd["answerPermission"]>[0]) {
    refuseUnable(this, ["permission"]);
    const sessionID = this.openPermissions.find(({ id }) => id === answer.id)?.sessionID;
    if (!(await super.answerPermission(answer))) return false;
    this.tell("permission.replied", { sessionID, requestID: answer.id, reply: answer.reply });
    this.#asked.get(answer.id)?.(answer);
    return true;
  }

  override async answerQuestion({
    id,
    answers,
  }: {
    readonly id: string;
    readonly answers: readonly (readonly string[])[] | undefined;
  }) {
    refuseUnable(this, ["question"]);
    const sessionID = this.openQuestions.find((one) => one.id === id)?.sessionID;
    if (!(await super.answerQuestion({ id, answers }))) return false;
    const type = answers === undefined ? "question.rejected" : "question.replied";
    this.tell(type, { sessionID, requestID: id, answers });
    this.#asked.get(id)?.({ reply: answers === undefined ? "reject" : "answer", chosen: answers?.flat().join() });
    return true;
  }

  /** One prompt after the other, until none waits. */
  async #work(session: string, turns: PromptRequest[]): Promise<void> {
    const stop = new AbortController();
    this.#turns.set(session, turns);
    this.#stops.set(session, stop);
    await nextTurn();
    this.status(session, { type: "busy" });
    for (let turn = turns[0]; turn !== undefined; turn = turns[0]) {
      await this.#turn(session, turn, stop.signal);
      turns.shift();
    }
    this.#turns.delete(session);
    this.#stops.delete(session);
    this.status(session, { type: "idle" });
  }

  async #turn(session: string, { messageId, text }: PromptRequest, signal: AbortSignal): Promise<void> {
    const answer = new Answer(this, { session, parent: messageId, now: () => this.#now() });
    const words = text.slice(text.indexOf(" ") + 1);
    const tool = this.#toolFor(session, messageId, answer.id, text, words);
    if (tool !== undefined) return this.#useTool(answer, tool);
    if (text === PROMPTS.fails) {
      this.tell("session.error", { sessionID: session, error: REFUSED });
      return answer.end({ error: REFUSED });
    }
    if (text === PROMPTS.neverEnds) {
      answer.write("on and ");
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      this.tell("session.error", { sessionID: session, error: STOPPED });
      return answer.end({ error: STOPPED });
    }
    // whoever prompts it while it works comes in between
    if (text === PROMPTS.takesTime) for (let tick = 0; tick < 50; tick += 1) await nextTurn();
    answer.say(words);
    answer.end({ finish: "stop" });
    this.#pay(session);
  }

  async #useTool(answer: Answer, tool: Tool): Promise<void> {
    const state = await answer.use(tool);
    answer.end({ finish: "tool-calls" });
    this.#pay(answer.of.session);
    if (state.error?.startsWith("The user ") === true && !state.error.includes("feedback")) return;
    const next = new Answer(this, answer.of);
    next.say("on we go");
    next.end({ finish: "stop" });
    this.#pay(answer.of.session);
  }

  #toolFor(session: string, prompt: string, message: string, text: string, words: string): Tool | undefined {
    const does = (tool: string, input: object, output: string): Tool => ({
      tool,
      input,
      state: Promise.resolve({ status: "completed", output }),
    });
    if (text.startsWith("run ")) return does("bash", { command: `echo ${words}` }, words);
    if (text === PROMPTS.writes) {
      this.changes.set(prompt, [NOTES]);
      return does("write", { filePath: NOTES.file }, "written");
    }
    if (text === PROMPTS.lists) {
      const todos = [{ content: "Write it", status: "completed", priority: "high" }];
      this.todosOf.set(session, todos);
      this.tell("todo.updated", { sessionID: session, todos });
      return does("todowrite", { todos }, "noted");
    }
    if (text === PROMPTS.needsPermission)
      return { tool: "bash", input: { command: "git push" }, state: this.#permission(session, message) };
    if (text === PROMPTS.asksColour)
      return { tool: "question", input: { questions: [COLOUR] }, state: this.#question(session, message) };
    return undefined;
  }

  async #permission(sessionID: string, messageID: string): Promise<ToolEnd> {
    const request = {
      id: `per_${messageID}`,
      sessionID,
      permission: "bash",
      patterns: ["git push"],
      tool: { messageID },
    };
    await nextTurn();
    this.openPermissions.push(request);
    this.tell("permission.asked", request);
    const { reply, message } = await new Promise<Reply>((resolve) => this.#asked.set(request.id, resolve));
    if (reply !== "reject") return { status: "completed", output: "pushed" };
    const words = "The user rejected permission to use this specific tool call";
    const error = message === undefined ? `${words}.` : `${words} with the following feedback: ${message}`;
    return { status: "error", error };
  }

  async #question(sessionID: string, messageID: string): Promise<ToolEnd> {
    const request = { id: `que_${messageID}`, sessionID, questions: [COLOUR], tool: { messageID } };
    await nextTurn();
    this.openQuestions.push(request);
    this.tell("question.asked", request);
    const { reply, chosen } = await new Promise<Reply>((resolve) => this.#asked.set(request.id, resolve));
    if (reply === "reject") return { status: "error", error: "The user dismissed this question" };
    return { status: "completed", output: `it is ${chosen}` };
  }

  #pay(session: string): void {
    const { cost = 0 } = (this.sessionsIn.get(session) ?? {}) as { readonly cost?: number };
    this.#update(session, { cost: cost + COST, tokens: { input: 1, output: 1 } });
  }

  #update(session: string, more: object): void {
    this.row(session, "session.updated.1", { info: { ...this.sessionsIn.get(session), ...more } });
  }

  #now(): number {
    this.#at += 1;
    return this.#at;
  }
}

interface Of {
  readonly session: string;
  readonly parent: string;
  readonly now: () => number;
}

/** An answer that is being written: each change is a row, and is said on the stream besides. */
class Answer {
  readonly id = newMessageId(1);
  readonly of: Of;
  readonly #double: OpencodeApiDouble;
  readonly #part = `prt_${this.id}`;
  readonly #created: number;

  constructor(double: OpencodeApiDouble, of: Of) {
    this.#double = double;
    this.of = of;
    this.#created = of.now();
    this.#row({});
  }

  write(delta: string): void {
    const about = { sessionID: this.of.session, messageID: this.id, partID: this.#part };
    this.#double.tell("message.part.delta", { ...about, field: "text", delta });
  }

  say(text: string): void {
    for (const piece of text.split(/(?<= )/)) this.write(piece);
    this.#partRow({ type: "text", text, time: { start: this.of.now(), end: this.of.now() } });
  }

  async use({ tool, input, state }: Tool): Promise<ToolEnd> {
    const start = this.of.now();
    const about = { type: "tool", tool, callID: `call_${this.id}` };
    this.#partRow({ ...about, state: { status: "running", input, time: { start } } });
    const end = await state;
    this.#partRow({ ...about, state: { ...end, input, time: { start, end: this.of.now() } } });
    return end;
  }

  end(how: { readonly finish?: string; readonly error?: object }): void {
    const cost = { cost: COST, tokens: { input: 1, output: 1 } };
    this.#row({ ...cost, ...how, time: { created: this.#created, completed: this.of.now() } });
  }

  #row(more: object): void {
    const { session, parent } = this.of;
    const info = { id: this.id, role: "assistant", parentID: parent, providerID: "scripted", modelID: "model" };
    const data = { info: { ...info, time: { created: this.#created }, ...more } };
    this.#double.row(session, "message.updated.1", data);
    this.#double.tell("message.updated", { sessionID: session, ...data });
  }

  #partRow(more: object): void {
    const data = { part: { id: this.#part, messageID: this.id, ...more } };
    this.#double.row(this.of.session, "message.part.updated.1", data);
    this.#double.tell("message.part.updated", { sessionID: this.of.session, ...data });
  }
}

/** The double that the agent's tests use, which can so much. */
export async function openDouble(abilities: Abilities): Promise<Stand> {
  const backEnd = new ScriptedDouble(abilities);
  backEnd.contextLimits.set("scripted/model", 100_000);
  backEnd.taken.set("scripted/model", ["image"]);
  return {
    backEnd,
    model: { name: "scripted/model", contextLimit: 100_000, takes: ["image"] },
    directories: ["/srv/p1", "/srv/p2"],
    prompts: PROMPTS,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
