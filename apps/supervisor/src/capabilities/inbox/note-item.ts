import { HalError, type InboxItemView, type ParsedInput } from "@hal/protocol";
import { dropInboxNote, inboxNotesBy, type InboxNoteRow, keepInboxNote } from "@hal/store/supervisor";
import { duration } from "@hal/words";
import type { Caller } from "../../operations/handler.ts";
import { idempotencyOf, keyWasUsed } from "../../operations/idempotency.ts";
import type { Context } from "./context.ts";
import { describeItems } from "./describe-items.ts";
import { MOST_SNOOZE_MS } from "./domain/notes.ts";
import type { FoundItem } from "./gather-items.ts";
import { type OwnInbox, ownItem, readInbox } from "./read-inbox.ts";
import { resolveItem } from "./resolve-item.ts";

/** Puts an item off for whoever asks. */
export function snooze(
  context: Context,
  { item, for_ms: forMs }: ParsedInput<"inbox.snooze">,
  caller: Caller,
): Promise<InboxItemView> {
  return noteItem(context, item, caller, (found, now) => {
    if (found.about === "interaction") checkSnooze(found.id, forMs);
    return { kind: "snoozed", until: forMs === undefined ? null : now + forMs };
  });
}

/** Takes an item out for whoever asks; what waits for an answer stays. */
export function acknowledge(
  context: Context,
  { item }: ParsedInput<"inbox.acknowledge">,
  caller: Caller,
): Promise<InboxItemView> {
  return noteItem(context, item, caller, (found) => {
    if (found.about === "interaction")
      throw new HalError("conflict", `${found.id} waits for an answer: ${wayOut(found.id)}`);
    return { kind: "acknowledged", until: null };
  });
}

function checkSnooze(id: string, forMs: number | undefined): void {
  if (forMs === undefined)
    throw new HalError("bad_request", `${id} waits for an answer, and is put off for a time: ${wayOut(id)}`);
  if (forMs > MOST_SNOOZE_MS)
    throw new HalError(
      "bad_request",
      `${id} waits for an answer, and is put off for ${duration(MOST_SNOOZE_MS)} at most`,
    );
}

function wayOut(id: string): string {
  return `see halctl interactions get ${id}, or halctl inbox snooze ${id} --for 30m`;
}

async function noteItem(
  context: Context,
  ref: string,
  caller: Caller,
  noteOf: (found: FoundItem, now: number) => Pick<InboxNoteRow, "kind" | "until">,
): Promise<InboxItemView> {
  const { clock, store } = context;
  const own = await readInbox(context, { actor: caller.actor });
  const { item } = await resolveItem(context, own, ref);
  const now = clock.now();
  const { about, nodeId, id: itemId, rootSessionId: sessionId, footing } = item;
  const note = {
    actor: caller.actor,
    nodeId,
    about,
    itemId,
    sessionId,
    footing,
    createdAt: now,
    ...noteOf(item, now),
  };
  const kept = await keepInboxNote(store, note, idempotencyOf(caller));
  if (kept.kind === "conflict") throw keyWasUsed();
  return shown(context, item, own);
}

/** Takes back what whoever asks noted of an item. */
export async function reopen(
  context: Context,
  { item: ref }: ParsedInput<"inbox.reopen">,
  { actor }: Caller,
): Promise<InboxItemView> {
  const own = await readInbox(context, { actor });
  const { item } = await resolveItem(context, own, ref);
  await dropInboxNote(context.store, { actor, nodeId: item.nodeId, about: item.about, itemId: item.id });
  return shown(context, item, own);
}

/** An item as it is for its reader now. */
async function shown(context: Context, item: FoundItem, { actor, nodes }: OwnInbox): Promise<InboxItemView> {
  const note = inboxNotesBy(context.store, actor).find(
    ({ nodeId, about, itemId }) => nodeId === item.nodeId && about === item.about && itemId === item.id,
  );
  const [view] = await describeItems(context, [ownItem(item, note, context.clock.now())], nodes);
  if (view === undefined) throw new HalError("not_found", `${item.id} is not in the inbox any more`);
  return view;
}
