import { FILES_FEATURE, HalError, isFinal, type PromptFile } from "@hal/protocol";
import type { CommandRow, SessionRow } from "@hal/store/supervisor";
import type { Caller } from "../../operations/handler.ts";
import { issueCommand } from "../commands/issue-command.ts";
import type { Context } from "./context.ts";
import { fileView, type Given, type SortedFiles, sortFiles, type Untaken, withFiles } from "./domain/sort-files.ts";

/** So long a node may take to say what a model takes. */
const LOOK_MS = 15_000;

/** A prompt with what goes with it. */
export interface WithFiles {
  readonly text: string;
  readonly files: readonly PromptFile[];
  readonly untaken: readonly Untaken[];
}

interface Asked {
  readonly text: string;
  readonly model?: string | undefined;
  readonly files?: readonly Given[] | undefined;
}

/**
 * Puts files with a prompt: text into it, others beside it where the model of the session takes them. Which do not go with it is said,
 * also in the prompt; where none does and that was all of it, it throws.
 */
export async function takeFiles(
  context: Context,
  session: SessionRow,
  { text, model, files = [] }: Asked,
  caller: Caller,
): Promise<WithFiles> {
  if (files.length === 0) return { text, files: [], untaken: [] };
  const sorted = sortFiles(files, context.mostFileBytes());
  const { taken, refused } = await judged(context, session, { model, others: sorted.others }, caller);
  const untaken = [...sorted.untaken, ...refused];
  return {
    text: withFiles(text, { texts: sorted.texts, untaken }),
    files: taken.map(({ name, mime_type: mimeType, data }) => ({ name, mimeType, data })),
    untaken,
  };
}

async function judged(
  context: Context,
  session: SessionRow,
  { model, others }: { readonly model: string | undefined; readonly others: SortedFiles["others"] },
  caller: Caller,
): Promise<{ readonly taken: readonly Given[]; readonly refused: readonly Untaken[] }> {
  if (others.length === 0) return { taken: [], refused: [] };
  const takes = await takenBy(context, session, model, caller);
  const reasonOf = (kind: string): string | undefined => {
    if (typeof takes === "string") return takes;
    return takes.kinds.includes(kind)
      ? undefined
      : `the model ${takes.model} does not take ${kind === "image" ? "images" : kind === "pdf" ? "PDF" : kind}`;
  };
  const reasons = others.map(({ file, kind }) => ({ file, reason: reasonOf(kind) }));
  return {
    taken: reasons.filter(({ reason }) => reason === undefined).map(({ file }) => file),
    refused: reasons.flatMap(({ file, reason }) => (reason === undefined ? [] : [{ ...fileView(file), reason }])),
  };
}

/** What the model takes; why that is not known. */
async function takenBy(
  context: Context,
  { id: sessionId, nodeId, project }: SessionRow,
  model: string | undefined,
  caller: Caller,
): Promise<string | { readonly model: string; readonly kinds: readonly string[] }> {
  const link = context.links.get(nodeId);
  if (link === undefined)
    return "its node is away, so it is not known what the model takes; send it again when it is back";
  if (!link.features.includes(FILES_FEATURE)) return "the agent of its node is older and takes no files; upgrade it";
  const args = { sessionId, ...(model === undefined ? {} : { model }) };
  const issuer = { ...caller, idempotencyKey: undefined };
  const request = { type: "session.takes" as const, args, nodeId, project, sessionId };
  try {
    return saidIn(await issueCommand(context, issuer, { ...request, deadlineMs: LOOK_MS, waitMs: LOOK_MS }));
  } catch (error) {
    if (error instanceof HalError) return error.message;
    throw error;
  }
}

function saidIn({ state, output, error }: CommandRow): Exclude<Awaited<ReturnType<typeof takenBy>>, never> {
  if (!isFinal(state)) return "its node did not say in time what the model takes; send it again";
  const failure = (error as { readonly message?: string } | null)?.message;
  if (state !== "succeeded") return failure ?? "its node could not say what the model takes";
  const { model, takes = [] } = (output ?? {}) as { readonly model?: string; readonly takes?: readonly string[] };
  return model === undefined ? "it is not known what the model of the session takes" : { model, kinds: takes };
}
