import { HalError } from "@hal/protocol";
import { type InteractionRow, permissionsOpenSince } from "@hal/store/supervisor";
import { span } from "@hal/words";
import { issueCommand } from "../commands/issue-command.ts";
import type { Context } from "./context.ts";
import { EXPIRY } from "./domain/expires.ts";

/** One that was not denied in spite of it, as its opencode did not answer, is tried again after so long. */
const AGAIN_MS = 60_000;

/** So many are denied in one look. */
const MOST = 100;

/**
 * Denies permissions that nobody answers in time. What is due is read from the database each time, so a restart forgets
 * nothing; one answer at a time is under way for each, and opencode takes one, whoever else answers at that moment.
 */
export class Expiry {
  readonly #context: Context;
  /** when those were tried last that are open all the same */
  readonly #tried = new Map<string, number>();

  constructor(context: Context) {
    this.#context = context;
  }

  async denyAll(): Promise<void> {
    const { store, clock, links, expiryMs } = this.#context;
    const afterMs = expiryMs();
    if (afterMs === undefined) return this.#tried.clear();
    const now = clock.now();
    for (const [key, at] of this.#tried) if (now - at >= AGAIN_MS || at > now) this.#tried.delete(key);
    // a node that is away could not deny it: that waits, and its view says so
    const nodeIds = [...links.all()].map(({ nodeId }) => nodeId);
    for (const row of await permissionsOpenSince(store, { nodeIds, before: now - afterMs, limit: MOST })) {
      const key = `${row.nodeId}/${row.id}`;
      if (this.#tried.has(key)) continue;
      this.#tried.set(key, now);
      await this.#deny(row, afterMs);
    }
  }

  async #deny(row: InteractionRow, afterMs: number): Promise<void> {
    const { id, nodeId, sessionId, project } = row;
    const { audit, log, stopping, answerMs } = this.#context;
    const issuer = {
      actor: EXPIRY,
      operation: "interactions.answer",
      rawInput: {},
      idempotencyKey: undefined,
    } as const;
    const message = `Denied, because nobody answered within ${span(afterMs)}. Go on without it, or say at the end what you need it for.`;
    const args = { interactionId: id, sessionId, kind: "permission", reply: "reject", message } as const;
    try {
      const about = { nodeId, project, sessionId, deadlineMs: answerMs(), waitMs: 0 };
      const command = await issueCommand(
        this.#context,
        { ...issuer, signal: stopping },
        { type: "interaction.answer", args, ...about },
      );
      log.warn({ interaction: id, node: nodeId, command: command.id }, "a permission expired, and is denied");
      audit.record(
        { actor: EXPIRY, role: undefined, surface: "policy", ip: undefined, action: "interactions.expire" },
        { target: id },
      );
    } catch (error) {
      // somebody is answering it
      if (!(error instanceof HalError) || error.code !== "conflict") throw error;
    }
  }
}
