import type { EventData } from "@hal/protocol";
import { type InteractionRow, listInteractions, type SessionRow } from "@hal/store/supervisor";
import { answersGiven } from "../commands/acts-under-way.ts";
import { expiryOf } from "../interactions/describe-interactions.ts";
import { EXPIRY } from "../interactions/domain/expires.ts";
import { answerText } from "../interactions/views.ts";
import type { Context } from "./context.ts";
import type { OpenInteraction, WhyFacts } from "./domain/facts.ts";

/** So many are told of. */
const RECENT = 5;

/** What waits for a person, with what is on its way. */
export async function openOnes(context: Context, rows: readonly InteractionRow[]): Promise<OpenInteraction[]> {
  const shown = rows.slice(0, RECENT);
  const answers = await answersGiven(context, shown);
  return shown.map((row, index) => {
    const { id, kind, sessionId, askedAt } = row;
    const { summary } = row.data as EventData<"interaction.asked">;
    const answer = answers[index];
    return {
      id,
      kind,
      sessionId,
      askedAt,
      summary: [summary, answer && answerText(answer), expiryOf(context, row)?.text].filter(Boolean).join("; "),
    };
  });
}

/** The newest answer that no person gave, among the last ones. */
export async function unaskedIn({ store }: Context, { nodeId, id }: SessionRow): Promise<WhyFacts["unasked"]> {
  const session = { nodeId, id };
  const answered = await listInteractions(store, { state: "answered", session, limit: RECENT });
  const row = answered.find(({ rule, answeredBy }) => rule !== null || answeredBy === EXPIRY);
  if (row === undefined) return undefined;
  const { summary } = row.data as EventData<"interaction.asked">;
  return { summary, reason: row.stateReason, at: row.closedAt ?? row.askedAt };
}
