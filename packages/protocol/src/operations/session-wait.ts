import * as v from "valibot";
import { IntegerText, SessionRef } from "./fields.ts";
import { InteractionView } from "./interactions.ts";
import { operation } from "./operation.ts";
import { forPrograms } from "./references.ts";
import { MessageView, SessionStatus, type SessionView } from "./sessions.ts";

/** What a wait for a session may end with. */
export const WAIT_ENDS = ["idle", "error", "question", "permission"] as const;
export const WaitEnd = v.picklist(WAIT_ENDS);
export type WaitEnd = v.InferOutput<typeof WaitEnd>;

/** A session of which somebody waits for something. */
export const WaitView = v.object({
  session: v.string(),
  node_id: v.string(),
  status: SessionStatus,
  reason: v.string(),
  settled: v.pipe(
    v.nullable(WaitEnd),
    v.description("what it came to; null where the time was over before; `error` also of a session that has ended"),
  ),
  answer: v.pipe(
    v.nullable(MessageView),
    v.description("the last thing that the assistant said, in the session itself"),
  ),
  interaction: v.pipe(v.nullable(InteractionView), v.description("what waits for a person, also of a child session")),
});
export type WaitView = v.InferOutput<typeof WaitView>;

export const sessionsWait = operation({
  name: "sessions.wait",
  summary: "Wait until a session is idle, has failed, or waits for a person",
  role: "viewer",
  kind: "query",
  method: "GET",
  path: "/sessions/{ref}/wait",
  words: ["ref"],
  input: v.object({
    ref: SessionRef,
    for: v.optional(
      v.pipe(WaitEnd, v.description("wait for this alone, and through whatever else comes; a failure ends each wait")),
    ),
    wait_ms: v.optional(
      v.pipe(
        IntegerText,
        v.minValue(0),
        v.maxValue(600_000),
        v.description("how long one request waits; ask again where `settled` is null"),
        forPrograms(),
      ),
      30_000,
    ),
  }),
  output: WaitView,
});

/**
 * What a session has come to, of what somebody waits for; undefined where that is still to come. Nothing comes any more of one that
 * has failed or ended, so that ends each wait; one whose next prompt is about to be sent is not idle. `interactions` are the open
 * ones of the session and of its children.
 */
export function settled(
  { status, pending }: Pick<SessionView, "status" | "pending">,
  interactions: readonly Pick<InteractionView, "kind">[],
  end?: WaitEnd,
): WaitEnd | undefined {
  if (status === "error" || status === "ended") return "error";
  const isMeant = (one: WaitEnd): boolean => end === undefined || end === one;
  if (status === "idle") return isMeant("idle") && pending.every(({ held }) => held) ? "idle" : undefined;
  if (status !== "waiting") return undefined;
  return interactions.find(({ kind }) => isMeant(kind))?.kind;
}
