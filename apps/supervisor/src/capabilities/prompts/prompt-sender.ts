import { newUuid } from "@hal/daemon";
import {
  dueOf,
  pendingOf,
  pendingPrompts,
  type PromptRow,
  queueFacts,
  refusePrompts,
  sendDue,
  type SentPrompt,
  standingOf,
} from "@hal/store/supervisor";
import { deliverCommand } from "../commands/deliver-commands.ts";
import type { Context } from "../interactions/context.ts";

/**
 * Sends what waits, once it is due. It knows nothing itself: each look goes by what is stored, and what it sends becomes a
 * command in the transaction that looks again. So a wake-up that is lost or doubled costs time and never a prompt.
 */
export class PromptSender implements AsyncDisposable {
  readonly #context: Context;
  #running: Promise<void> | undefined;
  #isAsked = false;
  #hasEnded = false;

  constructor(context: Context) {
    this.#context = context;
  }

  /** There may be something to send; returns at once. */
  wake(): void {
    this.sendAll().catch((error: unknown) => {
      this.#context.log.warn({ error }, "prompts that wait could not be looked at; they are again in a moment");
    });
  }

  /** Looks at all that waits, after a look that runs just now. */
  async sendAll(): Promise<void> {
    this.#isAsked = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Looks at what waits for one session; undefined where nothing of it was due. */
  async sendOf(nodeId: string, sessionId: string): Promise<SentPrompt | undefined> {
    const { store, clock, links, commandSpans, log } = this.#context;
    const refused = await refusePrompts(store, nodeId, sessionId, clock.now());
    for (const { id, actor } of refused)
      log.warn({ prompt: id, session: sessionId, actor }, "a prompt was refused: its session ended before it was sent");
    const link = links.get(nodeId);
    if (link === undefined || this.#hasEnded) return undefined;
    // what waits where it is held, waits on
    if (this.#context.held.refusing(nodeId, pendingOf(store, nodeId, sessionId)[0]?.project).length > 0)
      return undefined;
    const commandId = `cmd_${newUuid()}`;
    const sent = await sendDue(store, { nodeId, sessionId, commandId, epoch: link.epoch, now: clock.now() });
    if (sent === undefined) return undefined;
    commandSpans.queued(sent.command);
    log.info({ prompt: sent.prompt.id, command: commandId, node: nodeId }, "prompt sent");
    await deliverCommand(this.#context, sent.command);
    return sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#hasEnded = true;
    await this.#running?.catch(() => undefined);
  }

  async #run(): Promise<void> {
    while (this.#isAsked && !this.#hasEnded) {
      this.#isAsked = false;
      const pending = await pendingPrompts(this.#context.store, {});
      for (const [first, ...rest] of bySession(pending))
        if (first !== undefined && this.#isDue([first, ...rest])) await this.sendOf(first.nodeId, first.sessionId);
    }
  }

  /** Whether it is worth a write: that decides by itself. */
  #isDue(pending: readonly PromptRow[]): boolean {
    const [{ nodeId, sessionId }] = pending as readonly [PromptRow];
    const { store, clock, links } = this.#context;
    const facts = queueFacts(store, nodeId, sessionId, clock.now());
    if (standingOf(facts) === "ended") return true;
    return links.get(nodeId) !== undefined && dueOf(pending, facts) !== undefined;
  }
}

function bySession(pending: readonly PromptRow[]): Iterable<PromptRow[]> {
  return Map.groupBy(pending, ({ nodeId, sessionId }) => `${nodeId}/${sessionId}`).values();
}
