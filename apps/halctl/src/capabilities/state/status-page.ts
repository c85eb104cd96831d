import type { InteractionView, StatusView } from "@hal/protocol";
import { ago, dollars, thousands } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { card } from "../../output/table.ts";
import { heldLines } from "../holds/pages.ts";
import { interactionTable } from "../interactions/pages.ts";

export function statusPage(status: StatusView, open: readonly InteractionView[], look: Look): string {
  const counts = (record: Readonly<Record<string, number>>): string =>
    Object.entries(record)
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${count} ${name}`)
      .join(", ") || "none";
  const troubled = counts(status.health ?? {});
  const page = card([
    ["supervisor", `${status.version}, up ${ago(status.started_at, look.now).replace(" ago", "")}`],
    ["nodes", counts(status.nodes)],
    ["sessions", counts(status.sessions)],
    ...(troubled === "none" ? [] : [["of them", `${troubled} (see: halctl why <session>)`] as const]),
    [
      "waiting for you",
      status.open_interactions === 0 ? "nothing" : `${status.open_interactions} (see: halctl interactions list)`,
    ],
    ["commands under way", String(status.commands_in_flight)],
    ...(status.stops_waiting === undefined || status.stops_waiting === 0
      ? []
      : [["stops that wait", `${status.stops_waiting} (see: halctl commands list)`] as const]),
    ["tokens", thousands(status.tokens)],
    ["cost", dollars(status.cost)],
    [
      "last event",
      status.last_event === null ? "-" : `${status.last_event.id}, ${ago(status.last_event.received_at, look.now)}`,
    ],
  ]);
  const held = heldLines(status.holds ?? [], look);
  const first = held === "" ? "" : `${held}\n`;
  return open.length === 0 ? first + page : `${first}${interactionTable(open, look)}\n${page}`;
}
