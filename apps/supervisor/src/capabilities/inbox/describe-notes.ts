import { inboxNotesOn, type SessionRow } from "@hal/store/supervisor";
import { duration } from "@hal/words";
import type { Context } from "./context.ts";
import { gatherItems } from "./gather-items.ts";
import { ownItem } from "./read-inbox.ts";

/** What somebody noted of an item of a session, in words, and when. */
export interface NoteStanding {
  readonly text: string;
  readonly at: number;
}

/** For whom an item of a root session is not in the inbox although it needs somebody, newest first. */
export async function notesOn(context: Context, session: SessionRow): Promise<NoteStanding[]> {
  const { store, clock } = context;
  const notes = inboxNotesOn(store, session.nodeId, session.id);
  if (notes.length === 0) return [];
  const { items } = await gatherItems(context, { finishedSince: 0, only: session });
  const now = clock.now();
  return notes.flatMap((note) => {
    const item = items.find(({ about, id }) => about === note.about && id === note.itemId);
    if (item === undefined) return [];
    const { state, until } = ownItem(item, note, now);
    if (state !== "snoozed" && state !== "acknowledged") return [];
    const what = item.about === "interaction" ? item.id : "it";
    const time = until === null ? "" : `for ${duration(Math.max(0, until - now))}, or `;
    const text = `${note.actor} ${state} ${what}, and does not see it in the inbox ${time}until it moves`;
    return [{ text, at: note.createdAt }];
  });
}
