import { paint } from "./paint.ts";

/** What nodes do not go by themselves, and why. */
interface Lacking {
  readonly lacking: readonly { readonly node: string; readonly reason: string }[];
}

/** The nodes that do not go by what is shown above, each once for the same reason. */
export function lackingLines(shown: readonly Lacking[]): string {
  const lines = shown.flatMap(({ lacking }) => lacking.map(({ node, reason }) => `${node}: ${reason}`));
  return [...new Set(lines)].map((line) => `${paint("warn", "NOT YET")}  ${line}\n`).join("");
}
