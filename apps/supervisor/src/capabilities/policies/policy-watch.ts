import { setImmediate as nextTurn } from "node:timers/promises";
import { Looks, newUuid } from "@hal/daemon";
import { DEFAULT_HANDOVER_MS, type HalEvent } from "@hal/protocol";
import {
  AT_ONCE,
  type CommandRow,
  duePolicySessions,
  lookAtTasks,
  nodeById,
  type PolicyLook,
  type PolicySessionRow,
  recordPolicyLooks,
  sentCommand,
} from "@hal/store/supervisor";
import { deliverCommand } from "../commands/deliver-commands.ts";
import { type KnownNode, statusOf } from "../nodes/node-statuses.ts";
import type { LookContext } from "./context.ts";
import { type Act, type Decision, decide } from "./domain/decide.ts";
import type { Doing } from "./domain/verdict.ts";
import { gatherFacts, memoryOf } from "./gather-facts.ts";
import type { PolicyMetrics } from "./policy-metrics.ts";

/** So many sessions are looked at before others have their turn. */
const BATCH = 10;

/** Of each second no more than this is spent on looking at what is due because time has passed; what events are about comes first, and at once. */
const BUDGET_MS = 8;
const SECOND_MS = 1000;

/** What was said of a task in this time is looked at once more; a start looks at everything. */
const SAID_LATELY_MS = 60_000;

/** One that nobody knows any more is forgotten when what is old is; until then it is not looked at. */
const NEVER = null;

/** What was decided of one session, before it is written. */
interface Look {
  readonly look: PolicyLook;
  readonly decisions: readonly Decision[];
}

/**
 * Looks at sessions for policies, once each is due. It knows nothing itself: who is due, and what was done, is in the database, and
 * what a look comes to counts only where nothing has changed meanwhile. So a wake-up that is lost or doubled costs time and no act.
 */
export class PolicyWatch implements AsyncDisposable {
  readonly #context: LookContext;
  readonly #metrics: PolicyMetrics;
  readonly #looks: Looks;
  #second = { began: 0, spentMs: 0 };
  /** somebody said of a task how it stands, and the sessions that were at it are not looked at yet */
  #isTaskSaid = false;

