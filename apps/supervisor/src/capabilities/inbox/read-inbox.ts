import type { InboxItemView } from "@hal/protocol";
import { inboxLookBy, inboxNotesBy, type InboxNoteRow } from "@hal/store/supervisor";
import type { KnownNode } from "../nodes/node-statuses.ts";
import type { Context } from "./context.ts";
import { notedState } from "./domain/notes.ts";
import { type FoundItem, gatherItems } from "./gather-items.ts";

/** An item as it is for one actor. */
export interface OwnItem {
  readonly item: FoundItem;
  readonly state: InboxItemView["state"];
  /** when one that is snoozed is back at the latest; null where that is when it moves */
  readonly until: number | null;
}

/** The inbox as it is for one actor, in no order. */
export interface OwnInbox {
  readonly actor: string;
  readonly items: readonly OwnItem[];
  readonly nodes: ReadonlyMap<string, KnownNode>;
  readonly finishedSince: number;
  readonly lastLook: number | undefined;
}

/** What finished longer ago is not shown to somebody who has not looked yet. */
const FIRST_LOOK_MS = 24 * 3_600_000;

/**
 * What was received may wait for its commit while somebody looks: what finished so shortly before a look is shown once more, so
 * that nobody misses it.
 */
const LOOK_SLACK_MS = 5_000;

/** Reads what needs somebody, as far as this actor has not noted otherwise; `since` takes the place of the last look. */
export async function readInbox(context: Context, actor: string, since: number | undefined): Promise<OwnInbox> {
  const now = context.clock.now();
  const lastLook = lastLookOf(context, actor);
  const lookedSince = lastLook === undefined ? now - FIRST_LOOK_MS : Math.max(0, lastLook - LOOK_SLACK_MS);
  const finishedSince = since ?? lookedSince;
  const { items, nodes } = await gatherItems(context, { finishedSince });
  const notes = new Map(inboxNotesBy(context.store, actor).map((note) => [placeOf(note), note]));
  return {
    actor,
    items: items.map((item) => ownItem(item, notes.get(noteKey(item)), now)),
    nodes,
    finishedSince,
    lastLook,
  };
}

/** When an actor looked last; a clock that was set back hides nothing that finishes from now on. */
export function lastLookOf({ store, clock }: Context, actor: string): number | undefined {
  const at = inboxLookBy(store, actor);
  return at === undefined ? undefined : Math.min(at, clock.now());
}

/** How an item stands for whoever noted that of it. */
export function ownItem(item: FoundItem, note: InboxNoteRow | undefined, now: number): OwnItem {
  if (item.about === "interaction" && item.isAnswered) return { item, state: "answered", until: null };
  const state = notedState(item, note, now);
  return { item, state, until: state === "open" ? null : (note?.until ?? null) };
}

function noteKey({ nodeId, about, id }: FoundItem): string {
  return `${nodeId}/${about}/${id}`;
}

function placeOf({ nodeId, about, itemId }: InboxNoteRow): string {
  return `${nodeId}/${about}/${itemId}`;
}
