import { HalError } from "@hal/protocol";
import { comparedRun, noteComparedRun } from "@hal/store/agent";
import type { Context, OpencodeApi } from "../context.ts";
import { askedPermission, askedQuestion } from "../domain/interaction.ts";
import { parseSyncRow } from "../domain/sync-row.ts";

/** So long the first turn of a session may need to begin: a first prompt boots the project's part of opencode. */
const NEW_MS = 30_000;

/**
 * Compares opencode with what was told, and tells the difference: messages from the durable log, sessions that are
 * gone, then statuses and open requests. What opencode cannot say is told as a gap. Protocol §4.4.
 */
export async function resync(context: Context, api: OpencodeApi): Promise<void> {
  const { run } = api;
  const isNewRun = run !== (await comparedRun(context.store));
  await rereadWhatWentBack(context, api);
  await foldHistory(context, api);
  const directories = directoriesOf(context);
  await compareSessions(context, api, directories);
  await compareAllRequests(context, api, directories, {
    isNewRun,
    restsWhenNew: true,
    onFailure: (directory, problem) => tellUnknown(context, directory, problem),
  });
  await context.book.write();
  await noteComparedRun(context.store, run);
}

/**
 * Looks for what a stream of events that lives has left out: rows of the durable log, turns that have ended, and what
 * waits for an answer.
 */
export async function lookAgain(context: Context, api: OpencodeApi): Promise<void> {
  await foldHistory(context, api);
  await compareAllRequests(context, api, directoriesOf(context), {
    isNewRun: false,
    restsWhenNew: false,
    onFailure: (directory, problem) => context.log.debug({ directory, problem }, "opencode was not looked at again"),
  });
}

interface Comparison {
  readonly isNewRun: boolean;
  /** false while the first turn of a session that was created just now may be about to begin */
  readonly restsWhenNew: boolean;
  /** hears of a directory that opencode fails at; it must not keep the others from being compared */
  readonly onFailure: (directory: string, problem: string) => void;
}

async function compareAllRequests(
  context: Context,
  api: OpencodeApi,
  directories: Iterable<string>,
  { onFailure, ...how }: Comparison,
): Promise<void> {
  for (const directory of directories) {
    try {
      await compareRequests(context, api, { directory, ...how });
    } catch (error) {
      if (!(error instanceof HalError) || error.code !== "opencode_error") throw error;
      onFailure(directory, error.message);
    }
  }
}

function tellUnknown(context: Context, directory: string, problem: string): void {
  context.log.warn({ directory, problem }, "opencode cannot say what happens in this directory");
  const reason = `what the sessions in ${directory} do cannot be known: ${problem}`;
  context.book.add({ type: "gap", at: context.clock.now(), data: { reason } });
}

/** Where sessions may be: the projects, and directories below them that somebody used in opencode itself. */
export function directoriesOf(context: Context): Set<string> {
  const projects = context.projects().filter(({ state }) => state === "ready");
  const used = [...context.book.all()].filter(({ managed, status }) => managed && status !== "ended");
  return new Set([
    ...projects.map(({ directory }) => directory),
    ...used.flatMap(({ saved }) => saved.directory ?? []),
  ]);
}

/** Reads the rows that were not folded yet, of all sessions, known and new. */
export async function foldHistory(context: Context, api: OpencodeApi): Promise<void> {
  const known: Record<string, number> = {};
  for (const teller of context.book.all()) known[teller.id] = teller.saved.safeSeq;
  const rows = (await api.history(known)).flatMap((value) => parseSyncRow(value) ?? []);
  for (const row of rows.toSorted((a, b) => a.seq - b.seq)) context.book.open(row.sessionId).row(row);
  for (const teller of context.book.all()) if (teller.messages.hasUnsettled) context.book.open(teller.id).settle();
}

/**
 * The durable log of a session ends before what was told of it: opencode's data were restored from a copy. What was
 * told of the lost rows cannot be known to be true any more, and new rows take their numbers: all are read again.
 */
async function rereadWhatWentBack(context: Context, api: OpencodeApi): Promise<void> {
  const managed = [...context.book.all()].filter(({ managed: ours, status }) => ours && status !== "ended");
  const known: Record<string, number> = {};
  for (const { id, saved } of context.book.all()) known[id] = saved.seenSeq;
  // the row that was read last, of each session
  for (const { id, saved } of managed) known[id] = Math.max(-1, saved.seenSeq - 1);
  const there = new Set((await api.history(known)).flatMap((value) => parseSyncRow(value)?.sessionId ?? []));
  for (const { id, saved } of managed) {
    if (saved.seenSeq < 0 || there.has(id) || !(await api.hasSession(id))) continue;
    context.log.warn({ session: id }, "opencode has less of this session than was told of it; reading all of it again");
    await context.book.reread(id, context.clock.now());
  }
}

async function compareRequests(
  context: Context,
  api: OpencodeApi,
  { directory, isNewRun, restsWhenNew }: Omit<Comparison, "onFailure"> & { readonly directory: string },
): Promise<void> {
  const { place } = context.acting;
  const [statuses, permissions, questions] = await Promise.all([
    api.statuses(directory),
    api.permissions(directory),
    api.questions(directory),
  ]);
  const now = context.clock.now();
  const waiting = new Set([...permissions, ...questions].map(({ id }) => id));
  for (const teller of context.book.all()) {
    if (!teller.managed || teller.saved.directory !== directory) continue;
    const open = context.book.open(teller.id);
    for (const id of Object.keys(teller.open))
      // the command that answers it just now tells what became of it
      if (!waiting.has(id) && !context.answering.has(id))
        open.expired(id, "opencode was restarted, or it was answered while the agent was away", now);
    const status = statuses[teller.id] ?? { type: "idle" };
    // opencode tells how the turn ended that a command is stopping
    if (status.type === "idle" && !isNewRun && context.acting.wasAt(teller.id, place)) continue;
    // a turn of an opencode that is gone will never end, and its rows are all there
    if (status.type === "idle" && isNewRun && open.died(now)) continue;
    const isNew = teller.status === undefined && now - (teller.saved.createdAt ?? now) < NEW_MS;
    if (status.type === "idle" && isNew && !restsWhenNew) continue;
    if (status.type === "idle") open.rests(now);
    else open.doing(status, now);
  }
  for (const request of permissions)
    if (context.book.get(request.sessionID)?.managed === true)
      context.book.open(request.sessionID).asked(askedPermission(request, now), now);
  for (const request of questions)
    if (context.book.get(request.sessionID)?.managed === true)
      context.book.open(request.sessionID).asked(askedQuestion(request, now), now);
}

/**
 * What opencode lists is what a session costs and is called now; one that was told and that it does not have any more
 * was deleted meanwhile.
 */
async function compareSessions(context: Context, api: OpencodeApi, directories: Iterable<string>): Promise<void> {
  const listed = new Set<string>();
  for (const directory of directories)
    for (const info of await api.sessions(directory)) {
      listed.add(info.id);
      if (context.book.get(info.id)?.managed === true) context.book.open(info.id).session(info);
    }
  for (const teller of context.book.all()) {
    if (!teller.managed || teller.status === "ended" || listed.has(teller.id)) continue;
    if (!(await api.hasSession(teller.id))) context.book.open(teller.id).ended("deleted", context.clock.now());
  }
}
