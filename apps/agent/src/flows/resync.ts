import { entryOf } from "@hal/protocol/text";
import { comparedRun, noteComparedRun } from "@hal/store/agent";
import type { Context, OpencodeApi } from "../context.ts";
import { askedPermission, askedQuestion, type PermissionRequest, type QuestionRequest } from "../domain/interaction.ts";
import type { SessionTeller } from "../domain/session-teller.ts";
import { parseSyncRow, type SessionInfo } from "../domain/sync-row.ts";
import type { OpencodeStatus } from "../domain/turn.ts";
import type { SoonAsking } from "./ask-soon.ts";
import { directoriesOf } from "./directories-of.ts";

/** So long the first turn of a session may need to begin: a first prompt boots the project's part of opencode. */
const NEW_MS = 30_000;

/** What a comparison could find out: nothing is known of the other directories. */
export interface Compared {
  /** directories that answered everything */
  readonly complete: ReadonlySet<string>;
  /** why the others did not */
  readonly failed: ReadonlyMap<string, string>;
}

/**
 * Compares opencode with what was told, and tells the difference: messages from the durable log, sessions that are
 * gone, then statuses and open requests, directory by directory. What opencode cannot say is told as a gap. Protocol §4.4.
 */
export async function resync(context: Context, api: OpencodeApi, soon: SoonAsking): Promise<Compared> {
  const { run } = api;
  const isNewRun = run !== (await comparedRun(context.store));
  await rereadWhatWentBack(context, api);
  await foldHistory(context, api);
  const asked = directoriesOf(context);
  context.directories.keepOnly(asked);
  const manner = { isNewRun, restsWhenNew: true, asksSessions: true };
  const compared = await compareDirectories(context, { api, soon }, asked, manner);
  await context.book.write();
  await noteComparedRun(context.store, run);
  return compared;
}

/**
 * Looks for what a stream of events that lives has left out: rows of the durable log, turns that have ended, and what
 * waits for an answer.
 */
export async function lookAgain(context: Context, api: OpencodeApi, soon: SoonAsking): Promise<Compared> {
  await foldHistory(context, api);
  const manner = { isNewRun: false, restsWhenNew: false, asksSessions: false };
  return compareDirectories(context, { api, soon }, directoriesOf(context), manner);
}

/** Compares directories that were late, by themselves. */
export async function compareLate(
  context: Context,
  api: OpencodeApi,
  { soon, directories }: { readonly soon: SoonAsking; readonly directories: Iterable<string> },
): Promise<Compared> {
  const manner = { isNewRun: false, restsWhenNew: false, asksSessions: true };
  return compareDirectories(context, { api, soon }, directories, manner);
}

interface Manner {
  readonly isNewRun: boolean;
  /** false while the first turn of a session that was created just now may be about to begin */
  readonly restsWhenNew: boolean;
  /** whether it is looked for sessions that are gone, too; they are always in a directory that failed before */
  readonly asksSessions: boolean;
}

/** Everything that opencode says of one directory. */
interface Said {
  /** when it was asked, among what commands do */
  readonly place: number;
  /** undefined where they were not asked for */
  readonly sessions: readonly SessionInfo[] | undefined;
  readonly statuses: Readonly<Record<string, OpencodeStatus>>;
  readonly permissions: readonly PermissionRequest[];
  readonly questions: readonly QuestionRequest[];
}

/** A directory that opencode fails at keeps no other one from being compared. */
async function compareDirectories(
  context: Context,
  { api, soon }: { readonly api: OpencodeApi; readonly soon: SoonAsking },
  directories: Iterable<string>,
  manner: Manner,
): Promise<Compared> {
  const complete = new Set<string>();
  const failed = new Map<string, string>();
  const isFailing = (directory: string): boolean => context.directories.problemOf(directory) !== undefined;
  const answers = await soon.ask(api, directories, {
    about: "comparison",
    ask: (directory, signal) =>
      askAll(context, api, { directory, asksSessions: manner.asksSessions || isFailing(directory), signal }),
  });
  const { behind } = context.directories;
  for (const answer of answers) {
    const { directory } = answer;
    if (answer.ok) {
      const isNewRun = behind.delete(directory) || manner.isNewRun;
      const { sessions } = answer.value;
      if (sessions !== undefined) await compareSessions(context, api, directory, sessions);
      compareRequests(context, directory, { ...answer.value, ...manner, isNewRun });
      complete.add(directory);
      context.directories.told.delete(directory);
    } else {
      failed.set(directory, answer.reason);
      tellUnknown(context, directory, answer.reason);
    }
  }
  if (manner.isNewRun) for (const directory of directories) if (!complete.has(directory)) behind.add(directory);
  return { complete, failed };
}

