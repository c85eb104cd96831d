import { DeliveryError, type HeardFile } from "@hal/channels";
import { MimeType, MOST_FILES, type ParsedInput } from "@hal/protocol";
import * as v from "valibot";
import { noRoom } from "../capabilities/prompts/domain/sort-files.ts";

type Given = NonNullable<ParsedInput<"sessions.prompt">["files"]>[number];

/** Files that somebody sent along: those that were fetched, and why others were not. */
export interface ReadFiles {
  readonly files: readonly Given[];
  readonly untaken: readonly { readonly name: string; readonly reason: string }[];
}

const UNTYPED = "application/octet-stream";

/** Fetches as many files as a prompt may have, one after the other; of one that is too large not a byte. */
export async function readFiles(
  sent: readonly HeardFile[],
  mostBytes: number,
  signal: AbortSignal,
): Promise<ReadFiles> {
  const files: Given[] = [];
  const untaken: { name: string; reason: string }[] = [];
  let left = mostBytes;
  for (const file of sent) {
    const name = file.name.trim().slice(0, 200) || "file";
    if (files.length >= MOST_FILES) untaken.push({ name, reason: `a prompt may have ${MOST_FILES} files` });
    else if (file.sizeBytes > left) untaken.push({ name, reason: noRoom(file.sizeBytes, mostBytes) });
    else {
      const bytes = await fetched(file, left, signal);
      if (typeof bytes === "string") untaken.push({ name, reason: bytes });
      else {
        left -= bytes.byteLength;
        const [typed = ""] = file.mimeType.split(";");
        const mimeType = v.is(MimeType, typed.trim()) ? typed.trim() : UNTYPED;
        files.push({ name, mime_type: mimeType, data: Buffer.from(bytes).toString("base64") });
      }
    }
  }
  return { files, untaken };
}

/** Its content; why it cannot be had. */
async function fetched(file: HeardFile, mostBytes: number, signal: AbortSignal): Promise<Uint8Array | string> {
  try {
    return await file.read(mostBytes, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DeliveryError) return error.message;
    throw error;
  }
}
