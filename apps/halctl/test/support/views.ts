import type {
  CommandReply,
  PromptView,
  WaitView,
  CommandView,
  EventView,
  InboxItemView,
  InboxView,
  InteractionView,
  MessageView,
  NodeView,
  SessionView,
  TokenView,
} from "@hal/protocol";

/** The moment at which the tests' terminal looks. */
export const NOW = Date.parse("2026-11-24T12:00:00.000Z");
const before = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

export function node(changes: Partial<NodeView> = {}): NodeView {
  return {
    id: "01a20af2-e011-7208-b257-b9bf1630e800",
    hostname: "vm",
    name: "ada",
    status: "online",
    reason: "online; opencode 1.18.33 is up",
    last_heartbeat: before(3),
    connected_at: before(600),
    version: "0.1.0",
    os: "linux",
    arch: "x64",
    projects: [{ name: "engine", directory: "/srv/engine", state: "ready" }],
    opencode: { state: "up", version: "1.18.33", since: NOW - 600_000 },
    resources: { cpuPercent: 12.4, memoryUsedBytes: 1_717_986_918, memoryTotalBytes: 25_769_803_776 },
    sessions: { idle: 1 },
    outbox_depth: 0,
    clock_ahead_ms: 3,
    replaced_by: null,
    token_role: "agent",
    ...changes,
  };
}

export function session(changes: Partial<SessionView> = {}): SessionView {
  return {
    id: "ses_df50cb481ffedqKYcUe9EFMoXj",
    node_id: node().id,
    node: "ada",
    project: "engine",
    title: "Mend the engine",
    status: "idle",
    reason: "idle for 60 s: finished its turn",
    model: "scripted/scripted-model",
    agent: "build",
    parent_id: null,
    continues: null,
    continued_by: null,
    worktree: null,
    shared: [],
    tokens: 45_231,
    tokens_detail: { input: 40_000, output: 5_000, reasoning: 231, cacheRead: 0, cacheWrite: 0 },
    cost: 0.0342,
    tree_cost: 0.05,
    health: [],
    context: { tokens: 42_000, limit: 100_000, percent: 42 },
    task: null,
    compactions: 0,
    external: false,
    started_at: before(300),
    last_activity: before(60),
    asked: [],
    pending: [],
    stalled: [],
    ...changes,
  };
}

export function message(changes: Partial<MessageView> = {}): MessageView {
  return {
    id: "msg_answer",
    session_id: session().id,
    parent_id: "msg_user",
    role: "assistant",
    state: "complete",
    model: "scripted/scripted-model",
    text: "forty-two",
    cut: false,
    tools: [],
    error: null,
    structured: null,
    tokens: 45_231,
    cost: 0.0342,
    finish: "stop",
    undone: null,
    created_at: before(70),
    completed_at: before(60),
    ...changes,
  };
}

export function interaction(changes: Partial<InteractionView> = {}): InteractionView {
  return {
    id: "per_20af4f1c1001e8ZZ0IJjPxzUqD",
    kind: "permission",
    state: "open",
    reason: "waits for a person",
    node_id: node().id,
    session_id: session().id,
    root_session_id: session().id,
    project: "engine",
    summary: "bash: git push",
    permission: "bash",
    patterns: ["git push"],
    always: ["git push *"],
    questions: [],
    reply: null,
    answered_by: null,
    asked_at: before(5),
    closed_at: null,
    command: null,
    always_covers: null,
    owner: null,
    expires_at: null,
    risk: null,
    rule: null,
    under_way: null,
    ...changes,
  };
}

export function command(changes: Partial<CommandView> = {}): CommandView {
  return {
    id: "cmd_01a20af3-4b68-770b-ba20-de9d8cf62eeb",
    type: "session.prompt",
    node_id: node().id,
    project: "engine",
    session_id: session().id,
    actor: "shared-token",
    state: "succeeded",
    reason: "done",
    output: null,
    error: null,
    created_at: before(70),
    deadline_at: before(-230),
    finished_at: before(69),
    ...changes,
  };
}

export function token(changes: Partial<TokenView> = {}): TokenView {
  return {
    id: "tok_0199a3c2",
    name: "ci",
    role: "operator",
    fingerprint: "ab12",
    state: "valid",
    created_at: new Date(NOW - 60_000).toISOString(),
    created_by: "shared-token",
    expires_at: null,
    last_used_at: null,
    revoked_at: null,
    nodes: [],
    ...changes,
  };
}

/** A prompt that waits. */
export function pending(changes: Partial<PromptView> = {}): PromptView {
  return {
    id: "prm_1",
    node_id: node().id,
    node: "ada",
    session_id: session().id,
    project: "engine",
    text: "hi",
    files: [],
    model: null,
    agent: null,
    delivery: "queue",
    place: 1,
    actor: "ada",
    state: "pending",
    reason: "waits: the turn that runs comes first",
    command_id: null,
    created_at: before(60),
    changed_at: before(60),
    ...changes,
  };
}

export function waiting(changes: Partial<WaitView> = {}): WaitView {
  const { id, node_id, status, reason } = session();
  return { session: id, node_id, status, reason, settled: "idle", answer: message(), interaction: null, ...changes };
}

export function reply(changes: Partial<CommandView> = {}): CommandReply {
  return { command: command(changes), session_id: session().id, message_id: "msg_user" };
}

export function event(id: number, type: string, data: unknown = {}): { cursor: string; item: EventView } {
  const cursor = `log:${id}`;
  return {
    cursor,
    item: {
      id,
      cursor,
      node_id: node().id,
      project: "engine",
      session_id: session().id,
      type,
      data,
      timestamp: before(10),
      received_at: before(10),
    },
  };
}

export const STATUS = {
  version: "0.1.0",
  log_id: "log",
  started_at: before(3600),
  server_time: before(0),
  nodes: { online: 1, offline: 0 },
  sessions: { idle: 1 },
  open_interactions: 0,
  commands_in_flight: 0,
  cost: 0.05,
  tokens: 45_231,
  last_event: { id: 10, received_at: before(10) },
};

export function inboxItem(changes: Partial<InboxItemView> = {}): InboxItemView {
  const { id, title } = session();
  return {
    id,
    kind: "session",
    tier: "failed",
    reason: "error for 16 min: APIError: invalid key",
    since: before(16 * 60),
    node: "ada",
    node_id: node().id,
    project: "engine",
    session_id: id,
    title,
    owner: "ann",
    state: "open",
    until: null,
    next: [
      { command: `halctl sessions logs ${id} -n 5`, purpose: "read its last messages" },
      { command: `halctl why ${id}`, purpose: "see all that is known of it" },
    ],
    ...changes,
  };
}

export function inboxView(changes: Partial<InboxView> = {}): InboxView {
  const counts = { blocked: 0, failed: 0, stuck: 0, finished: 0 };
  return {
    items: [],
    counts,
    hidden: { snoozed: 0, acknowledged: 0, answered: 0 },
    since: before(90 * 60),
    last_look: null,
    holds: [],
    unreachable: { nodes: [], sessions: 0 },
    ...changes,
  };
}
