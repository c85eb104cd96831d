import { sleep } from "@hal/daemon";
import type { ExecutionRow } from "@hal/store/agent";
import type { Context } from "../../../context.ts";
import type { SourceSession } from "../../../domain/source-fact.ts";
import { saidOf, UnclearError } from "../../../domain/unclear-error.ts";
import { sessionOfStart } from "../../sessions/domain/session-of-start.ts";
import type { Restart, Seen } from "../domain/restart.ts";
import { treeOf } from "../handlers/end-session.ts";
import { hasArrived, isOtherRun } from "../handlers/prompt-session.ts";
import { unwrittenSince } from "./handover-files.ts";

/** How often, and how far apart, a session is looked for that opencode may be about to create. */
const LOOKS = 20;
const LOOK_EVERY_MS = 250;

/** Whose restart it is. */
export interface Restarted {
  readonly commandId: string;
  readonly sessionId: string;
  /** prompts that were seen in their sessions in this life of the agent */
  readonly arrived: Set<string>;
}

/** What is seen of a restart, as far as its step needs it. */
export async function lookAtRestart(context: Context, of: Restarted, restart: Restart): Promise<Seen> {
  const { step, asked, told, next } = restart;
  const known = context.book.get(of.sessionId);
  const { turn = { kind: "none" as const }, newestMessageId = "" } = known?.saved ?? {};
  const posted = step === "handover" ? asked : step === "prompt" ? told : undefined;
  const sessionId = step === "prompt" ? (next ?? "") : of.sessionId;
  const isThere = posted !== undefined && (await isIn(context, of, { sessionId, ...posted }));
  return {
    now: context.clock.now(),
    run: context.opencode.api().run,
    old: {
      status: known?.status,
      turn,
      waitsFor: waitsFor(context, of.sessionId),
      // ids of messages ascend
      hasAsked: asked !== undefined && newestMessageId >= asked.messageId,
    },
    unwritten: step === "handover" ? await unwrittenSince(restart.of.directory, restart.before) : [],
    isThere,
    isUnanswered: step === "prompt" && isThere && (await isUnanswered(context, sessionId, posted.messageId)),
    found: step === "create" ? await sessionOf(context, of, restart) : undefined,
  };
}

/** For whom a session, or one below it, waits; a person comes first. */
function waitsFor(context: Context, sessionId: string): Seen["old"]["waitsFor"] {
  const statuses = new Set(treeOf(context, sessionId).map(({ status }) => status));
  if (statuses.has("waiting")) return "person";
  return statuses.has("retrying") ? "provider" : undefined;
}

async function isIn(
  context: Context,
  { arrived }: Restarted,
  {
    sessionId,
    messageId,
    run,
  }: { readonly sessionId: string } & Required<Pick<ExecutionRow, "messageId" | "run">> & {
      readonly messageId: string;
    },
): Promise<boolean> {
  if (arrived.has(messageId)) return true;
  if (!(await hasArrived(context, sessionId, { messageId, run }))) return false;
  arrived.add(messageId);
  return true;
}

async function isUnanswered(context: Context, sessionId: string, messageId: string): Promise<boolean> {
  const newest = await saidOf(context.opencode.api().newestMessage(sessionId));
  return newest?.message.id === messageId;
}

/** The session that was created for a restart; while opencode may be about to create it, it is looked for a few times. */
async function sessionOf(
  context: Context,
  of: Pick<Restarted, "commandId">,
  restart: Restart,
): Promise<string | undefined> {
  const { createdIn } = restart;
  if (createdIn === undefined) return undefined;
  for (let look = 1; ; look += 1) {
    const api = context.opencode.api();
    const found = sessionOfStart(await sessionsIn(context, restart), { ...of, args: { title: restart.of.title } });
    if (found !== undefined || look === LOOKS || isOtherRun(api.run, createdIn)) return found?.id;
    if (context.stopping.aborted) throw new UnclearError("interrupted", "the agent is stopping");
    await sleep(LOOK_EVERY_MS, context.stopping);
  }
}

/** The sessions of the directory in which a session is restarted. */
export function sessionsIn(context: Context, { of }: Pick<Restart, "of">): Promise<SourceSession[]> {
  return saidOf(context.opencode.api().sessions(context.places.real(of.directory)));
}