async function askAll(
  context: Context,
  api: OpencodeApi,
  asked: { readonly directory: string; readonly asksSessions: boolean; readonly signal: AbortSignal },
): Promise<Said> {
  const { directory, asksSessions, signal } = asked;
  const { place } = context.acting;
  const [sessions, statuses, permissions, questions] = await Promise.all([
    asksSessions ? api.sessions(directory, signal) : undefined,
    api.statuses(directory, signal),
    api.permissions(directory, signal),
    api.questions(directory, signal),
  ]);
  return { place, sessions, statuses, permissions, questions };
}

/** Tells, once for each reason, that what happens in a directory is not known. */
export function tellUnknown(context: Context, directory: string, problem: string): void {
  if (context.directories.told.get(directory) === problem) return;
  context.directories.told.set(directory, problem);
  context.log.warn({ directory, problem }, "opencode cannot say what happens in this directory");
  const reason = `what the sessions in ${directory} do cannot be known: ${problem}`;
  context.book.add({ type: "gap", at: context.clock.now(), data: { reason } });
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

function compareRequests(
  context: Context,
  directory: string,
  said: Omit<Said, "sessions"> & Omit<Manner, "asksSessions">,
): void {
  const { place, statuses, permissions, questions, isNewRun, restsWhenNew } = said;
  const now = context.clock.now();
  const waiting = new Set([...permissions, ...questions].map(({ id }) => id));
  for (const teller of context.book.all()) {
    if (!teller.managed || !isIn(context, teller, directory)) continue;
    const open = context.book.open(teller.id);
    for (const id of Object.keys(teller.open))
      // the command that answers it just now tells what became of it
      if (!waiting.has(id) && !context.answering.has(id))
        open.expired(id, "opencode was restarted, or it was answered while the agent was away", now);
    const status = entryOf(statuses, teller.id) ?? { type: "idle" };
    // opencode tells how the turn ended that a command is stopping
    if (status.type === "idle" && !isNewRun && context.acting.wasAt(teller.id, place)) continue;
    // a turn of an opencode that is gone will never end, and its rows are all there
    if (status.type === "idle" && isNewRun && open.died(now)) continue;
    const isNew = teller.status === undefined && now - (teller.saved.createdAt ?? now) < NEW_MS;
    if (status.type === "idle" && isNew && !restsWhenNew) continue;
    if (status.type === "idle") open.rests(now);
    else {
      // asked just now, so this is nothing that comes late of a turn that was stopped
      if (!context.acting.wasAt(teller.id, place)) open.revive();
      open.doing(status, now);
    }
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
async function compareSessions(
  context: Context,
  api: OpencodeApi,
  directory: string,
  sessions: readonly SessionInfo[],
): Promise<void> {
  const listed = new Set(sessions.map(({ id }) => id));
  for (const info of sessions)
    if (context.book.get(info.id)?.managed === true) context.book.open(info.id).session(info);
  for (const teller of context.book.all()) {
    if (!teller.managed || teller.status === "ended" || !isIn(context, teller, directory)) continue;
    if (!listed.has(teller.id) && !(await api.hasSession(teller.id)))
      context.book.open(teller.id).ended("deleted", context.clock.now());
  }
}

/** opencode knows a directory by its real path; an earlier version may have kept it otherwise. */
function isIn({ places }: Context, { saved }: SessionTeller, directory: string): boolean {
  return saved.directory !== undefined && places.real(saved.directory) === directory;
}
