import type { Composed } from "../../channels/composer.ts";

/** What is left of a card where a newer one shows how its subject is. */
export function older(title: string, footer: string, lines: readonly string[] = []): Composed {
  const text = [...lines, "A newer message shows how it is."].join("\n");
  return { message: { title, tone: "neutral", text, footer }, isOver: true };
}
