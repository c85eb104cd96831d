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
  /** how many finished that are not among them: all of those are open */
  readonly moreFinished: number;
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

export interface InboxQuery {
  readonly actor: string;
  /** takes the place of the last look */
  readonly since?: number | undefined;
  /** only of this project */
  readonly project?: string | undefined;
  /** of what finished so many of the newest; without it all */
  readonly most?: number | undefined;
}

/** Reads what needs somebody, as far as this actor has not noted otherwise. */
export async function readInbox(context: Context, { actor, since, project, most }: InboxQuery): Promise<OwnInbox> {
  const now = context.clock.now();
  const lastLook = lastLookOf(context, actor);
  const lookedSince = lastLook === undefined ? now - FIRST_LOOK_MS : Math.max(0, lastLook - LOOK_SLACK_MS);
  const finishedSince = since ?? lookedSince;
  const notes = new Map(inboxNotesBy(context.store, actor).map((note) => [placeOf(note), note]));
  const noted = [...notes.values()].flatMap(({ about, nodeId, itemId }) =>
    about === "session" ? [`${nodeId}/${itemId}`] : [],
  );
  const newest = most === undefined ? undefined : { most: most + noted.length, besides: noted };
  const { items, moreFinished, nodes } = await gatherItems(context, { finishedSince, project, newest });
  const meant = items.filter((item) => project === undefined || item.project === project);
  return {
    actor,
    items: meant.map((item) => ownItem(item, notes.get(noteKey(item)), now)),
    moreFinished,
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
