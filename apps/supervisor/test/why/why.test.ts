import { SESSION_STATUSES, type SessionStatus } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { explain } from "../../src/capabilities/why/domain/explanation.ts";
import type { KnownCommand, NodeSubject, SessionSubject, WhyFacts } from "../../src/capabilities/why/domain/facts.ts";

const NOW = Date.parse("2026-11-24T12:00:00.000Z");
const ago = (seconds: number): number => NOW - seconds * 1000;

function node(changes: Partial<NodeSubject> = {}): NodeSubject {
  return {
    id: "01a20af2-e011-7208-b257-b9bf1630e800",
    name: "ada",
    hostname: "vm",
    agentVersion: "0.1.0",
    status: { status: "online", reason: "online; opencode 1.18.33 is up" },
    connected: true,
    connectedAt: ago(3600),
    lastHeartbeatAt: ago(3),
    heartbeatIntervalMs: 30_000,
    opencode: { state: "up", version: "1.18.33", tested: true, since: ago(3500) },
    projects: [{ name: "engine", directory: "/srv/engine", state: "ready" }],
    resources: undefined,
    outboxDepth: 0,
    ...changes,
  };
}

function session(changes: Partial<SessionSubject> = {}): SessionSubject {
  return {
    id: "ses_1",
    project: "engine",
    title: "Mend",
    status: "idle",
    reason: "idle for 60 s: finished its turn",
    since: ago(60),
    startedAt: ago(600),
    isExternal: false,
    children: [],
    ...changes,
  };
}

function facts(changes: Partial<WhyFacts> = {}): WhyFacts {
  return {
    now: NOW,
    supervisorVersion: "0.1.0",
    node: node(),
    session: session(),
    open: [],
    commands: [],
    events: [],
    gaps: [],
    sessions: {},
    ...changes,
  };
}

const AWAY = node({
  connected: false,
  status: { status: "offline", reason: "offline: no heartbeat for 5 min (10 missed), the connection was cut" },
  lastHeartbeatAt: ago(300),
});

const QUEUED: KnownCommand = {
  id: "cmd_1",
  type: "session.prompt",
  state: "queued",
  reason: "queued until 12:05: its node is offline",
  sessionId: "ses_1",
  createdAt: ago(20),
  deadlineAt: NOW + 280_000,
};

interface Case {
  readonly given: Partial<WhyFacts>;
  readonly answer?: string;
  /** `level topic text` */
  readonly finds?: string[];
  readonly next?: string[];
}

