import type { CommandRow } from "./commands/schema.ts";
import type { InteractionRow } from "./interactions/schema.ts";
import type { MessageRow, SessionRow } from "./sessions/schema.ts";
import { mend, type RuledTable } from "./sound-rows.ts";
import type { WriterDatabase } from "./writer-database.ts";

/**
 * What one frame's events change: each row is read once, changed in memory as often as there are events, and
 * written once. Whoever drops it before `flush` has changed nothing.
 */
export class FoldBatch {
  readonly nodeId: string;
  readonly #db: WriterDatabase;
  readonly #sessions = new Map<string, SessionRow | undefined>();
  readonly #interactions = new Map<string, InteractionRow | undefined>();
  readonly #commands = new Map<string, CommandRow | undefined>();
  readonly #changedSessions = new Set<string>();
  readonly #changedInteractions = new Set<string>();
  readonly #changedCommands = new Set<string>();
  readonly #messages = new Map<string, MessageRow>();
  #spentMicroUsd = 0;

  constructor(db: WriterDatabase, nodeId: string) {
    this.#db = db;
    this.nodeId = nodeId;
  }

  session(id: string): SessionRow | undefined {
    return known(this.#sessions, id, () =>
      readable("sessions", this.#db.statements.session.get({ nodeId: this.nodeId, id })),
    );
  }

  putSession(row: SessionRow): void {
    this.#sessions.set(row.id, row);
    this.#changedSessions.add(row.id);
  }

  /** A message that is told again takes the place of what was told of it before. */
  putMessage(row: MessageRow): void {
    const key = `${row.sessionId}/${row.id}`;
    if (row.costMicroUsd > 0 && row.role === "assistant" && !row.copied) {
      const before = this.#messages.get(key)?.costMicroUsd ?? this.#db.spent.countedOf(row);
      this.#spentMicroUsd += Math.max(0, row.costMicroUsd - before);
    }
    this.#messages.set(key, row);
  }

  /** What the assistant's messages cost more than was known of them; a fork's copies were paid for elsewhere. */
  get spentMicroUsd(): number {
    return this.#spentMicroUsd;
  }

  interaction(id: string): InteractionRow | undefined {
    return known(this.#interactions, id, () =>
      readable("interactions", this.#db.statements.interaction.get({ nodeId: this.nodeId, id })),
    );
  }

  putInteraction(row: InteractionRow): void {
    this.#interactions.set(row.id, row);
    this.#changedInteractions.add(row.id);
  }

  /** Whether a session may have asked what is not closed yet. */
  hasOpenInteraction(sessionId: string): boolean {
    for (const row of this.#interactions.values())
      if (row?.sessionId === sessionId && row.state === "open") return true;
    return this.#db.statements.openInteraction.get({ nodeId: this.nodeId, sessionId }) !== undefined;
  }

  /** Reads interactions anew: they were changed behind the batch's back. */
  forgetInteractions(): void {
    this.#interactions.clear();
  }

  command(id: string): CommandRow | undefined {
    return known(this.#commands, id, () => readable("commands", this.#db.statements.command.get({ id })));
  }

  putCommand(row: CommandRow): void {
    this.#commands.set(row.id, row);
    this.#changedCommands.add(row.id);
  }

  /** Writes what was changed so far. */
  flush(): void {
    const { statements, spent } = this.#db;
    for (const id of this.#changedSessions) {
      const row = this.#sessions.get(id);
      statements.putSession.run(row);
      if (row?.parentId !== null) statements.setParent.run(row);
    }
    for (const row of this.#messages.values()) {
      spent.note(row, this.session(row.sessionId)?.project ?? "");
      this.#db.putMessage(row);
    }
    for (const id of this.#changedInteractions) statements.putInteraction.run(this.#interactions.get(id));
    for (const id of this.#changedCommands) statements.putCommand.run(this.#commands.get(id));
    this.#changedSessions.clear();
    this.#messages.clear();
    this.#changedInteractions.clear();
    this.#changedCommands.clear();
  }
}

function known<T>(rows: Map<string, T | undefined>, id: string, read: () => T | undefined): T | undefined {
  if (!rows.has(id)) rows.set(id, read());
  return rows.get(id);
}

/** What is folded further is what can be shown. */
function readable<Row extends object>(table: RuledTable, row: Row | undefined): Row | undefined {
  return row === undefined ? undefined : mend(table, row);
}
