import { type EventView, HalError, type OperationInput } from "@hal/protocol";
import { setTimeout as delay } from "node:timers/promises";
import type { Session } from "../session.ts";

const RETRY_MS = [500, 1_000, 2_000, 5_000] as const;

/** Events from a cursor on, or from now on; goes on behind the last one when the supervisor comes back. */
export async function* followEvents(
  session: Session,
  filter: OperationInput<"events.stream">,
  signal: AbortSignal,
): AsyncGenerator<EventView> {
  let after = filter.after ?? (await currentCursor(session));
  let failures = 0;
  while (!signal.aborted) {
    try {
      const input = { ...filter, after };
      for await (const { item, cursor } of session.client.stream("events.stream", input, { signal })) {
        failures = 0;
        after = cursor ?? after;
        yield item;
      }
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof HalError) || error.code !== "unreachable") throw error;
      if (failures === 0) session.terminal.err.write(`halctl: ${error.message}; waiting for it to come back\n`);
      await delay(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)], undefined, { signal }).catch(() => undefined);
      failures += 1;
    }
  }
}

/** Where the log ends now; what is asked for after this call comes behind it. */
export async function currentCursor({ client }: Session): Promise<string> {
  const { output } = await client.call("status.get", {});
  return `${output.log_id}:${output.last_event?.id ?? 0}`;
}
