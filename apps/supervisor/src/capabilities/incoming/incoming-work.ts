import { Looks } from "@hal/daemon";
import { type ErrorBody, HalError, isFinal, type OperationOutput } from "@hal/protocol";
import {
  commandById,
  commandOfKey,
  type CommandRow,
  type ArrivalEnd,
  type ArrivalRow,
  hurryArrivals,
  incomingCase,
  incomingSwitch,
  newestOfChain,
  openArrivals,
  promptOfKey,
  recordArrivalEnd,
  recordArrivalStart,
  recordArrivalTarget,
  type SessionRow,
} from "@hal/store/supervisor";
import type { Kernel } from "../../kernel.ts";
import type { Actor, Answer, Request } from "../../operations/handler.ts";
import { afterTry } from "./domain/after-try.ts";
import { type AskedWork, callerOf, keyOf, promptOf, startOf } from "./asked-work.ts";
import type { IncomingMetrics } from "./incoming-metrics.ts";

/** Asks for an operation as everybody does. */
export type Asking = (actor: Actor, request: Request) => Promise<Answer>;

export type WorkContext = Pick<Kernel, "store" | "clock" | "log" | "stopping"> & {
  readonly isEnabled: (sender: string) => boolean | undefined;
  readonly metrics: IncomingMetrics;
};

/**
 * Has sessions begin, or go on, for what was taken. It knows nothing itself: each look goes by what is stored, and asks for the same under
 * the same key. So whatever dies in between, an arrival starts one session or gives one prompt, at most.
 *
 * W1 Of a case one arrival is worked at at a time, the oldest first: a start that has no outcome yet is waited for.
 * W2 Nothing is asked before it was read that nobody switched the repository off; where that cannot be read, nothing is.
 */
export class IncomingWork implements AsyncDisposable {
  readonly #context: WorkContext;
  readonly #looks: Looks;
  #asking: Asking | undefined;
  #isWaiting = false;
  #isHurried = false;

