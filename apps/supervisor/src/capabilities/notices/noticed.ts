import type { EventView } from "@hal/protocol";
import { nodeById, sessionById } from "@hal/store/supervisor";
import { noticeText } from "@hal/words";
import type { Kernel } from "../../kernel.ts";
import type { MeasureName, RouteFacts } from "./domain/evaluate.ts";

/** More than that is left out of what a target is sent; whoever wants it asks for the event. */
const MOST_BYTES = 16_000;

/** An event with what people know its node and its session by. */
export interface Noticed {
  readonly event: EventView;
  readonly node: string | null;
  readonly title: string | null;
}

/** Looks up what an event is about. */
export async function noticedOf({ store }: Pick<Kernel, "store">, event: EventView): Promise<Noticed> {
  const { node_id: nodeId, session_id: sessionId } = event;
  if (nodeId === null) return { event, node: null, title: null };
  const node = await nodeById(store, nodeId);
  const session = sessionId === null ? undefined : await sessionById(store, nodeId, sessionId);
  return { event, node: node?.name ?? null, title: session?.title ?? null };
}

/** By what routes judge it. */
export function factsOf(
  { event, node, title }: Noticed,
  measures: Readonly<Partial<Record<MeasureName, number>>>,
): RouteFacts {
  const { type, node_id: nodeId, project, session_id: session, data } = event;
  return {
    type,
    fields: { node: [nodeId, node].filter((name) => name !== null), project, session, title },
    data: isFields(data) ? data : {},
    measures,
  };
}

/** What its target is sent: the event as `events.list` has it, in words as well. */
export function noticeData({ event, node, title }: Noticed): Readonly<Record<string, unknown>> {
  const { id, cursor, node_id, project, session_id, data } = event;
  const text = noticeText(event, { project, node });
  const about = { text, id, cursor, node_id, node, project, session_id, session_title: title };
  return Buffer.byteLength(JSON.stringify(data)) > MOST_BYTES
    ? { ...about, data: null, data_left_out: true }
    : { ...about, data };
}

export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
