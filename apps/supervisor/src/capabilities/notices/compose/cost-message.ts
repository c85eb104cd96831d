import type { Message } from "@hal/channels";
import { costSummary, type CostSummary, type DaysSpent } from "@hal/words";

/** What a week cost, as it is told by itself. */
export function weekMessage(spent: DaysSpent, at: number): Message {
  const { first_day: from, last_day: to } = spent;
  const footer = `All of it: halctl cost --from ${from} --to ${to} --by provider,model`;
  return { ...costMessage(costSummary(spent), footer), at };
}

/** What some days cost: a section for each provider with its models, the total, and what a day cost on average. */
export function costMessage({ title, sections, total, average, note }: CostSummary, footer: string): Message {
  return {
    title,
    tone: "neutral",
    ...(note === "" ? {} : { text: note }),
    fields: [
      ...sections.map(({ name, lines }) => ({ name, value: lines.join("\n") })),
      { name: "Total", value: total, isShort: true },
      { name: "Daily average", value: average, isShort: true },
    ],
    footer,
  };
}
