import { HalError } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import type { BackEnd } from "../../../back-end.ts";
import type { Context } from "../../../context.ts";
import type { SourceRequest, SourceSession, SourceStatus } from "../../../domain/source-fact.ts";
import { askedData } from "../domain/interaction.ts";
import { isOver } from "../domain/turn.ts";
import type { SoonAsking } from "./ask-soon.ts";
import { STATUSES } from "./ask-statuses.ts";
import { compareSessions, isIn } from "./compare-sessions.ts";
import { directoriesOf } from "../../projects/directories-of.ts";
import { foldHistory } from "../durable-log.ts";
import type { HeldBack } from "../held-back.ts";

/** So long the first turn of a session may need to begin: a first prompt boots the project's part of opencode. */
const NEW_MS = 30_000;

const NOT_LISTED = "nobody waits for it any more: it was answered or withdrawn in opencode";

/** What a comparison is made with. */
export interface Comparing {
  readonly api: BackEnd;
  readonly soon: SoonAsking;
  /** what the stream says meanwhile */
  readonly heldBack: HeldBack;
}

/** What a comparison could find out: nothing is known of the other directories. */
export interface Compared {
  /** directories that answered everything */
  readonly complete: ReadonlySet<string>;
  /** why the others did not */
  readonly failed: ReadonlyMap<string, string>;
  /** sessions that it did not judge, because they were heard of meanwhile */
  readonly leftToStream: ReadonlySet<string>;
}

/**
 * Compares opencode with what was told, and tells the difference: messages from the durable log, sessions that are
 * gone, then statuses and open requests, directory by directory. What opencode cannot say is told as a gap. Protocol §4.4.
 */
export async function resync(context: Context, comparing: Comparing): Promise<Compared> {
  const { api } = comparing;
  const isRead = await context.durable.read(context, api, async () => {
    await rereadWhatWentBack(context, api);
    await foldHistory(context, api);
  });
  const asked = directoriesOf(context);
  context.directories.keepOnly(asked);
  const manner = { restsWhenNew: true, asksSessions: true };
  const compared = await compareDirectories(context, comparing, asked, manner);
  if (isRead) context.book.caughtUp();
  await context.book.write();
  return compared;
}

/**
 * Looks for what a stream of events that lives has left out: rows of the durable log, turns that have ended, and what
 * waits for an answer.
 */
export async function lookAgain(context: Context, comparing: Comparing): Promise<Compared> {
  const { api } = comparing;
  await context.durable.read(context, api);
  const manner = { restsWhenNew: false, asksSessions: false };
  const compared = await compareDirectories(context, comparing, directoriesOf(context), manner);
  await askWhatTheyCost(context, api);
  return compared;
}

/** opencode tells no row of what a turn cost that was stopped or that failed; the session itself says it. */
async function askWhatTheyCost({ book, log }: Context, api: BackEnd): Promise<void> {
  for (const { id } of [...book.all()].filter(({ managed, needsFacts }) => managed && needsFacts)) {
    try {
      const session = await api.findSession(id);
      if (session !== undefined) book.open(id).session(session);
    } catch (error) {
      log.debug({ error, session: id }, "opencode does not say what a session costs; it is asked again");
    }
  }
}

/** Compares directories that were late, by themselves. */
export async function compareLate(
  context: Context,
  comparing: Comparing,
  directories: Iterable<string>,
): Promise<Compared> {
  const manner = { restsWhenNew: false, asksSessions: true };
  return compareDirectories(context, comparing, directories, manner);
}

interface Manner {
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
  readonly sessions: readonly SourceSession[] | undefined;
  readonly statuses: Readonly<Record<string, SourceStatus>>;
  /** permissions and questions that wait */
  readonly requests: readonly SourceRequest[];
}

/** What opencode does where it cannot read what is configured: no part of it comes up there. */
const NOTHING = { statuses: {}, requests: [] } as const;

/** A directory that opencode fails at keeps no other one from being compared. */
async function compareDirectories(
  context: Context,
  { api, soon, heldBack }: Comparing,
  directories: Iterable<string>,
  manner: Manner,
): Promise<Compared> {
  const complete = new Set<string>();
  const failed = new Map<string, string>();
  const leftToStream = new Set<string>();
  const isFailing = (directory: string): boolean => context.directories.problemOf(directory) !== undefined;
  const { place } = context.acting;
  const answers = await soon.ask(api, directories, {
    about: "comparison",
    covers: [STATUSES],
    ask: (directory, signal) =>
      askAll(context, api, { directory, asksSessions: manner.asksSessions || isFailing(directory), signal }),
  });
  for (const { directory, ...answer } of answers) {
    if (!answer.ok || answer.value.sessions === undefined) continue;
    assertRun(context, api);
    await compareSessions(context, api, directory, answer.value.sessions);
  }
  // what opencode said is judged by rows that are not older than that, and rows are not undone by what it said before them
  const rowsBefore = new Map([...context.book.all()].map(({ id, readUpTo }) => [id, readUpTo]));
  // what the stream brought together with the answers is heard before they are believed
  const spokenOf = async (): Promise<ReadonlySet<string>> => {
    await new Promise((resolve) => setImmediate(resolve));
    return heldBack.sessions;
  };
  if (answers.length > 0) await context.durable.read(context, api, () => foldHistory(context, api, spokenOf));
  await spokenOf();
  const judge = (directory: string, said: Omit<Said, "sessions">): void => {
    const beside = { spokenOf: heldBack.sessions, rowsBefore };
    for (const id of compareTurns(context, directory, { ...said, ...manner, ...beside })) leftToStream.add(id);
  };
  for (const answer of answers) {
    const { directory } = answer;
    assertRun(context, api);
    if (answer.ok) {
      judge(directory, answer.value);
      complete.add(directory);
      context.directories.told.delete(directory);
    } else {
      failed.set(directory, answer.reason);
      tellUnknown(context, directory, answer.reason);
      // whatever was told to work there has no instance any more
      if (answer.config !== undefined) judge(directory, { place, ...NOTHING });
    }
  }
  return { complete, failed, leftToStream };
}

