import { createHash } from "node:crypto";
import { HalError } from "@hal/protocol";
import type { IdempotencyKey } from "@hal/store/supervisor";
import type { Caller } from "./handler.ts";

/** What a repeated request of this actor is known by. */
export function idempotencyOf(
  caller: Pick<Caller, "actor" | "operation" | "rawInput" | "idempotencyKey">,
): IdempotencyKey | undefined {
  if (caller.idempotencyKey === undefined) return undefined;
  const payload = JSON.stringify([caller.operation, caller.rawInput]);
  return {
    actor: caller.actor,
    key: caller.idempotencyKey,
    payloadHash: createHash("sha256").update(payload).digest("hex"),
  };
}

/** A key stands for one request: whoever means another one takes another key. */
export function keyWasUsed(): HalError {
  return new HalError("conflict", "this idempotency key was used for another request; take a new one");
}
