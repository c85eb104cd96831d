import type { EventData, HalEvent } from "@hal/protocol";
import type { SourceMessage, SourcePart, ToolPart } from "../../../../domain/source-fact.ts";
import { contentHash } from "./content-hash.ts";
import { cutText, finalState, type MessageAssembly, messageData, newAssembly, stateOf } from "./message-assembly.ts";
import type { SourceKeys } from "../source-keys.ts";
import type { HowItEnded, Turn } from "../turn.ts";

/** How much of a tool's input or output an event carries, in bytes. */
const TOOL_BYTES = 8 * 1024;

/** How many told messages are kept in memory for later revisions. */
const KEPT_ASSEMBLIES = 20;

/** A row of a message, and whether it is new or only rebuilds what an earlier run of the agent had. */
interface RowPlace {
  readonly seq: number;
  readonly fresh: boolean;
}

interface Removed {
  readonly messageId: string;
  /** undefined where it is the whole message */
  readonly partId: string | undefined;
}

/** Begins what is kept of a message that was told without an end of its own: a later row may have one. */
const UNENDED = "interrupted";

/** How a message is told that has no end of its own. */
type UnendedState = "aborted" | "interrupted";

type Known = MessageAssembly & { readonly message: SourceMessage };

/** The messages of one session: collects their rows and tells each one when it is final, once per content. */
export class MessageBook {
  readonly #keys: SourceKeys;
  readonly #told: Map<string, string>;
  readonly #push: (event: HalEvent) => void;
  readonly #assemblies = new Map<string, MessageAssembly>();
  #newlyTold = new Map<string, string>();
  #newlyHeard = new Map<string, SourceMessage>();
  /** when the session began; messages older than it are a fork's copies */
  sessionCreatedAt: number | undefined;

  constructor(keys: SourceKeys, told: ReadonlyMap<string, string>, push: (event: HalEvent) => void) {
    this.#keys = keys;
    this.#told = new Map(told);
    this.#push = push;
  }

