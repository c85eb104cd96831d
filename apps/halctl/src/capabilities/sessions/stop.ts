import { HalError, isActive, type OperationInput, type SessionView, type StopAllView } from "@hal/protocol";
import { forEach } from "../../grammar/acts.ts";
import { EXIT } from "../../exit-codes.ts";
import { isConfirmed } from "../../live/confirm.ts";
import { heldLines } from "../holds/pages.ts";
import { lackingLines } from "../../output/lacking-lines.ts";
import { complain, print } from "../../output/print.ts";
import { said } from "../../output/said.ts";
import { paint } from "../../output/paint.ts";
import { shortIds } from "../../output/short-ids.ts";
import { table } from "../../output/table.ts";
import type { Look } from "../../output/look.ts";
import type { Session } from "../../session.ts";
import type { Run } from "../../grammar/run.ts";
import { sessionTable } from "./pages.ts";
import { abortSession } from "./session-actions.ts";

export interface StopArgs {
  readonly ref: readonly string[];
  readonly dryRun: boolean;
  readonly all: boolean;
  readonly yes: boolean;
  readonly node?: string | undefined;
  readonly project?: string | undefined;
}

/** Stops one session's turn, or everything that is at work: 0 where all of it is known to rest. */
export const stop: Run<StopArgs> = async (session, args) => {
  const { ref, all, yes, node, project } = args;
  if (ref.length > 0 && !all) return args.dryRun ? showWhatWouldStop(session, args) : forEach(session, ref, abortOne);
  if (!all || ref.length > 0)
    throw new HalError("bad_request", "say what to stop: halctl stop <session>, or halctl stop --all");
  if (args.dryRun) return showWhatWouldStop(session, args);
  if (!yes && !(await isAgreed(session))) throw new HalError("cancelled", "nothing was stopped");
  const { output } = await session.client.call("sessions.stopAll", { node, project, hold: true });
  print(session, output, stopPage);
  if (output.holds === undefined)
    complain(session.terminal, said`this supervisor is too old to hold anything: what is asked from now on begins`);
  const isDone = output.unknown.length === 0 && output.sessions.every(({ stopped }) => stopped);
  return isDone ? EXIT.done : EXIT.failed;
};

const abortOne = (session: Session, ref: string): Promise<number> => abortSession(session, { ref });

/** Shows the sessions that are at work there, and stops none. */
async function showWhatWouldStop(session: Session, { ref, node, project }: StopArgs): Promise<number> {
  const read = async (one: OperationInput<"sessions.list">): Promise<readonly SessionView[]> =>
    (await session.client.call("sessions.list", { ...one, limit: 1000 })).output;
  const found =
    ref.length === 0
      ? await read({ ...(node === undefined ? {} : { node }), ...(project === undefined ? {} : { project }) })
      : await Promise.all(ref.map(async (one) => (await session.client.call("sessions.get", { ref: one })).output));
  const stopped = found.filter(({ status }) => isActive(status));
  print(session, stopped, (sessions, look) =>
    sessions.length === 0 ? "nothing is at work there\n" : `would be stopped\n${sessionTable(sessions, look)}`,
  );
  return EXIT.done;
}

async function isAgreed({ client, terminal }: Session): Promise<boolean> {
  if (!terminal.isInputTerminal)
    throw new HalError(
      "bad_request",
      "halctl stop --all stops every session and holds; say --yes where nobody can be asked",
    );
  const { output } = await client.call("status.get", {});
  const { starting = 0, busy = 0, waiting = 0, retrying = 0, unreachable = 0 } = output.sessions;
  const away = unreachable === 0 ? "" : ` (and ask those of nodes that are away, ${unreachable}, when they are back)`;
  return isConfirmed(
    terminal,
    said`Stop ${starting + busy + waiting + retrying} sessions${away}, and let nothing begin until it is released? Type yes: `,
  );
}

function stopPage({ sessions, unknown, cancelled, kept, holds = [] }: StopAllView, look: Look): string {
  const ids = shortIds(sessions.map((one) => one.session_id));
  const rows = sessions.map((one, index) => [
    ids[index] ?? one.session_id,
    `${one.node}/${one.project}`,
    one.stopped ? paint("good", "stopped") : paint("bad", "NOT STOPPED"),
    one.reason,
  ]);
  const left = sessions.filter(({ stopped }) => !stopped).length;
  const list =
    sessions.length === 0 ? "" : `${table(["SESSION", "PROJECT", "STOPPED", "REASON"], rows, look.columns)}\n`;
  const dark = unknown.map(({ node, project, reason, command_id: command }) => {
    const where = project === null ? node : `${node}/${project}`;
    const waits = command === null ? "" : `; the stop waits there: halctl commands cancel ${command} takes it back`;
    return `${paint("bad", "NOT KNOWN")}  ${where}: ${reason}${waits}\n`;
  });
  const back = kept.map(({ command_id: command, node, project }) => {
    const where = project === null ? node : `${node}/${project}`;
    return `${paint("good", "KEPT BACK")}  ${where}: ${command} had begun, and its prompt does not reach opencode any more\n`;
  });
  const sum =
    sessions.length === 0
      ? unknown.length === 0
        ? "nothing was at work"
        : "it is not known everywhere what is at work"
      : left === 0
        ? `all ${sessions.length} rest${unknown.length === 0 ? "" : ", and elsewhere it is not known"}`
        : `${left} of ${sessions.length} are NOT stopped; halctl why SESSION says more`;
  return `${list}${back.join("")}${dark.join("")}${sum}${cancelled.length === 0 ? "" : `; ${cancelled.length} command(s) were taken back before they began`}\n${heldLines(holds, look)}${lackingLines(holds)}`;
}
