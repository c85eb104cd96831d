import * as v from "valibot";
import { Count, LongText, Text, Word } from "../bounds.ts";

/**
 * What the live lane says of a part of a message in progress (protocol §2). `text` stands at `offset` of the part;
 * one at 0 takes the place of what was there. Metadata comes with each piece; a `message` stands for the message itself.
 */
export const LIVE_PIECE = {
  kind: v.picklist(["message", "text", "reasoning", "tool"]),
  messageId: Word,
  /** the message's own id for a `message` */
  partId: Word,
  offset: v.optional(Count, 0),
  text: v.optional(LongText, ""),
  /** nothing more comes of it */
  end: v.optional(v.boolean(), false),
  /** not the whole text: its beginning is not known, or it is above the limit */
  cut: v.optional(v.boolean(), false),
  /** `provider/model` of a `message` */
  model: v.optional(Word),
  tool: v.optional(Word),
  title: v.optional(Text),
  status: v.optional(Word),
} as const;

const LivePiece = v.object(LIVE_PIECE);
export type LivePiece = v.InferOutput<typeof LivePiece>;
