import type { HalEvent } from "@hal/protocol";

/**
 * Events that are told together, without those that a later one of them makes out of date: a message is told as it is
 * at the end, and so is what a session is. A history that is read again must not tell what it was in between.
 */
export function collapse(events: readonly HalEvent[]): HalEvent[] {
  const newest = new Map<string, HalEvent>();
  const isNew = events.some(({ type }) => type === "session.started");
  for (const event of events) {
    const subject = subjectOf(event);
    if (subject !== undefined) newest.set(subject, event);
  }
  const told = new Set<string>();
  return events.flatMap((event) => {
    const subject = subjectOf(event);
    if (subject === undefined) return [event];
    const last = newest.get(subject) ?? event;
    // what a new session is comes first, so that nothing is told of a session that nobody knows; a message when it was final
    if (subject === FACTS && isNew ? told.has(subject) : last !== event) return [];
    told.add(subject);
    return [{ ...last, type: event.type } as HalEvent];
  });
}

const FACTS = "facts";

function subjectOf(event: HalEvent): string | undefined {
  switch (event.type) {
    case "session.message":
      return `message ${event.data.messageId}`;
    case "session.started":
    case "session.updated":
      return FACTS;
    default:
      return undefined;
  }
}
