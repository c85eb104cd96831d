import type { ArrivalView, RepositoryView } from "@hal/protocol";
import {
  type ArrivalRow,
  incomingSwitch,
  type IncomingSwitchRow,
  standingSwitches,
  type ToldRepository,
  toldRepositories,
} from "@hal/store/supervisor";
import { time, timeOrNull } from "../../domain/time.ts";
import type { Context } from "./context.ts";

/** An arrival with its state as it is now. */
export function arrivalView(row: ArrivalRow): ArrivalView {
  const { id, sender, mark, event, repository, thing, person, rule, work, state, tries } = row;
  return {
    id,
    from: sender,
    source_id: mark,
    event,
    repository,
    thing,
    sender: person,
    rule,
    project: work.project,
    state,
    reason: row.problem ?? reasonOf(row),
    tries,
    next_try_at: state === "waiting" && row.closedAt === null ? time(row.dueAt) : null,
    node_id: row.nodeId,
    session_id: row.sessionId,
    command_id: row.commandId,
    answer: row.answer,
    answer_reason: answerReason(row),
    created_at: time(row.createdAt),
    closed_at: timeOrNull(row.closedAt),
  };
}

function reasonOf({ state, reason, commandId, sessionId }: ArrivalRow): string {
  switch (state) {
    case "waiting":
      return reason ?? "it is about to begin";
    case "starting":
      return `its start is under way: ${commandId ?? "(unknown)"}`;
    case "started":
      return `session ${sessionId ?? "(unknown)"} was started`;
    case "prompted":
      return `session ${sessionId ?? "(unknown)"}, which works at it, was prompted`;
    case "refused":
    case "given_up":
      return reason ?? "it is not known why";
    default:
      return state satisfies never;
  }
}

function answerReason({ answer, answerReason: reason, answerTries }: ArrivalRow): string {
  switch (answer) {
    case "none":
      return reason ?? "";
    case "awaited":
      return "its session has not answered yet";
    case "due":
      return reason === null ? "it is about to be written" : `${reason}; tried ${answerTries} times`;
    case "written":
    case "stopped":
      return reason ?? "";
    default:
      return answer satisfies never;
  }
}

/** All repositories that are known, by their names. */
export function repositoryViews(context: Context): RepositoryView[] {
  const told = new Map(toldRepositories(context.store).map((one) => [one.repository.toLowerCase(), one]));
  const off = new Map(standingSwitches(context.store).map((one) => [one.repository, one]));
  return [...new Set([...told.keys(), ...off.keys()])]
    .toSorted()
    .map((key) => view(context, told.get(key), off.get(key)));
}

/** One of them, as it is now; one that is not known is on. */
export function repositoryView(context: Context, name: string): RepositoryView {
  const key = name.toLowerCase();
  const told = toldRepositories(context.store).find((one) => one.repository.toLowerCase() === key);
  const shown = view(context, told, incomingSwitch(context.store, name));
  return shown.repository === "" ? { ...shown, repository: name } : shown;
}

function view(
  { incoming }: Context,
  told: ToldRepository | undefined,
  off: IncomingSwitchRow | undefined,
): RepositoryView {
  const from = [...(told?.senders ?? [])].toSorted();
  const about = {
    repository: told?.repository ?? off?.name ?? "",
    from,
    by: off?.offBy ?? null,
    since: timeOrNull(off?.offAt ?? null),
    arrivals: told?.arrivals ?? 0,
    last_at: timeOrNull(told?.lastAt ?? null),
  };
  if (off !== undefined)
    return { ...about, state: "off", reason: `${off.offBy} switched it off; to go on: halctl incoming on ${off.name}` };
  const isDisabled = from.length > 0 && from.every((sender) => incoming.isEnabled(sender) !== true);
  return isDisabled
    ? { ...about, state: "disabled", reason: `the configuration takes nothing from ${from.join(" or ")}` }
    : { ...about, state: "on", reason: "what comes from it is taken" };
}
