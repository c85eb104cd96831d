import { HalError, type WatchItem } from "@hal/protocol";
import type { Session } from "../../../session.ts";
import { Outage } from "../../../live/follow-events.ts";

/**
 * The text of a session as it is written; begins anew when the supervisor comes back, with all that is there then.
 * Whoever follows events beside it tells of the outage.
 */
export async function* followWatch(session: Session, ref: string, signal: AbortSignal): AsyncGenerator<WatchItem> {
  const outage = new Outage(session, signal, false);
  while (!signal.aborted) {
    try {
      for await (const { item } of session.client.stream("sessions.watch", { ref }, { signal })) {
        outage.isOver();
        yield item;
      }
      if (!signal.aborted) await outage.wait(new HalError("unreachable", "the supervisor ended the stream"));
    } catch (error) {
      await outage.wait(error);
    }
  }
}