  constructor(context: WorkContext) {
    this.#context = context;
    this.#looks = new Looks(
      () => this.#look(),
      (error) => context.log.warn({ error }, "what was told could not be worked at; it is again in a moment"),
    );
  }

  /** From now on operations are asked for by this. */
  askBy(asking: Asking): void {
    this.#asking = asking;
    this.wake();
  }

  /** Whether something waits, as far as the last look saw. */
  get isWaiting(): boolean {
    return this.#isWaiting;
  }

  /** There may be something to do; returns at once. */
  wake(): void {
    this.#looks.wake();
  }

  /** What kept work from beginning may be over. */
  hurry(): void {
    this.#isHurried = true;
    this.wake();
  }

  /** Looks at all that waits, after a look that runs just now. */
  lookAtAll(): Promise<void> {
    return this.#looks.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looks[Symbol.asyncDispose]();
  }

  async #look(): Promise<void> {
    const { store, clock, stopping } = this.#context;
    if (this.#asking === undefined) return;
    if (this.#isHurried) {
      this.#isHurried = false;
      await hurryArrivals(store, clock.now());
    }
    const open = openArrivals(store);
    const busy = new Set<string>(); // W1
    for (const arrival of open) {
      if (this.#looks.hasEnded || stopping.aborted) return;
      if (busy.has(arrival.caseId)) continue;
      const isDone = await this.#goOn(arrival);
      if (!isDone) busy.add(arrival.caseId);
    }
    this.#isWaiting = openArrivals(store).length > 0;
  }

  /** Whether nothing is left to do for it. */
  async #goOn(arrival: ArrivalRow): Promise<boolean> {
    const end = arrival.state === "starting" ? await this.#endOfStart(arrival) : await this.#begin(arrival);
    if (end === undefined) return false;
    const { store, clock, log, metrics } = this.#context;
    const counts = await recordArrivalEnd(store, arrival, end, clock.now());
    if (!counts) return end.kind !== "again";
    const { id, sender, event, repository, thing, person } = arrival;
    const fields = { arrival: id, sender, event, repository, thing, person };
    switch (end.kind) {
      case "started":
        log.info({ ...fields, session: end.sessionId }, "a session was started for what was told");
        break;
      case "prompted":
        log.info({ ...fields, session: end.sessionId }, "a session was prompted with what was told");
        break;
      case "again":
        if (arrival.tries === 0)
          log.warn({ ...fields, reason: end.reason }, "work could not begin for what was told; it is tried again");
        return false;
      default:
        log.warn({ ...fields, reason: end.reason }, "no work begins for what was told");
    }
    metrics.closed(end.kind);
    return true;
  }

  async #begin(arrival: ArrivalRow): Promise<ArrivalEnd | undefined> {
    const { clock } = this.#context;
    const asked = await this.#askedBefore(arrival);
    if (asked !== undefined) return asked.kind === "command" ? this.#keepStart(arrival, asked.command) : asked;
    if (arrival.dueAt > clock.now()) return undefined;
    const refusal = this.#refusalOf(arrival); // W2
    if (refusal !== undefined) return refusal;
    try {
      const session = await this.#sessionOf(arrival);
      return await (session === undefined ? this.#start(arrival) : this.#prompt(arrival, session));
    } catch (error) {
      if (!(error instanceof HalError)) throw error;
      return this.#failed(arrival, error, false);
    }
  }

  /** What was asked for it already, where the supervisor ended before it could keep that. */
  async #askedBefore(
    arrival: ArrivalRow,
  ): Promise<ArrivalEnd | { readonly kind: "command"; readonly command: CommandRow } | undefined> {
    const { store } = this.#context;
    const { nodeId, sessionId } = arrival;
    const command = await commandOfKey(store, keyOf(arrival, startOf(arrival)));
    if (command?.kind === "known") return { kind: "command", command: command.command };
    if (nodeId === null || sessionId === null) return undefined;
    const known = await promptOfKey(store, keyOf(arrival, promptOf(arrival, { nodeId, id: sessionId })));
    return known?.kind === "known" ? { kind: "prompted", nodeId, sessionId, promptId: known.prompt.id } : undefined;
  }

  /** The session that works at the case of an arrival; undefined where none does, or it has ended. */
  async #sessionOf({ caseId }: ArrivalRow): Promise<SessionRow | undefined> {
    const { store } = this.#context;
    const { nodeId = null, sessionId = null } = incomingCase(store, caseId) ?? {};
    if (nodeId === null || sessionId === null) return undefined;
    const session = await newestOfChain(store, { nodeId, id: sessionId });
    return session?.status === "ended" ? undefined : session;
  }

  /** Why nothing may begin; throws where that cannot be read. */
  #refusalOf({ sender, repository, rule }: ArrivalRow): ArrivalEnd | undefined {
    const { store, isEnabled } = this.#context;
    if (isEnabled(sender) !== true)
      return {
        kind: "refused",
        code: "disabled",
        reason: `the configuration takes nothing from there any more: ${rule}`,
      };
    const off = incomingSwitch(store, repository);
    if (off === undefined) return undefined;
    return {
      kind: "refused",
      code: "off",
      reason: `${off.offBy} switched ${off.name} off: halctl incoming on ${off.name}`,
    };
  }

  async #prompt(arrival: ArrivalRow, { nodeId, id }: SessionRow): Promise<ArrivalEnd> {
    // a session may be restarted meanwhile: what is asked again is asked of the same one
    await recordArrivalTarget(this.#context.store, arrival.id, { nodeId, sessionId: id });
    const output = (await this.#ask(arrival, promptOf(arrival, { nodeId, id }))) as OperationOutput<"sessions.prompt">;
    const { prompt } = output;
    if (prompt == null) throw new Error("a prompt that waits is none");
    return { kind: "prompted", nodeId, sessionId: id, promptId: prompt.id };
  }

  async #start(arrival: ArrivalRow): Promise<ArrivalEnd | undefined> {
    const { command } = (await this.#ask(arrival, startOf(arrival))) as OperationOutput<"sessions.start">;
    return this.#keepStart(arrival, { id: command.id, nodeId: command.node_id });
  }

  async #keepStart(
    arrival: ArrivalRow,
    { id: commandId, nodeId }: Pick<CommandRow, "id" | "nodeId">,
  ): Promise<ArrivalEnd | undefined> {
    await recordArrivalStart(this.#context.store, arrival.id, { commandId, nodeId });
    return this.#endOfStart({ ...arrival, commandId });
  }

  async #ask(arrival: ArrivalRow, { operation, input, idempotencyKey }: AskedWork): Promise<unknown> {
    if (this.#asking === undefined) throw new Error("nobody can be asked yet");
    const signal = this.#context.stopping;
    return (await this.#asking(callerOf(arrival), { operation, input, idempotencyKey, signal })).output;
  }

  /** What came of a start that a node was asked for; undefined while that is not known. */
  async #endOfStart(arrival: ArrivalRow): Promise<ArrivalEnd | undefined> {
    const { commandId } = arrival;
    const command = commandId === null ? undefined : await commandById(this.#context.store, commandId);
    if (command === undefined)
      return {
        kind: "given_up",
        code: "unknown",
        reason: `what came of it is not known: ${commandId ?? "its command"}`,
      };
    if (!isFinal(command.state)) return undefined;
    const { sessionId } = (command.output ?? {}) as { readonly sessionId?: string };
    if (command.state === "succeeded" && sessionId !== undefined)
      return { kind: "started", nodeId: command.nodeId, sessionId };
    const error = command.error as ErrorBody | null;
    const code = error?.code ?? command.state;
    return this.#failed(arrival, { code, message: error?.message ?? `its start was ${command.state}` }, true);
  }

  #failed(
    { tries, createdAt }: ArrivalRow,
    { code, message: reason }: { readonly code: string; readonly message: string },
    wasAsked: boolean,
  ): ArrivalEnd {
    const after = afterTry({ code, reason, tries, since: createdAt }, this.#context.clock.now());
    return after.kind === "again" ? { ...after, wasAsked } : after;
  }
}
