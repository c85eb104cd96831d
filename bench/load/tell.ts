import type { FleetLink } from "./fleet-link.ts";

/** An event of a session, as an agent tells it. */
export interface Said {
  readonly type: string;
  readonly session: string;
  readonly data: object;
}

/** Tells events in one frame, and waits until they are acknowledged. */
export async function tell(link: FleetLink, said: readonly Said[]): Promise<void> {
  const at = Date.now();
  const told = said.map(({ type, session, data }) => {
    link.lastSeq += 1;
    return { seq: link.lastSeq, at, type, project: "bench", session, data };
  });
  const acknowledged = Promise.withResolvers<void>();
  link.onAck = (seq) => {
    if (seq >= link.lastSeq) acknowledged.resolve();
  };
  link.sendEvents(told);
  await acknowledged.promise;
}

/** A prompt, the turn that it begins, and, where that is over, its end. */
export function turnOf(session: string, { isOver }: { readonly isOver: boolean }): Said[] {
  const at = Date.now();
  const prompt = { messageId: `msg_${session}`, role: "user", state: "complete", text: "do it", createdAt: at };
  const begun = [
    { type: "session.message", session, data: prompt },
    { type: "session.busy", session, data: {} },
  ];
  return isOver ? [...begun, { type: "session.idle", session, data: { turn: "finished" } }] : begun;
}
