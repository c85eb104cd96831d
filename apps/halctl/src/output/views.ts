import type { CommandView, InteractionView, NodeView, SessionView, StatusView } from "@hal/protocol";
import { jsonText } from "@hal/protocol/text";
import { ago, bytes, dollars, thousands } from "@hal/words";
import { paintStatus } from "./paint.ts";
import { reasonsBelow, toldBelow } from "./reasons.ts";
import { shortIds } from "./short-ids.ts";
import { card, table } from "./table.ts";

/** How much room there is and what time it is. */
export interface Look {
  readonly wide: boolean;
  readonly now: number;
  /** undefined where nothing needs to be cut */
  readonly columns: number | undefined;
}

/** A terminal of so many columns has room for long names. */
const ROOMY = 120;

export function nodeTable(nodes: readonly NodeView[], look: Look): string {
  const ids = look.wide ? nodes.map(({ id }) => id) : shortIds(nodes.map(({ id }) => id));
  const header = ["ID", "HOSTNAME", "STATUS", "LAST_HEARTBEAT", "CONNECTED_AT"];
  const rows = nodes.map((node, index) => [
    ids[index] ?? node.id,
    node.name === node.hostname ? node.hostname : `${node.name} (${node.hostname})`,
    paintStatus(node.status),
    ago(node.last_heartbeat, look.now),
    ago(node.connected_at, look.now),
  ]);
  if (!look.wide) {
    const reasoned = [...header, "REASON"];
    const elsewhere = new Set(toldBelow(nodes, look));
    const told = rows.map((row, index) => [...row, reasonIn(nodes[index], elsewhere)]);
    const below = nodes.map(({ name, status, reason }) => ({ id: name, status, reason }));
    return table(reasoned, told, look.columns) + reasonsBelow(below, look);
  }
  return table(
    [...header, "OPENCODE", "CPU", "MEMORY", "PROJECTS", "REASON"],
    nodes.map((node, index) => [
      ...(rows[index] ?? []),
      `${node.opencode.version ?? "-"} ${node.opencode.state}`,
      node.resources === null ? "-" : `${Math.round(node.resources.cpuPercent)} %`,
      node.resources === null
        ? "-"
        : `${bytes(node.resources.memoryUsedBytes)} of ${bytes(node.resources.memoryTotalBytes)}`,
      node.projects.map(({ name, state }) => (state === "ready" ? name : `${name} (${state})`)).join(", "),
      node.reason,
    ]),
  );
}

export function nodeCard(node: NodeView, { now }: Pick<Look, "now">): string {
  return card([
    ["id", node.id],
    ["name", node.name],
    ["host", `${node.hostname} (${node.os}/${node.arch})`],
    ["status", paintStatus(node.status)],
    ["reason", node.reason],
    ["agent", node.version],
    ["opencode", [node.opencode.state, node.opencode.version, node.opencode.reason].filter(Boolean).join(", ")],
    ["heartbeat", ago(node.last_heartbeat, now)],
    ["connected", ago(node.connected_at, now)],
    ...(node.resources === null
      ? []
      : ([
          ["cpu", `${Math.round(node.resources.cpuPercent)} %`],
          ["memory", `${bytes(node.resources.memoryUsedBytes)} of ${bytes(node.resources.memoryTotalBytes)}`],
          ["disk free", node.resources.diskFreeBytes === undefined ? "-" : bytes(node.resources.diskFreeBytes)],
        ] as const)),
    ["unsent", `${node.outbox_depth} events`],
    ...node.projects.map(
      ({ name, directory, state, reason }) =>
        ["project", `${name}  ${directory}  ${state}${reason === undefined ? "" : ` (${reason})`}`] as const,
    ),
  ]);
}

export function sessionTable(sessions: readonly SessionView[], look: Look): string {
  const ids = look.wide ? sessions.map(({ id }) => id) : shortIds(sessions.map(({ id }) => id));
  const nodes = look.wide ? sessions.map((session) => session.node_id) : nodeNames(sessions);
  const header = ["ID", "NODE_ID", "PROJECT", "STATUS", "MODEL", "TOKENS", "COST", "STARTED_AT"];
  const rows = sessions.map((session, index) => [
    ids[index] ?? session.id,
    nodes[index] ?? session.node_id,
    session.parent_id === null ? session.project : `${session.project} (child)`,
    paintStatus(session.status),
    modelText(session.model, look),
    thousands(session.tokens),
    dollars(session.cost),
    ago(session.started_at, look.now),
  ]);
  if (!look.wide) {
    const titled = rows.map((row, index) => [...row, sessions[index]?.title ?? ""]);
    const below = sessions.map(({ id, status, reason }, index) => ({ id: ids[index] ?? id, status, reason }));
    return table([...header, "TITLE"], titled, look.columns) + reasonsBelow(below, look);
  }
  return table(
    [...header, "TREE_COST", "LAST_ACTIVITY", "REASON"],
    sessions.map((session, index) => [
      ...(rows[index] ?? []),
      dollars(session.tree_cost),
      ago(session.last_activity, look.now),
      session.reason,
    ]),
  );
}

/** Without its provider where there is little room. */
function modelText(model: string | null, { wide, columns }: Look): string {
  if (model === null) return "-";
  return wide || columns === undefined || columns >= ROOMY ? model : model.slice(model.indexOf("/") + 1);
}

