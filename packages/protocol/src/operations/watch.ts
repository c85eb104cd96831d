import * as v from "valibot";
import { Figure } from "../bounds.ts";
import type { LivePiece } from "../live/live-piece.ts";
import { SessionRef } from "./fields.ts";
import { operation } from "./operation.ts";

const Place = { message_id: v.string(), end: v.boolean() };

/** What a watcher gets: whether text can come, and pieces of the messages in progress. Protocol §10. */
export const WatchItem = v.variant("kind", [
  v.object({
    kind: v.literal("lane"),
    open: v.pipe(v.boolean(), v.description("text comes as it is written; false while it cannot")),
    reason: v.string(),
  }),
  /** an answer begins, and with `end` is final */
  v.object({ kind: v.literal("message"), ...Place, model: v.nullable(v.string()) }),
  v.object({
    kind: v.picklist(["text", "reasoning"]),
    ...Place,
    part_id: v.string(),
    offset: v.pipe(Figure, v.description("where `text` belongs in the part; 0 takes the place of what was there")),
    text: v.string(),
    cut: v.pipe(
      v.boolean(),
      v.description(
        "its beginning is not known, or it is above the limit; the log has it whole when the message is final",
      ),
    ),
  }),
  v.object({
    kind: v.literal("tool"),
    ...Place,
    part_id: v.string(),
    tool: v.string(),
    title: v.string(),
    status: v.string(),
  }),
]);
export type WatchItem = v.InferOutput<typeof WatchItem>;

export const sessionsWatch = operation({
  name: "sessions.watch",
  summary: "The text of a session as it is written: best effort, stored nowhere",
  role: "viewer",
  kind: "stream",
  method: "GET",
  path: "/sessions/{ref}/watch",
  words: ["ref"],
  input: v.object({ ref: SessionRef }),
  output: WatchItem,
});

/** A piece as watchers see it. */
export function watchItemOf(piece: LivePiece): WatchItem {
  const { kind, messageId, partId, offset, text, end, cut } = piece;
  const place = { message_id: messageId, end };
  switch (kind) {
    case "message":
      return { kind, ...place, model: piece.model ?? null };
    case "tool":
      return {
        kind,
        ...place,
        part_id: partId,
        tool: piece.tool ?? "?",
        title: piece.title ?? "",
        status: piece.status ?? "?",
      };
    default:
      return { kind, ...place, part_id: partId, offset, text, cut };
  }
}

/** What a watcher lays into a LiveText of its own; undefined for what says something of the lane. */
export function livePieceOf(item: WatchItem): LivePiece | undefined {
  if (item.kind === "lane") return undefined;
  const { kind, message_id: messageId, end } = item;
  const bare = { kind, messageId, end, offset: 0, text: "", cut: false };
  switch (item.kind) {
    case "message":
      return { ...bare, partId: messageId, ...(item.model === null ? {} : { model: item.model }) };
    case "tool":
      return { ...bare, partId: item.part_id, tool: item.tool, title: item.title, status: item.status };
    default:
      return { ...bare, partId: item.part_id, offset: item.offset, text: item.text, cut: item.cut };
  }
}