  /** Messages told since the last call, and answers that cost something as they were heard last, told or not. */
  take() {
    const messages = [...this.#newlyTold].map(([messageId, hash]) => ({ messageId, hash }));
    const costs = [...this.#newlyHeard.values()];
    this.#newlyTold = new Map();
    this.#newlyHeard = new Map();
    return { messages, costs };
  }

  /** The sequence before the first row of an unfinished message; infinite where all are told. */
  get safeSeq(): number {
    const unfinished = [...this.#assemblies.values()].filter((one) => this.#isUnfinished(one));
    return Math.min(Number.POSITIVE_INFINITY, ...unfinished.map(({ firstSeq }) => firstSeq - 1));
  }

  /**
   * Whether rows that are to come can change what is told of a message. opencode writes one answer of a session after
   * the other, so of those without an end only the newest goes on, whatever prompts wait behind it.
   */
  #isUnfinished({ id }: MessageAssembly): boolean {
    if (!this.#told.has(id)) return true;
    return !this.hasEnded(id) && id === [...this.#assemblies.values()].findLast(isAnswer)?.id;
  }

  /** Whether a user message waits for a sign that all its parts are there. */
  get hasUnsettled(): boolean {
    return [...this.#assemblies.values()].some((one) => isWholeUser(one) && !this.#told.has(one.id));
  }

  /** Whether an answer was begun and has no end, or a prompt no text, and nothing was told of it. */
  get hasUnended(): boolean {
    return this.#unended().some(({ id }) => !this.#told.has(id)) || this.#textless().length > 0;
  }

  /** Whether a row of the message itself was read before. */
  knows(messageId: string): boolean {
    return this.#told.has(messageId) || this.#assemblies.get(messageId)?.message !== undefined;
  }

  /** Whether a message was told as it is at its own end. */
  hasEnded(messageId: string): boolean {
    return this.#told.get(messageId)?.startsWith(UNENDED) === false;
  }

  /** Whether it is an answer that its turn ends with, though its back end may still be at it. */
  isLast(messageId: string): boolean {
    const { finish, goesOn } = this.#assemblies.get(messageId)?.message ?? {};
    return finish !== undefined && goesOn === false;
  }

  /** What its rows say of its end, as far as they were read. */
  howItEnded(messageId: string): HowItEnded {
    const assembly = this.#assemblies.get(messageId);
    if (assembly?.message === undefined) return {};
    return { isDenied: assembly.isDenied, isStopped: stateOf(assembly.message, assembly) === "aborted" };
  }

  /** Folds a message's own row and returns how the message stands, or undefined while it is not final. */
  message(message: SourceMessage, { seq }: RowPlace): ReturnType<typeof finalState> {
    const assembly = this.#assembly(message.id, seq);
    assembly.message = message;
    this.#settle(message.id);
    if (message.role === "user") return undefined;
    if (!this.#isCopy(message)) this.#newlyHeard.set(message.id, message);
    // opencode writes one answer of a session after the other: when one begins, those before it have no end to come
    this.#end(({ firstSeq }) => firstSeq < assembly.firstSeq, "interrupted", message.createdAt);
    const state = stateOf(message, assembly);
    if (state !== undefined) this.#tell(assembly, message);
    return state;
  }

  /** Folds a part's row, and tells of a tool that came to its end. */
  part(part: SourcePart, at: number | undefined, { seq, fresh }: RowPlace): void {
    const assembly = this.#assembly(part.messageId, seq);
    const before = assembly.parts.get(part.id);
    assembly.parts.set(part.id, slim(part));
    if (part.kind === "tool" && part.isDenied) assembly.isDenied = true;
    this.#settle(part.messageId);
    if (!fresh || part.kind !== "tool") return;
    const { status } = part;
    if (before?.kind === "tool" && before.status === status) return;
    if (status === "completed" || status === "error") this.#tool(part, status, at);
  }

  /** Tells that opencode took a message, or a part of it, out of the conversation: first the message as it was. */
  removed({ messageId, partId }: Removed, { at, fresh }: { readonly at: number; readonly fresh: boolean }): void {
    this.settle();
    this.#end(({ id }) => id === messageId, "interrupted", at);
    if (partId === undefined) this.#assemblies.delete(messageId);
    if (!fresh || !this.knows(messageId)) return;
    const data = partId === undefined ? { messageId } : { messageId, partId };
    this.#push({ type: "message.removed", at, sourceKey: this.#keys.removed(messageId, partId), data });
  }

  /** Tells the user messages whose parts are there. */
  settle(): void {
    this.#settle(undefined);
  }

  /** Tells the prompts that have no text, and the answers that have no end: nobody is at them any more. */
  end(turn: Turn, at: number): void {
    for (const assembly of this.#textless()) this.#tell(assembly, assembly.message);
    const prompts = [...this.#assemblies.values()].filter(({ message }) => message?.role === "user");
    const beganAt = Math.max(-1, ...prompts.map(({ firstSeq }) => firstSeq));
    this.#end(({ firstSeq }) => firstSeq < beganAt, "interrupted", at);
    const state = turn.kind === "aborted" ? "aborted" : "interrupted";
    this.#end(({ firstSeq }) => firstSeq > beganAt, state, at, [state]);
  }

  /** `known`: one that was told in one of these states with the same content stays as it was told: its turn is long over. */
  #end(
    which: (unended: MessageAssembly) => boolean,
    state: UnendedState,
    at: number,
    known: readonly UnendedState[] = ["aborted", "interrupted"],
  ): void {
    for (const assembly of this.#unended().filter(which)) {
      const dataIn = (one: UnendedState) =>
        messageData(assembly, assembly.message, one, this.#isCopy(assembly.message));
      const told = this.#told.get(assembly.id);
      if (known.some((one) => told === UNENDED + hashOf(dataIn(one)))) continue;
      const data = dataIn(state);
      const hash = hashOf(data);
      this.#remember(assembly.id, UNENDED + hash);
      this.#push({ type: "session.message", at, sourceKey: this.#keys.message(assembly.id, hash), data });
    }
  }

  #textless(): Known[] {
    return [...this.#assemblies.values()].filter(
      (one): one is Known => one.message?.role === "user" && one.parts.size === 0 && !this.#told.has(one.id),
    );
  }

  #unended(): Known[] {
    return [...this.#assemblies.values()].filter(
      (one): one is Known =>
        one.message?.role === "assistant" && finalState(one.message) === undefined && !this.hasEnded(one.id),
    );
  }

  #tool(part: ToolPart, status: "completed" | "error", at: number | undefined): void {
    const { messageId, callId, tool, title = "", exitCode, startedAt, endedAt } = part;
    const { text: output, cut } = cutText(part.output, TOOL_BYTES);
    const input = JSON.stringify(part.input ?? {});
    this.#push({
      type: "tool.execute.after",
      at: at ?? endedAt ?? 0,
      sourceKey: this.#keys.tool(part.id, status),
      data: {
        messageId,
        callId,
        tool,
        status,
        title: title.slice(0, 200),
        input: input.length > TOOL_BYTES ? cutText(input, TOOL_BYTES).text : part.input,
        output,
        cut,
        ...(exitCode === undefined ? {} : { exit: exitCode }),
        ...(startedAt === undefined || endedAt === undefined ? {} : { durationMs: Math.max(0, endedAt - startedAt) }),
      },
    });
  }

  #assembly(messageId: string, seq: number): MessageAssembly {
    const known = this.#assemblies.get(messageId);
    if (known !== undefined) return known;
    const assembly = newAssembly(messageId, seq);
    this.#assemblies.set(messageId, assembly);
    this.#forgetOldest();
    return assembly;
  }

  /** A user message that something else follows has all its parts. */
  #settle(except: string | undefined): void {
    let wholeSeq = -1;
    for (const assembly of this.#assemblies.values()) {
      if (!isWholeUser(assembly)) continue;
      wholeSeq = Math.max(wholeSeq, assembly.firstSeq);
      if (assembly.id !== except) this.#tell(assembly, assembly.message);
    }
    // the text of a prompt comes with it: when a later one has its own, it was lost with its opencode
    for (const assembly of this.#textless())
      if (assembly.id !== except && assembly.firstSeq < wholeSeq) this.#tell(assembly, assembly.message);
  }

  #forgetOldest(): void {
    if (this.#assemblies.size <= KEPT_ASSEMBLIES) return;
    const oldest = [...this.#assemblies.values()].find((one) => !this.#isUnfinished(one));
    if (oldest !== undefined) this.#assemblies.delete(oldest.id);
  }

  /** Tells a final message unless exactly this content was told. */
  #tell(assembly: MessageAssembly, message: SourceMessage): void {
    const state = stateOf(message, assembly);
    if (state === undefined) return;
    const data = messageData(assembly, message, state, this.#isCopy(message));
    const hash = hashOf(data);
    const before = this.#told.get(assembly.id);
    if (before === hash) return;
    // rows after a restart may hold less of an ended message than what was told of it; of one without an end they hold all
    if (this.hasEnded(assembly.id) && assembly.parts.size === 0) return;
    this.#remember(assembly.id, hash);
    const at = message.completedAt ?? message.createdAt;
    this.#push({ type: "session.message", at, sourceKey: this.#keys.message(assembly.id, hash), data });
  }

  #remember(messageId: string, hash: string): void {
    this.#told.set(messageId, hash);
    this.#newlyTold.set(messageId, hash);
  }

  #isCopy({ createdAt }: SourceMessage): boolean {
    return this.sessionCreatedAt !== undefined && createdAt < this.sessionCreatedAt;
  }
}

function isAnswer({ message }: MessageAssembly): boolean {
  return message?.role === "assistant";
}

function isWholeUser(assembly: MessageAssembly): assembly is Known {
  return assembly.message?.role === "user" && assembly.parts.size > 0;
}

/** What of a part is needed once its row was told: inputs and outputs are not kept in memory. */
function slim(part: SourcePart): SourcePart {
  return part.kind === "tool" ? { ...part, input: undefined, about: "", output: "" } : part;
}

/** Of what a reader would notice. What came later than the first of these hashes is not in it, or every message would be told again. */
function hashOf(data: EventData<"session.message">): string {
  const { state, text, tools, error, costMicroUsd, tokens } = data;
  return contentHash(JSON.stringify([state, text, tools, error, costMicroUsd, tokens]));
}
