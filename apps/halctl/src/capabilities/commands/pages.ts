import type { CommandView } from "@hal/protocol";
import { jsonText } from "@hal/protocol/text";
import { ago } from "@hal/words";
import type { Look } from "../../output/look.ts";
import { paintStatus } from "../../output/paint.ts";
import { reasonIn, reasonsBelow, toldBelow } from "../../output/reasons.ts";
import { shortIds } from "../../output/short-ids.ts";
import { card, table } from "../../output/table.ts";

export function commandTable(commands: readonly CommandView[], look: Look): string {
  const short = (all: readonly string[]): readonly string[] => (look.wide ? all : shortIds(all));
  const ids = short(commands.map(({ id }) => id));
  const sessions = short(commands.map((command) => command.session_id ?? "-"));
  const stated = commands.map(({ state: status, reason }) => ({ status, reason }));
  const elsewhere = new Set(toldBelow(stated, look));
  const list = table(
    ["ID", "TYPE", "STATE", "PROJECT", "SESSION", "ACTOR", "CREATED_AT", "REASON"],
    commands.map((command, index) => [
      ids[index] ?? command.id,
      command.type,
      paintStatus(command.state),
      command.project ?? "-",
      sessions[index] ?? "-",
      command.actor,
      ago(command.created_at, look.now),
      reasonIn(stated[index], elsewhere),
    ]),
    look.wide ? undefined : look.columns,
  );
  const below = commands.map(({ id, state, reason }, index) => ({ id: ids[index] ?? id, status: state, reason }));
  return list + reasonsBelow(below, look);
}

export function commandCard(command: CommandView, { now }: Pick<Look, "now">): string {
  return card([
    ["id", command.id],
    ["type", command.type],
    ["state", paintStatus(command.state)],
    ["reason", command.reason],
    ["node", command.node_id],
    ["project", command.project ?? "-"],
    ["session", command.session_id ?? "-"],
    ["actor", command.actor],
    ["created", ago(command.created_at, now)],
    ["deadline", command.deadline_at ?? "none: it waits until it is done or cancelled"],
    ["finished", ago(command.finished_at, now)],
    ...(command.output === null ? [] : ([["output", jsonText(command.output)]] as const)),
    ...(command.error === null ? [] : ([["error", `${command.error.code}: ${command.error.message}`]] as const)),
  ]);
}
