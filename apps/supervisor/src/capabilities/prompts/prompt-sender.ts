import { Looks, newUuid } from "@hal/daemon";
import {
  dueOf,
  pendingOf,
  queueFacts,
  refusePrompts,
  sendDue,
  sessionsWithPrompts,
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
  readonly #looks: Looks;

  constructor(context: Context) {
    this.#context = context;
    this.#looks = new Looks(
      () => this.#sendAll(),
      (error) => context.log.warn({ error }, "prompts that wait could not be looked at; they are again in a moment"),
    );
  }

  /** There may be something to send; returns at once. */
  wake(): void {
    this.#looks.wake();
  }

  /** Looks at all that waits, after a look that runs just now. */
  sendAll(): Promise<void> {
    return this.#looks.now();
  }

  /** Looks at what waits for one session: writes only where something is due, or its session has ended. */
  async sendOf(nodeId: string, sessionId: string): Promise<void> {
    const { store, clock, links, held } = this.#context;
    const pending = pendingOf(store, nodeId, sessionId);
    const facts = queueFacts(store, nodeId, sessionId, clock.now());
    if (standingOf(facts) === "ended") return this.#refuse(nodeId, sessionId);
    const link = links.get(nodeId);
    if (link === undefined || this.#looks.hasEnded || dueOf(pending, facts) === undefined) return;
    // what waits where it is held, waits on
    if (held.refusing(nodeId, pending[0]?.project).length > 0) return;
    if ((await this.#context.beginGate.admit({ nodeId, project: pending[0]?.project, sessionId })) !== undefined)
      return;
    const commandId = `cmd_${newUuid()}`;
    const sent = await sendDue(store, { nodeId, sessionId, commandId, epoch: link.epoch, now: clock.now() });
    if (sent !== undefined) await this.#deliver(sent);
  }

  async #refuse(nodeId: string, sessionId: string): Promise<void> {
    const { store, clock, log } = this.#context;
    const refused = await refusePrompts(store, nodeId, sessionId, clock.now());
    for (const { id, actor } of refused)
      log.warn({ prompt: id, session: sessionId, actor }, "a prompt was refused: its session ended before it was sent");
  }

  async #deliver({ prompt, command }: SentPrompt): Promise<void> {
    const { commandSpans, log } = this.#context;
    commandSpans.queued(command);
    log.info({ prompt: prompt.id, command: command.id, node: command.nodeId }, "prompt sent");
    await deliverCommand(this.#context, command);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looks[Symbol.asyncDispose]();
  }

  async #sendAll(): Promise<void> {
    for (const { nodeId, sessionId } of sessionsWithPrompts(this.#context.store)) await this.sendOf(nodeId, sessionId);
  }
}
