import type { InteractionView } from "@hal/protocol";
import { type InteractionRow, prompterOfSession } from "@hal/store/supervisor";
import { answersGiven } from "../commands/acts-under-way.ts";
import type { Context } from "./context.ts";
import { expiresAt, expiryText } from "./domain/expires.ts";
import { interactionView } from "./views.ts";

/** Interactions as people see them: with the answers that are on their way, and for whom each session works. */
export async function describeInteractions(
  context: Context,
  rows: readonly InteractionRow[],
): Promise<InteractionView[]> {
  const answers = await answersGiven(context, rows);
  const owners = new Map<string, string | undefined>();
  const ownerOf = ({ nodeId, rootSessionId }: InteractionRow): string | undefined => {
    const key = `${nodeId}/${rootSessionId}`;
    if (!owners.has(key)) owners.set(key, prompterOfSession(context.store, nodeId, rootSessionId));
    return owners.get(key);
  };
  return rows.map((row, index) =>
    interactionView(row, { answer: answers[index], owner: ownerOf(row), expiry: expiryOf(context, row) }),
  );
}

/** When it is denied, and what keeps it from that; undefined where it never is. */
export function expiryOf(
  { clock, expiryMs, links }: Context,
  row: InteractionRow,
): { readonly at: number; readonly text: string } | undefined {
  const at = expiresAt(row, expiryMs());
  if (at === undefined) return undefined;
  return { at, text: expiryText(at, clock.now(), links.get(row.nodeId) === undefined) };
}
