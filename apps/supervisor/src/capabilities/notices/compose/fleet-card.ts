import type { Field, Message, Tone } from "@hal/channels";
import type { SessionView } from "@hal/protocol";
import { byAttention, dollars, fullness } from "@hal/words";
import type { Composed } from "../../channels/composer.ts";

const MOST_SESSIONS = 20;
const MOST_NODES = 15;

/** A session with what it spent today. */
export interface FleetSession extends Pick<SessionView, "id" | "project" | "node" | "status" | "health" | "context"> {
  /** with its child sessions, in dollars */
  readonly spentToday: number;
}

/** The fleet as it is shown. No length of time is among it, since that would grow old. */
export interface ShownFleet {
  readonly nodes: readonly { readonly name: string; readonly status: "online" | "degraded" | "offline" }[];
  /** those that are active or failed */
  readonly sessions: readonly FleetSession[];
  /** what waits for a person */
  readonly openInteractions: number;
  /** in dollars */
  readonly spentToday: number;
  /** by whose clock it is today */
  readonly timeZone: string;
  readonly isHeld: boolean;
}

/** The fleet in one message, which is never over. */
export function fleetCard(fleet: ShownFleet): Composed {
  const { nodes, sessions, spentToday, timeZone, isHeld } = fleet;
  const ordered = byAttention(
    sessions.toSorted((one, other) => (`${one.project}/${one.id}` < `${other.project}/${other.id}` ? -1 : 1)),
  );
  const more = ordered.length - MOST_SESSIONS;
  const lines = [
    ...ordered.slice(0, MOST_SESSIONS).map(sessionLine),
    ...(more > 0 ? [`and ${more} more: halctl sessions list`] : []),
  ];
  const fields: Field[] = [
    { name: "Nodes", value: nodesText(nodes) },
    { name: "Sessions", value: countsText(sessions), isShort: true },
    { name: `Today (${timeZone})`, value: dollars(spentToday), isShort: true },
    ...(isHeld ? [{ name: "Held", value: "nothing begins in a part of it: halctl holds list", isShort: true }] : []),
  ];
  const message: Message = {
    title: titleOf(fleet),
    tone: toneOf(fleet),
    ...(lines.length === 0 ? {} : { text: lines.join("\n") }),
    fields,
    footer: "This message is kept as things are.",
  };
  return { message, isOver: false };
}

function titleOf({ nodes, sessions, openInteractions }: ShownFleet): string {
  const away = nodes.filter(({ status }) => status === "offline").length;
  const failed = sessions.filter(({ status }) => status === "error").length;
  const stuck = sessions.filter(isStuck).length;
  const parts = [
    ...(openInteractions === 0 ? [] : [counted(openInteractions, "question waits", "questions wait")]),
    ...(failed === 0 ? [] : [counted(failed, "session failed", "sessions failed")]),
    ...(stuck === 0 ? [] : [counted(stuck, "session does not get on", "sessions do not get on")]),
    ...(away === 0 ? [] : [counted(away, "node is offline", "nodes are offline")]),
  ];
  return `The fleet: ${parts.length === 0 ? "nothing needs a person" : parts.join(", ")}`;
}

function toneOf({ nodes, sessions, openInteractions }: ShownFleet): Tone {
  if (nodes.some(({ status }) => status === "offline") || sessions.some(({ status }) => status === "error"))
    return "bad";
  const isWell = openInteractions === 0 && !sessions.some(isStuck) && nodes.every(({ status }) => status === "online");
  return isWell ? "good" : "warn";
}

/** Such as `🟢 web — ctx 42 %, $3.20 today — busy — box`. */
function sessionLine(session: FleetSession): string {
  const { project, context, spentToday, status, node } = session;
  const full = fullness(context);
  const does = isStuck(session) ? `${status}, does not get on` : status;
  const figures = [
    ...(full === "-" ? [] : [`ctx ${full}`]),
    ...(spentToday === 0 ? [] : [`${dollars(spentToday)} today`]),
  ];
  const parts = [project, ...(figures.length === 0 ? [] : [figures.join(", ")]), does, node];
  return `${isStuck(session) ? "🟡" : SIGNS[status]} ${parts.join(" — ")}`;
}

const SIGNS: Readonly<Record<SessionView["status"], string>> = {
  starting: "🟢",
  busy: "🟢",
  idle: "⚪",
  waiting: "🟡",
  retrying: "🟡",
  error: "🔴",
  unreachable: "🔴",
  ended: "⚪",
};

function isStuck({ status, health }: FleetSession): boolean {
  return status !== "error" && health.length > 0;
}

/** Each with its state; of many those that are not well, and how many there are. */
function nodesText(nodes: ShownFleet["nodes"]): string {
  if (nodes.length === 0) return "none has come yet";
  const ordered = nodes.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  if (ordered.length <= MOST_NODES) return ordered.map(({ name, status }) => `${name} ${status}`).join(", ");
  const unwell = ordered.filter(({ status }) => status !== "online");
  const shown = unwell.slice(0, MOST_NODES).map(({ name, status }) => `${name} ${status}`);
  const more = unwell.length - shown.length;
  return [
    `${ordered.length - unwell.length} of ${ordered.length} online`,
    ...shown,
    ...(more > 0 ? [`${more} more`] : []),
  ].join(", ");
}

function countsText(sessions: readonly FleetSession[]): string {
  const kinds = [
    ["at work", ["starting", "busy", "retrying"]],
    ["waiting for a person", ["waiting"]],
    ["failed", ["error"]],
    ["out of reach", ["unreachable"]],
  ] as const;
  const counts = kinds.flatMap(([name, statuses]) => {
    const count = sessions.filter(({ status }) => (statuses as readonly string[]).includes(status)).length;
    return count === 0 ? [] : [`${count} ${name}`];
  });
  return counts.length === 0 ? "none at work" : counts.join(", ");
}

function counted(count: number, one: string, several: string): string {
  return `${count} ${count === 1 ? one : several}`;
}
