import type { Message } from "@hal/channels";
import type {
  CostReport,
  MessageView,
  NodeView,
  OperationOutput,
  SessionView,
  StatusView,
  WhyView,
} from "@hal/protocol";
import { cutText } from "@hal/protocol/text";
import { byAttention, dollars, fullness, periodSummary, statusText, thousands } from "@hal/words";
import { costMessage } from "../capabilities/notices/compose/cost-message.ts";

const MOST_ROWS = 20;
const MOST_CELL = 60;

/** Columns, each as wide as what stands in it, and how many more there are. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const shown = [head, ...rows.slice(0, MOST_ROWS)].map((row) => row.map(cell));
  const widths = head.map((_, column) => Math.max(...shown.map((row) => row[column]?.length ?? 0)));
  const lines = shown.map((row) =>
    row
      .map((text, column) => text.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const more = rows.length - MOST_ROWS;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join("\n");
}

function cell(text: string): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return cutText(line, MOST_CELL);
}

function counted(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? "none" : some.map(([name, count]) => `${count} ${name}`).join(", ");
}

/** The fleet in one message. */
export function showStatus({
  nodes,
  sessions,
  open_interactions: open,
  cost,
  tokens,
  holds = [],
}: StatusView): Message {
  return {
    title:
      open === 0
        ? "Nothing waits for a person"
        : `${open} ${open === 1 ? "question waits" : "questions wait"} for a person`,
    tone: open > 0 || (nodes["offline"] ?? 0) > 0 || (sessions["error"] ?? 0) > 0 ? "warn" : "good",
    fields: [
      { name: "Nodes", value: counted(nodes), isShort: true },
      { name: "Sessions", value: counted(sessions), isShort: true },
      { name: "Cost", value: `${dollars(cost)}, ${thousands(tokens)} tokens`, isShort: true },
      ...(holds.length === 0 ? [] : [{ name: "Held", value: String(holds.length), isShort: true }]),
    ],
  };
}

export function showNodes(nodes: readonly NodeView[]): Message {
  if (nodes.length === 0) return { title: "No node has come yet", tone: "neutral" };
  const away = nodes.filter(({ status }) => status !== "online").length;
  return {
    title: away === 0 ? `All ${nodes.length} nodes are online` : `${away} of ${nodes.length} nodes are not online`,
    tone: away === 0 ? "good" : "warn",
    code: table(
      ["NODE", "STATUS", "PROJECTS"],
      nodes.map((node) => [node.name, statusText(node), String(node.projects.length)]),
    ),
  };
}

export function showSessions(sessions: readonly SessionView[]): Message {
  if (sessions.length === 0) return { title: "There are no sessions", tone: "neutral" };
  return {
    title: `${sessions.length} sessions, those first that need somebody`,
    tone: "neutral",
    code: table(
      ["PROJECT", "NODE", "CONTEXT", "COST", "STATUS"],
      byAttention(sessions).map((session) => [
        session.project,
        session.node,
        fullness(session.context),
        dollars(session.tree_cost),
        session.reason,
      ]),
    ),
  };
}

export function showInbox({ items }: OperationOutput<"inbox.list">): Message {
  if (items.length === 0) return { title: "Nothing needs a person", tone: "good" };
  return {
    title: `${items.length} ${items.length === 1 ? "thing needs" : "things need"} a person`,
    tone: "warn",
    code: table(
      ["TIER", "PROJECT", "NODE", "WHAT"],
      items.map(({ tier, project, node, reason }) => [tier, project ?? "-", node ?? "-", reason]),
    ),
  };
}

export function showWhy({ subject, status, answer, findings, next }: WhyView): Message {
  const lines = findings.map(({ text }) => `• ${text}`);
  const steps = next.map(({ command, purpose }) => `${command}  (${purpose})`);
  return {
    title: `${subject.name} is ${status}: ${answer}`,
    tone: "neutral",
    ...(lines.length === 0 ? {} : { text: lines.join("\n") }),
    ...(steps.length === 0 ? {} : { code: steps.join("\n") }),
  };
}

export function showMessages(messages: readonly MessageView[]): Message {
  if (messages.length === 0) return { title: "Nothing was said yet", tone: "neutral" };
  const text = messages.map(({ role, text: said }) => `${role}: ${said}`).join("\n\n");
  return { title: `The newest ${messages.length} messages`, tone: "neutral", code: text };
}

export function showStopped({ sessions, unknown }: OperationOutput<"sessions.stopAll">): Message {
  const left = sessions.filter(({ stopped }) => !stopped);
  const lines = [
    ...left.map(({ project, node, reason }) => `${project} on ${node}: ${reason}`),
    ...unknown.map(({ project, node, reason }) => `${project ?? "what is"} on ${node} is not known: ${reason}`),
  ];
  const count = sessions.length - left.length;
  return {
    title: `${count} of ${sessions.length} sessions that were at work are stopped`,
    tone: lines.length === 0 ? "good" : "bad",
    ...(lines.length === 0 ? {} : { text: lines.join("\n") }),
  };
}

export function showCost(report: CostReport): Message {
  const { period, total_cost_usd: cost, total_tokens: tokens, by_model: models, note } = report;
  if (period !== "today") return costMessage(periodSummary(report), note);
  return {
    title: `${dollars(cost)} today, ${thousands(tokens)} tokens`,
    tone: "neutral",
    ...(models.length === 0
      ? {}
      : {
          code: table(
            ["MODEL", "TOKENS", "COST"],
            models.map((one) => [`${one.provider}/${one.model}`, thousands(one.tokens), dollars(one.cost_usd)]),
          ),
        }),
    footer: note,
  };
}
