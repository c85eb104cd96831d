import * as v from "valibot";
import { Opaque, table, Word } from "../bounds.ts";
import { ErrorBody } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { Traceparent } from "./node-reports.ts";

const CallId = v.pipe(v.string(), v.minLength(1), v.maxLength(64));

export const Call = v.object({
  type: v.literal("call"),
  id: CallId,
  operation: v.pipe(v.string(), v.maxLength(LIMITS.frameBytes)),
  input: v.optional(Opaque, {}),
  idempotencyKey: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(LIMITS.idempotencyKeyChars))),
  traceparent: v.optional(Traceparent),
});
export type Call = v.InferOutput<typeof Call>;

export const CancelCall = v.object({ type: v.literal("cancel"), id: CallId });

/** What an operator's client may send. Protocol §6. */
export const ControlRequest = v.variant("type", [Call, CancelCall]);
export type ControlRequest = v.InferOutput<typeof ControlRequest>;

const Meta = table(Opaque);

export const Reply = v.variant("ok", [
  v.object({
    type: v.literal("reply"),
    id: CallId,
    ok: v.literal(true),
    output: Opaque,
    meta: v.optional(Meta),
  }),
  v.object({ type: v.literal("reply"), id: CallId, ok: v.literal(false), error: ErrorBody }),
]);

/** One value of a streaming operation; `cursor` is where to resume after it, where it can be resumed. */
export const Item = v.object({
  type: v.literal("item"),
  id: CallId,
  cursor: v.optional(Word),
  item: Opaque,
});

/** The end of a stream, with the reason where it did not end by itself. */
export const End = v.object({ type: v.literal("end"), id: CallId, error: v.optional(ErrorBody) });

/** What a supervisor answers on the control channel. */
export const ControlResponse = v.union([Reply, Item, End]);
export type ControlResponse = v.InferOutput<typeof ControlResponse>;
