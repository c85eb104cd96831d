import {
  Count,
  ErrorBody,
  EVENT_DATA,
  isShallow,
  NO_TOKENS,
  ProjectReport,
  Size,
  StandingRule,
  Timestamp,
  TokenUsage,
} from "@hal/protocol";
import * as v from "valibot";
import { readJson, Unreadable } from "./json-column.ts";
import type { EventRow, StoredEvent } from "./log/schema.ts";
import type { SupervisorStore } from "./store.ts";

/** What a field of a row has to be so that it can be shown, and what stands in its place where it is not. */
type Rule = readonly [schema: v.GenericSchema, instead: unknown];

const TIME: Rule = [Timestamp, 0];
const TIME_OR_NONE: Rule = [v.nullable(Timestamp), null];
const AMOUNT: Rule = [Count, 0];
const FIELDS = v.record(v.string(), v.unknown());

const NOT_READABLE = "(not readable)";

/**
 * What was stored before there were bounds, or by somebody else, may be anything. These are the fields at which showing it,
 * or adding it up, would fail.
 */
export const RULES = {
  sessions: {
    statusSince: TIME,
    startedAt: TIME,
    lastActivityAt: TIME,
    costMicroUsd: AMOUNT,
    tokensTotal: [v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0],
    compactions: AMOUNT,
    tokens: [TokenUsage, NO_TOKENS],
  },
  messages: {
    createdAt: TIME,
    costMicroUsd: AMOUNT,
    tokensTotal: [v.pipe(v.number(), v.safeInteger(), v.minValue(0)), 0],
    data: [
      EVENT_DATA["session.message"],
      { messageId: "", role: "assistant", state: "error", text: NOT_READABLE, cut: true, tools: [], createdAt: 0 },
    ],
  },
  sessionHealth: {
    quietSince: TIME_OR_NONE,
    loopSince: TIME_OR_NONE,
    data: [EVENT_DATA["session.health"], {}],
  },
  interactions: {
    askedAt: TIME,
    closedAt: TIME_OR_NONE,
    seenAt: TIME_OR_NONE,
    rule: [v.nullable(StandingRule), null],
    data: [
      EVENT_DATA["interaction.asked"],
      {
        interactionId: "",
        kind: "question",
        summary: NOT_READABLE,
        patterns: [],
        always: [],
        questions: [],
        askedAt: 0,
      },
    ],
  },
  commands: {
    args: [FIELDS, {}],
    output: [v.unknown(), null],
    error: [v.nullable(ErrorBody), { code: "internal", message: NOT_READABLE }],
    createdAt: TIME,
    deadlineAt: TIME_OR_NONE,
    sentAt: TIME_OR_NONE,
    cancelRequestedAt: TIME_OR_NONE,
    finishedAt: TIME_OR_NONE,
  },
  prompts: {
    format: [v.unknown(), null],
    position: [v.pipe(v.number(), v.safeInteger()), 0],
    attempts: AMOUNT,
    retryAt: TIME,
    createdAt: TIME,
    changedAt: TIME,
  },
  projectTasks: { eventId: AMOUNT, since: TIME },
  budgets: {
    limitMicroUsd: AMOUNT,
    warnAt: [v.array(v.number()), []],
    period: [v.picklist(["day", "week", "month", "total"]), "total"],
    action: [v.picklist(["alert", "refuse", "stop"]), "refuse"],
    createdAt: TIME,
  },
  budgetOverrides: { limitMicroUsd: [v.nullable(Count), 0], until: TIME_OR_NONE, createdAt: TIME },
  schedules: { preconditionMs: AMOUNT, createdAt: TIME },
  occasions: {
    dueAt: TIME_OR_NONE,
    missed: AMOUNT,
    createdAt: TIME,
    closedAt: TIME_OR_NONE,
  },
  projectStarts: { eventId: AMOUNT, at: TIME },
  nodes: {
    labels: [v.unknown(), {}],
    projects: [v.array(ProjectReport), []],
    opencode: [
      v.looseObject({ state: v.string(), since: Timestamp, rssBytes: v.optional(Size) }),
      { state: "down", reason: "what its agent told of it last cannot be read", since: 0 },
    ],
    resources: [v.nullable(v.record(v.string(), Size)), null],
    features: [v.array(v.string()), []],
    firstSeenAt: TIME,
    connectedAt: TIME_OR_NONE,
    lastHeartbeatAt: TIME_OR_NONE,
    disconnectedAt: TIME_OR_NONE,
  },
  notices: {
    eventId: [v.nullable(Count), null],
    at: TIME,
    data: [FIELDS, {}],
    tries: AMOUNT,
    dueAt: TIME,
    createdAt: TIME,
    closedAt: TIME_OR_NONE,
  },
  arrivals: {
    work: [v.looseObject({ project: v.string(), prompt: v.string() }), { project: "", prompt: "" }],
    tries: AMOUNT,
    starts: AMOUNT,
    dueAt: TIME,
    answerTries: AMOUNT,
    answerDueAt: TIME,
    createdAt: TIME,
    closedAt: TIME_OR_NONE,
  },
  buttons: { input: [FIELDS, {}], form: [v.nullable(FIELDS), null], createdAt: TIME, usedAt: TIME_OR_NONE },
  cards: { openedAt: TIME, closedAt: TIME_OR_NONE },
  targetStates: {
    stoppedAt: TIME_OR_NONE,
    failingSince: TIME_OR_NONE,
    failures: AMOUNT,
    notBefore: TIME,
    lastSentAt: TIME_OR_NONE,
  },
  auditLogs: { args: [FIELDS, {}] },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Rule>>>>;

export type RuledTable = keyof typeof RULES;

/** Rows that could not be shown as they are; whoever wants to know hears of each once. */
export class UnreadableRows {
  readonly #heard = new Set<string>();
  onRow: (place: string, problem: string) => void = () => undefined;

  report(place: string, problem: string): void {
    if (this.#heard.has(place) || this.#heard.size >= MOST_HEARD) return;
    this.#heard.add(place);
    this.onRow(place, problem);
  }
}

const MOST_HEARD = 10_000;

/** Rows that can be shown: what cannot is replaced, and `problem` says so. */
export function sound<Row extends object>(
  store: Pick<SupervisorStore, "unreadable">,
  table: RuledTable,
  rows: readonly Row[],
): (Row & Marked)[] {
  return rows.map((row) => {
    const mended = mend(table, row);
    if (mended.problem !== undefined) store.unreadable.report(`${table} ${keyOf(row)}`, mended.problem);
    return mended;
  });
}

/** The same for one row. */
export function soundOne<Row extends object>(
  store: Pick<SupervisorStore, "unreadable">,
  table: RuledTable,
  row: Row | undefined,
): (Row & Marked) | undefined {
  return row === undefined ? undefined : sound(store, table, [row])[0];
}

/** Why a row is not shown as it is stored; absent where it is. */
export type Marked = { readonly problem?: string };

/** A row with what can be shown in the place of what cannot, and the names of those fields. Pure. */
export function mend<Row extends object>(table: RuledTable, row: Row): Row & Marked {
  const unfit = new Map<string, unknown>();
  for (const [field, [schema, instead]] of Object.entries<Rule>(RULES[table])) {
    const value: unknown = Reflect.get(row, field);
    if (value instanceof Unreadable || !isShallow(value) || !v.is(schema, value)) unfit.set(field, instead);
  }
  const fields = [...unfit.keys()];
  return fields.length === 0
    ? row
    : { ...row, ...Object.fromEntries(unfit), problem: `what is stored of it is not readable: ${fields.join(", ")}` };
}

/** An event that cannot be shown is shown as one that did not fit when it came (protocol §4.7). */
export function soundEvents(store: Pick<SupervisorStore, "unreadable">, rows: readonly StoredEvent[]): EventRow[] {
  return rows.map((row) => {
    const { problem, ...event } = readEvent(row);
    if (problem !== undefined) store.unreadable.report(`events ${row.id}`, problem);
    return event;
  });
}

/** Reads the data of an event, and says what is wrong with it. Pure. */
export function readEvent(row: StoredEvent): EventRow & Marked {
  const content = readJson(row.data);
  const problem = problemOf(row, content);
  if (problem === undefined) return { ...row, content };
  const at = v.is(Timestamp, row.at) ? row.at : 0;
  const receivedAt = v.is(Timestamp, row.receivedAt) ? row.receivedAt : at;
  const invalid = { raw: rawOf(row), problem };
  return { ...row, at: at === 0 ? receivedAt : at, receivedAt, type: "event.invalid", content: invalid, problem };
}

function problemOf({ at, receivedAt }: StoredEvent, content: unknown): string | undefined {
  if (content instanceof Unreadable) return `data: ${content.problem}`;
  if (!isShallow(content)) return "data: it is nested too deeply";
  if (!v.is(Timestamp, at)) return "at: it is no time that can be shown";
  return v.is(Timestamp, receivedAt) ? undefined : "receivedAt: it is no time that can be shown";
}

/** The event as its node told it, as far as it is known. */
function rawOf({ seq, at, type, sourceKey, project, sessionId, data }: StoredEvent): string {
  const envelope = JSON.stringify({ seq, at, type, sourceKey, project, session: sessionId });
  return `${envelope.slice(0, -1)},"data":${data}}`;
}

function keyOf(row: object): string {
  const { nodeId, id } = row as { readonly nodeId?: string; readonly id: string | number };
  return nodeId === undefined ? String(id) : `${nodeId}/${id}`;
}