/** A node's name where it means one node, else the beginning of its id. */
function nodeNames(sessions: readonly SessionView[]): string[] {
  const ids = shortIds(sessions.map((session) => session.node_id));
  return sessions.map((session, index) => {
    const isShared = sessions.some((other) => other.node === session.node && other.node_id !== session.node_id);
    return isShared ? (ids[index] ?? session.node_id) : session.node;
  });
}

export function sessionCard(session: SessionView, { now }: Pick<Look, "now">): string {
  const { input, output, reasoning, cacheRead, cacheWrite } = session.tokens_detail;
  return card([
    ["id", session.id],
    ["title", session.title],
    ["project", `${session.node}/${session.project}`],
    ["status", paintStatus(session.status)],
    ["reason", session.reason],
    ["model", session.model ?? "-"],
    [
      "tokens",
      `${thousands(session.tokens)} (in ${thousands(input)}, out ${thousands(output)}, reasoning ${thousands(reasoning)}, cache read ${thousands(cacheRead)}, written ${thousands(cacheWrite)})`,
    ],
    ["cost", `${dollars(session.cost)}, with children ${dollars(session.tree_cost)}`],
    ["compactions", String(session.compactions)],
    ["started", `${ago(session.started_at, now)}${session.external ? ", in opencode directly" : ""}`],
    ["active", ago(session.last_activity, now)],
    ...(session.parent_id === null ? [] : ([["parent", session.parent_id]] as const)),
  ]);
}

export function interactionTable(interactions: readonly InteractionView[], look: Look): string {
  const header = ["ID", "KIND", "SESSION", "PROJECT", "ASKED", "STATE", "WHAT"];
  const sessions = look.wide
    ? interactions.map((one) => one.session_id)
    : shortIds(interactions.map((one) => one.session_id));
  const ids = look.wide ? interactions.map(({ id }) => id) : shortIds(interactions.map(({ id }) => id));
  return table(
    header,
    interactions.map((one, index) => [
      ids[index] ?? one.id,
      one.kind,
      sessions[index] ?? one.session_id,
      one.project,
      ago(one.asked_at, look.now),
      one.state === "open" ? "open" : one.reason,
      one.kind === "question" ? questionText(one) : one.summary,
    ]),
    look.wide ? undefined : look.columns,
  );
}

function questionText({ questions }: InteractionView): string {
  return questions
    .map(({ question, options }) =>
      options.length === 0
        ? question
        : `${question} [${options.map(({ label }, index) => `${index + 1}: ${label}`).join(", ")}]`,
    )
    .join("  ");
}

export function commandTable(commands: readonly CommandView[], look: Look): string {
  const short = (all: readonly string[]): readonly string[] => (look.wide ? all : shortIds(all));
  const ids = short(commands.map(({ id }) => id));
  const sessions = short(commands.map((command) => command.session_id ?? "-"));
  const stated = commands.map(({ state: status, reason }) => ({ status, reason }));
  const elsewhere = new Set(toldBelow(stated, look));
  const list = table(
    ["ID", "TYPE", "STATE", "PROJECT", "SESSION", "ACTOR", "CREATED_AT", "REASON"],
    commands.map((command, index) => [
      ids[index] ?? command.id,
      command.type,
      paintStatus(command.state),
      command.project ?? "-",
      sessions[index] ?? "-",
      command.actor,
      ago(command.created_at, look.now),
      reasonIn(stated[index], elsewhere),
    ]),
    look.wide ? undefined : look.columns,
  );
  const below = commands.map(({ id, state, reason }, index) => ({ id: ids[index] ?? id, status: state, reason }));
  return list + reasonsBelow(below, look);
}

/** A reason is told once: in its column, or below. */
function reasonIn<T extends { readonly reason: string }>(row: T | undefined, elsewhere: ReadonlySet<T>): string {
  return row === undefined || elsewhere.has(row) ? "" : row.reason;
}

export function commandCard(command: CommandView, { now }: Pick<Look, "now">): string {
  return card([
    ["id", command.id],
    ["type", command.type],
    ["state", paintStatus(command.state)],
    ["reason", command.reason],
    ["node", command.node_id],
    ["project", command.project ?? "-"],
    ["session", command.session_id ?? "-"],
    ["actor", command.actor],
    ["created", ago(command.created_at, now)],
    ["deadline", command.deadline_at ?? "none: it waits until it is done or cancelled"],
    ["finished", ago(command.finished_at, now)],
    ...(command.output === null ? [] : ([["output", jsonText(command.output)]] as const)),
    ...(command.error === null ? [] : ([["error", `${command.error.code}: ${command.error.message}`]] as const)),
  ]);
}

export function statusPage(status: StatusView, open: readonly InteractionView[], look: Look): string {
  const counts = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ") || "none";
  const page = card([
    ["supervisor", `${status.version}, up ${ago(status.started_at, look.now).replace(" ago", "")}`],
    ["nodes", counts(status.nodes)],
    ["sessions", counts(status.sessions)],
    [
      "waiting for you",
      status.open_interactions === 0 ? "nothing" : `${status.open_interactions} (see: halctl interactions list)`,
    ],
    ["commands under way", String(status.commands_in_flight)],
    ...(status.stops_waiting === undefined || status.stops_waiting === 0
      ? []
      : [["stops that wait", `${status.stops_waiting} (see: halctl commands list)`] as const]),
    ["tokens", thousands(status.tokens)],
    ["cost", dollars(status.cost)],
    [
      "last event",
      status.last_event === null ? "-" : `${status.last_event.id}, ${ago(status.last_event.received_at, look.now)}`,
    ],
  ]);
  return open.length === 0 ? page : `${interactionTable(open, look)}\n${page}`;
}