/** What is the case, and what somebody who asks "why?" must hear of it. */
const CASES: readonly (readonly [string, Case])[] = [
  [
    "a session that rests",
    {
      given: {},
      answer: "session ses_1 (engine on ada) is idle for 60 s: finished its turn",
      finds: ["fine node ada is connected for 60 min; last heartbeat 3 s ago", "fine opencode opencode 1.18.33 is up"],
      next: ['halctl sessions prompt ses_1 "…"', "halctl sessions logs ses_1 -n 5"],
    },
  ],
  [
    "a permission that nobody gives, asked by a child",
    {
      given: {
        session: session({ status: "waiting", reason: "waiting 5 min for a person: bash: git push" }),
        open: [{ id: "per_1", kind: "permission", summary: "bash: git push", sessionId: "ses_2", askedAt: ago(300) }],
      },
      answer: "is waiting 5 min for a person: bash: git push",
      finds: ["problem interaction per_1 waits 5 min for a person (its child ses_2)", "operator or admin may answer"],
      next: ["halctl interactions allow per_1", 'halctl interactions deny per_1 --reason "…"'],
    },
  ],
  [
    "a question",
    {
      given: { open: [{ id: "que_1", kind: "question", summary: "Which?", sessionId: "ses_1", askedAt: ago(9) }] },
      next: ['halctl interactions answer que_1 "…"'],
    },
  ],
  [
    "a node that is away, and a prompt that waits for it",
    {
      given: {
        node: AWAY,
        session: session({ status: "unreachable", reason: "unreachable: its node is offline; it was busy" }),
        commands: [QUEUED],
      },
      answer: "Also: session.prompt (cmd_1) is queued",
      finds: [
        "problem node ada is offline: no heartbeat for 5 min (10 missed)",
        "note agent what happens there meanwhile is kept there",
        "note opencode opencode was up when it was last heard of",
        "problem command session.prompt (cmd_1) is queued: queued until",
      ],
      next: ["systemctl status hal-agent", "halctl nodes list -w", "halctl commands cancel cmd_1"],
    },
  ],
  [
    "an opencode that is missing",
    {
      given: {
        node: node({
          status: { status: "degraded", reason: "degraded: opencode is missing" },
          opencode: { state: "missing", reason: "no program opencode on PATH", since: ago(50) },
        }),
      },
      answer: "Also: opencode is missing for 50 s: no program opencode on PATH",
      next: ["halctl nodes check ada"],
    },
  ],
  [
    "a provider that refuses again and again",
    {
      given: {
        session: session({ status: "retrying", reason: "retrying for 8 s: attempt 2 failed: 429" }),
        events: [
          { type: "session.retrying", at: ago(2), data: { attempt: 2, message: "429", nextAt: NOW + 6_000 } },
          { type: "session.retrying", at: ago(8), data: { attempt: 1, message: "429" } },
          { type: "session.busy", at: ago(10), data: {} },
          { type: "session.idle", at: ago(99), data: {} },
          { type: "session.retrying", at: ago(120), data: { attempt: 9, message: "of an earlier turn" } },
        ],
      },
      finds: ["note provider 2 attempts failed, the last one with: 429; next try in 6 s", "fine turn the last sign"],
      next: ["halctl sessions watch ses_1", "halctl sessions abort ses_1"],
    },
  ],
  [
    "a turn that failed",
    {
      given: {
        session: session({ status: "error", reason: "error for 9 s: APIError: no credit" }),
        events: [
          { type: "session.idle", at: ago(9), data: {} },
          { type: "session.error", at: ago(9), data: { name: "APIError", message: "no credit" } },
        ],
      },
      finds: ["problem provider APIError: no credit", "fine event session.error: APIError: no credit"],
      next: ["halctl sessions logs ses_1 -n 5", 'halctl sessions prompt ses_1 "…"'],
    },
  ],
  [
    "a turn of which nothing is heard, with a child at work",
    {
      given: {
        session: session({
          status: "busy",
          reason: "busy for 40 min: a turn is running",
          children: [{ id: "ses_2", status: "busy", reason: "a turn is running" }],
        }),
        events: [{ type: "tool.execute.after", at: ago(2400), data: { tool: "task", status: "completed" } }],
      },
      finds: [
        "problem turn the last sign of it came 40 min ago (tool.execute.after: task completed)",
        "note turn its child ses_2 is busy: a turn is running",
      ],
    },
  ],
  [
    "a command whose outcome nobody heard, one that failed, and a gap",
    {
      given: {
        commands: [
          { ...QUEUED, id: "cmd_2", state: "failed", reason: "no such agent" },
          { ...QUEUED, state: "sent", reason: "unconfirmed: sent 9 min ago", deadlineAt: ago(60) },
        ],
        gaps: [{ type: "gap", at: ago(30), data: { count: 12, reason: "outbox full" } }],
      },
      answer: "Also: session.prompt (cmd_1) is sent: unconfirmed",
      finds: [
        "problem command the last command, session.prompt, failed: no such agent",
        "note gap 12 events could not be kept or cannot be known: outbox full",
      ],
      next: ["halctl commands get cmd_1"],
    },
  ],
  [
    "a session that was deleted has no messages to read",
    {
      given: {
        session: session({ status: "ended", reason: "ended: deleted" }),
        events: [{ type: "session.ended", at: ago(9), data: { reason: "deleted" } }],
      },
      next: ['halctl sessions start ada/engine "…"'],
    },
  ],
  [
    "a project that is gone, a disk that is full, an agent that is older and behind",
    {
      given: {
        node: node({
          agentVersion: "0.0.9",
          outboxDepth: 7,
          projects: [{ name: "engine", directory: "/srv/engine", state: "missing", reason: "no such directory" }],
          resources: { cpuPercent: 1, memoryUsedBytes: 99, memoryTotalBytes: 100, diskFreeBytes: 5 * 1024 ** 2 },
        }),
      },
      finds: [
        "problem project project engine (/srv/engine) is missing: no such directory",
        "problem node the disk of vm has 5.0 MiB left",
        "note node the memory of vm is nearly used up",
        "note agent its agent is version 0.0.9, this supervisor 0.1.0",
        "note agent 7 events of it are on their way",
      ],
    },
  ],
  [
    "a node",
    {
      given: { session: undefined, sessions: { busy: 2, idle: 1 } },
      answer: "node ada is online; opencode 1.18.33 is up",
      finds: ["fine session its sessions: 2 busy, 1 idle"],
      next: ["halctl nodes get ada"],
    },
  ],
  [
    "a project without a session",
    {
      given: { session: undefined, idleProject: "engine" },
      finds: ["note project no session runs in engine"],
      next: ['halctl sessions start ada/engine "…"'],
    },
  ],
];

describe("why?", () => {
  it.each(CASES)("%s", (_name, { given, answer = "", finds = [], next = [] }) => {
    const told = explain(facts(given));
    expect(told.answer).toContain(answer);
    const findings = told.findings.map(({ level, topic, text }) => `${level} ${topic} ${text}`).join("\n");
    for (const text of finds) expect(findings).toContain(text);
    const commands = told.next.map(({ command }) => command);
    for (const command of next) expect(commands).toContain(command);
    expect(commands.filter((command) => next.includes(command))).toEqual(next);
  });

  it.each(SESSION_STATUSES.flatMap((status) => [true, false].map((here) => [status, here] as const)))(
    "%s has a reason and something to do, whether its node is there (%s) or not",
    (status: SessionStatus, here) => {
      const told = explain(facts({ node: here ? node() : AWAY, session: session({ status, reason: `${status}: x` }) }));
      expect(told.status).toBe(status);
      expect(told.answer).toMatch(new RegExp(`is ${status}: .+`));
      expect(told.next.length).toBeGreaterThan(0);
      for (const { text } of told.findings) expect(text).not.toMatch(/undefined|null|NaN/);
    },
  );
});
