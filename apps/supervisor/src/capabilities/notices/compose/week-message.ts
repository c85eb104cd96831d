import type { Message } from "@hal/channels";
import { costSummary, type DaysSpent } from "@hal/words";

/** What a week cost: a section for each provider with its models, the total, and what a day cost on average. */
export function weekMessage(spent: DaysSpent, at: number): Message {
  const { title, sections, total, average, note } = costSummary(spent);
  const { first_day: from, last_day: to } = spent;
  return {
    title,
    tone: "neutral",
    ...(note === "" ? {} : { text: note }),
    fields: [
      ...sections.map(({ name, lines }) => ({ name, value: lines.join("\n") })),
      { name: "Total", value: total, isShort: true },
      { name: "Daily average", value: average, isShort: true },
    ],
    footer: `All of it: halctl cost --from ${from} --to ${to} --by provider,model`,
    at,
  };
}