  constructor(context: LookContext, metrics: PolicyMetrics) {
    this.#context = context;
    this.#metrics = metrics;
    this.#looks = new Looks(
      () => this.#run(),
      (error) => context.log.warn({ error }, "policies could not look at sessions; they do again in a moment"),
    );
  }

  /** Something may be due; returns at once. */
  wake(): void {
    this.#looks.wake();
  }

  /** Somebody said of a task how it stands; returns at once. */
  taskSaid(): void {
    this.#isTaskSaid = true;
    this.#looks.wake();
  }

  /** Looks at all that is due, as far as the time that it may take goes; after a look that runs just now. */
  lookAtAll(): Promise<void> {
    return this.#looks.now();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#looks[Symbol.asyncDispose]();
  }

  async #run(): Promise<void> {
    if (this.#isTaskSaid) {
      await lookAtTasks(this.#context.store, this.#context.clock.now() - SAID_LATELY_MS);
      this.#isTaskSaid = false;
    }
    while (!this.#looks.hasEnded) {
      const until = this.#mayLook() ? this.#context.clock.now() : AT_ONCE;
      const began = performance.now();
      const due = duePolicySessions(this.#context.store, until, BATCH);
      if (due.length === 0) break;
      const looks = await this.#lookAt(due);
      if (until !== AT_ONCE) this.#second.spentMs += performance.now() - began;
      await this.#record(looks);
      await nextTurn();
    }
  }

  /** What is left over when the time of a second is spent is looked at in the next one. */
  #mayLook(): boolean {
    const now = performance.now();
    if (now - this.#second.began >= SECOND_MS) this.#second = { began: now, spentMs: 0 };
    return this.#second.spentMs < BUDGET_MS;
  }

  async #lookAt(due: readonly PolicySessionRow[]): Promise<Look[]> {
    const nodes = new Map<string, Pick<KnownNode, "row" | "status"> | undefined>();
    for (const { nodeId } of due) {
      if (nodes.has(nodeId)) continue;
      const row = await nodeById(this.#context.store, nodeId);
      nodes.set(nodeId, row === undefined ? undefined : { row, status: statusOf(this.#context, row) });
    }
    return due.map((row) => this.#decide(row, nodes.get(row.nodeId)));
  }

  #decide(row: PolicySessionRow, node: Pick<KnownNode, "row" | "status"> | undefined): Look {
    const { nodeId, sessionId, changes } = row;
    const facts = gatherFacts(this.#context, row, node);
    const about = { nodeId, sessionId, changes };
    if (facts === undefined)
      return { look: { ...about, dueAt: NEVER, state: row.state, told: [], command: undefined }, decisions: [] };
    const now = this.#context.clock.now();
    const before = memoryOf(this.#context, row, facts.continues);
    const { state, decisions, act, nextAt } = decide(facts, before, this.#context.policySettings(), now);
    const { project } = facts;
    const command = act === undefined ? undefined : this.#commandOf(act, { nodeId, sessionId, project });
    const told = decisions.map((decision) => ({
      nodeId,
      event: { ...eventOf(decision, command?.id), at: now, session: sessionId, project } as HalEvent,
    }));
    return { look: { ...about, dueAt: nextAt, state, told, command }, decisions };
  }

  #commandOf(
    { policy, doing, key }: Act,
    { nodeId, sessionId, project }: { readonly nodeId: string; readonly sessionId: string; readonly project: string },
  ): CommandRow {
    return sentCommand(
      { id: `cmd_${newUuid()}`, ...askedFor(doing, sessionId), nodeId, project, sessionId, actor: `policy:${policy}` },
      {
        now: this.#context.clock.now(),
        epoch: this.#context.links.get(nodeId)?.epoch ?? null,
        key: ["policy", sessionId, key],
      },
    );
  }

  /** Writes what looks came to, and has what counted delivered. A hold that is made meanwhile finds the command there. */
  async #record(looks: readonly Look[]): Promise<void> {
    const { store, clock, log, commandSpans } = this.#context;
    const counted = await recordPolicyLooks(
      store,
      looks.map(({ look }) => look),
      clock.now(),
    );
    for (const [index, { look, decisions }] of looks.entries()) {
      if (counted[index] !== true) continue;
      const { nodeId: node, sessionId: session, command } = look;
      for (const { policy, outcome, reason } of decisions) {
        this.#metrics.decided(policy, outcome);
        const fields = { policy, session, node, reason, ...(command === undefined ? {} : { command: command.id }) };
        if (outcome === "skipped") log.debug(fields, "a policy does nothing");
        else if (outcome === "acted") log.info(fields, "a policy acted");
        else log.warn(fields, outcome === "gave_up" ? "a policy gave up" : "a policy tells a person");
      }
      if (command === undefined) continue;
      commandSpans.queued(command);
      await deliverCommand(this.#context, command);
    }
  }
}

function askedFor(doing: Doing, sessionId: string) {
  if (doing.kind === "restart")
    return {
      type: "session.restart",
      args: {
        sessionId,
        handover: doing.handover,
        timeoutMs: DEFAULT_HANDOVER_MS,
        ...(doing.prompt === undefined ? {} : { prompt: doing.prompt }),
      },
    };
  // an agent that finds the session at work gives it back
  return { type: "session.prompt", args: { sessionId, text: doing.text, delivery: "queue" } };
}

/** A decision as the event that tells it. */
function eventOf(decision: Decision, commandId: string | undefined) {
  const { policy, outcome, reason, code = "", attempt, most } = decision;
  switch (outcome) {
    case "acted": {
      const counted = { ...(attempt === undefined ? {} : { attempt }), ...(most === undefined ? {} : { most }) };
      return {
        type: "policy.acted" as const,
        data: { policy, reason, ...(commandId === undefined ? {} : { commandId }), ...counted },
      };
    }
    case "alerted":
      return { type: "policy.alerted" as const, data: { policy, reason } };
    case "gave_up":
      return { type: "policy.gave_up" as const, data: { policy, reason, attempts: attempt ?? 0 } };
    case "skipped":
      return { type: "policy.skipped" as const, data: { policy, reason, code } };
    default:
      return outcome satisfies never;
  }
}
