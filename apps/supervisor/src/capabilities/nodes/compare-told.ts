import { LIMITS, type Told } from "@hal/protocol";
import { foldedAt } from "@hal/store/supervisor";
import type { Context } from "./context.ts";
import type { Compared } from "./domain/differences.ts";
import { type Difference, toldDifferences } from "./domain/told-differences.ts";
import type { AgentLink } from "./link.ts";

/**
 * Compares what an agent told last of its sessions with what the log made of it. A difference is said once, kept for
 * whoever asks, and the agent is asked to tell it once more; a picture of another moment says nothing (protocol §4.11).
 * Returns whether it was of this moment.
 */
export async function compareTold(context: Context, link: AgentLink, told: Told): Promise<boolean> {
  try {
    const found = await differencesAt(context, link, told);
    if (found !== undefined) tellDifferences(context, link, found);
    return found !== undefined;
  } catch (error) {
    context.log.error({ error, node: link.nodeId }, "what an agent told could not be compared with the log");
    return false;
  }
}

async function differencesAt(
  { store }: Context,
  { nodeId }: AgentLink,
  told: Told,
): Promise<readonly Difference[] | undefined> {
  const { epoch, seq, sessions, ended = [], cut: onlyNamed } = told;
  const named = [...sessions, ...ended].map(({ id }) => id);
  const held = await foldedAt(store, { nodeId, epoch, seq, named, onlyNamed });
  return held === undefined ? undefined : toldDifferences(told, held);
}

function tellDifferences(context: Context, link: AgentLink, found: readonly Difference[]): void {
  const { clock, differences } = context;
  const compared = differences.update(link.nodeId, found, { now: clock.now(), monotonicMs: clock.monotonic() });
  say(context, link.nodeId, compared);
  if (compared.retell.length > 0) link.send({ type: "retell", sessions: compared.retell.map(asAsked) });
}

function say({ log }: Context, node: string, { fresh, gone }: Compared): void {
  for (const { sessionId: session, text: difference } of fresh)
    log.warn({ node, session, difference }, "the log differs from what an agent told");
  for (const session of gone) log.info({ node, session }, "the log says again what its agent told");
}

function asAsked({ sessionId: id, open }: Difference) {
  return { id, open: open.slice(0, LIMITS.retoldRequests) };
}
