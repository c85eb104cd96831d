/** What somebody noted of an item, for as long as it does not move. */
export interface Note {
  readonly kind: "snoozed" | "acknowledged";
  /** for which time of all it was meant */
  readonly footing: string;
  /** null where it counts until the item moves */
  readonly until: number | null;
}

/** As much of an item as says whether a note of it counts. */
export interface Notable {
  readonly about: "interaction" | "session" | "schedule" | "project" | "budget";
  readonly footing: string;
}

/** A question is put off for so long at most, and never for good: it waits for an answer. */
export const MOST_SNOOZE_MS = 7 * 86_400_000;

export type NotedState = "open" | "snoozed" | "acknowledged";

/** How an item stands for whoever noted something of it. Whatever is stored, a question comes back. Pure. */
export function notedState({ about, footing }: Notable, note: Note | undefined, now: number): NotedState {
  if (note === undefined || note.footing !== footing) return "open";
  const { kind, until } = note;
  const isBounded = kind === "snoozed" && until !== null && until - now <= MOST_SNOOZE_MS;
  if (about === "interaction" && !isBounded) return "open";
  return until !== null && until <= now ? "open" : kind;
}