/** One that ended while it was asked: that was told, and what it said before is not so any more. */
function assertRun({ book }: Context, { run }: BackEnd): void {
  if (book.run !== run) throw new HalError("opencode_unavailable", "opencode ended while it was asked");
}

async function askAll(
  context: Context,
  api: BackEnd,
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
  return { place, sessions, statuses, requests: [...permissions, ...questions] };
}

/** Tells, once for each reason, that what happens in a directory is not known. */
export function tellUnknown(context: Context, directory: string, problem: string): void {
  if (context.directories.told.get(directory) === problem) return;
  context.directories.told.set(directory, problem);
  context.log.warn({ directory, problem }, "opencode cannot say what happens in this directory");
  const reason = `what the sessions in ${directory} do cannot be known: ${problem}`;
  context.book.add({ type: "gap", at: context.clock.now(), data: { reason } });
}

/**
 * The durable log of a session ends before what was told of it: opencode's data were restored from a copy. What was
 * told of the lost rows cannot be known to be true any more, and new rows take their numbers: all are read again.
 */
async function rereadWhatWentBack(context: Context, api: BackEnd): Promise<void> {
  const managed = [...context.book.all()].filter(({ managed: ours, status }) => ours && status !== "ended");
  const known: Record<string, number> = {};
  for (const { id, saved } of context.book.all()) known[id] = saved.seenSeq;
  // the row that was read last, of each session
  for (const { id, saved } of managed) known[id] = Math.max(-1, saved.seenSeq - 1);
  const there = new Set((await api.history(known)).map(({ sessionId }) => sessionId));
  for (const { id, saved } of managed) {
    if (saved.seenSeq < 0 || there.has(id) || !(await api.hasSession(id))) continue;
    context.log.warn({ session: id }, "opencode has less of this session than was told of it; reading all of it again");
    await context.book.reread(id, context.clock.now());
  }
}

interface Judged extends Omit<Said, "sessions">, Pick<Manner, "restsWhenNew"> {
  /** sessions that the stream spoke of since: whether that is older or newer than the answer nobody can say */
  readonly spokenOf: ReadonlySet<string>;
  /** up to which row of each session was read before it answered */
  readonly rowsBefore: ReadonlyMap<string, number>;
}

/** Judges each session of a directory by what opencode said, and gives those that are the stream's to tell. */
function compareTurns(
  context: Context,
  directory: string,
  { place, statuses, requests, restsWhenNew, spokenOf, rowsBefore }: Judged,
): string[] {
  const now = context.clock.now();
  const left: string[] = [];
  for (const known of context.book.all()) {
    const { id, managed, saved, status } = known;
    if (!managed || !isIn(context, known, directory)) continue;
    // what a command is doing to a turn just now, the command and opencode tell
    if (context.acting.wasAt(id, place)) continue;
    const doing = entryOf(statuses, id) ?? { type: "idle" };
    const isAfter = known.readUpTo > (rowsBefore.get(id) ?? known.readUpTo);
    // it was at work, and what was read since says that its turn is over
    const hasEnded = doing.type !== "idle" && isAfter && saved.turn !== undefined && isOver(saved.turn);
    if (spokenOf.has(id) || hasEnded) {
      left.push(id);
      continue;
    }
    const teller = context.book.open(id);
    if (doing.type === "idle") {
      const createdAt = saved.createdAt ?? now;
      // what an earlier run had not begun nobody begins any more
      const isOfRun = createdAt >= context.book.runSince;
      const isNew = status === undefined && isOfRun && !teller.hasBegun && now - createdAt < NEW_MS;
      // one that was not there when this began may be about to begin, too
      if (isNew && !(restsWhenNew && rowsBefore.has(id))) continue;
      if (context.durable.problem === undefined) teller.compared(doing, now);
      else teller.doing(doing, now, false);
    } else {
      const waiting = requests.filter(({ sessionId }) => sessionId === id);
      for (const open of teller.toJudge)
        // the command that answers it just now tells what became of it
        if (!waiting.some((request) => request.id === open) && !context.answering.has(open))
          teller.gone(open, { reason: NOT_LISTED, at: now, isMissed: true });
      // asked just now, so this is nothing that comes late of a turn that was stopped
      teller.revive();
      teller.compared(doing, now);
      for (const request of waiting) {
        teller.asked(askedData(request, now), now, request.askedBy);
        context.answering.judgeSoon(request);
      }
    }
  }
  return left;
}
