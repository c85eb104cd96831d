import type { FileKind, FileView, GivenFile } from "@hal/protocol";
import type { InferOutput } from "valibot";

export type Given = InferOutput<typeof GivenFile>;

/** A file that does not go with a prompt. */
export interface Untaken extends FileView {
  readonly reason: string;
}

/** Files by how they go with a prompt. */
export interface SortedFiles {
  /** in its text */
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  /** beside it, where its model takes them */
  readonly others: readonly { readonly file: Given; readonly kind: FileKind }[];
  readonly untaken: readonly Untaken[];
}

/** Sorts files in their order, as long as there is room for them. */
export function sortFiles(files: readonly Given[], mostBytes: number): SortedFiles {
  const texts: SortedFiles["texts"][number][] = [];
  const others: SortedFiles["others"][number][] = [];
  const untaken: Untaken[] = [];
  let left = mostBytes;
  for (const file of files) {
    const bytes = Buffer.from(file.data, "base64");
    const view = fileView(file);
    if (bytes.byteLength > left) {
      untaken.push({ ...view, reason: noRoom(bytes.byteLength, mostBytes) });
      continue;
    }
    const text = textIn(bytes);
    const kind = kindOf(file.mime_type);
    if (text !== undefined) texts.push({ name: file.name, text });
    else if (kind !== undefined) others.push({ file, kind });
    else {
      untaken.push({ ...view, reason: `${file.mime_type} is neither text nor anything that models take` });
      continue;
    }
    left -= bytes.byteLength;
  }
  return { texts, others, untaken };
}

/** Why there is no room for a file of that size. */
export function noRoom(sizeBytes: number, mostBytes: number): string {
  return `it has ${sizeText(sizeBytes)}, and all files of a prompt may have ${sizeText(mostBytes)} (sessions.prompt_files_kb)`;
}

export function fileView({ name, mime_type, data }: Given): FileView {
  return { name, mime_type, size_bytes: Buffer.byteLength(data, "base64") };
}

/** A prompt with the files that are text, and with a word for its model on those that it does not get. */
export function withFiles(
  text: string,
  files: Pick<SortedFiles, "texts"> & { readonly untaken: readonly Pick<Untaken, "name" | "reason">[] },
): string {
  const fenced = files.texts.map((file) => `The file ${lineOf(file.name)}:\n${fence(file.text)}`);
  const missing = files.untaken.map(({ name, reason }) => `The file ${lineOf(name)} was not sent: ${reason}.`);
  return [text, ...fenced, ...missing].join("\n\n");
}

/** Nothing in a text ends its fence. */
function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const marks = "`".repeat(longest + 1);
  return `${marks}\n${text.replace(/\n$/, "")}\n${marks}`;
}

/** Others named it: one line, and no more. */
function lineOf(name: string): string {
  return name
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, " ")
    .trim()
    .slice(0, 200);
}

/** What it says, where it is text: UTF-8 without what steers a terminal. */
function textIn(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // oxlint-disable-next-line eslint/no-control-regex
    return /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/.test(text) ? undefined : text;
  } catch {
    return undefined; // no text
  }
}

function kindOf(mimeType: string): FileKind | undefined {
  if (/^image\/(png|jpeg|gif|webp)$/i.test(mimeType)) return "image";
  if (/^application\/pdf$/i.test(mimeType)) return "pdf";
  if (/^audio\//i.test(mimeType)) return "audio";
  return /^video\//i.test(mimeType) ? "video" : undefined;
}

function sizeText(bytes: number): string {
  return bytes < 1024
    ? `${bytes} bytes`
    : bytes < 1024 * 1024
      ? `${Math.ceil(bytes / 1024)} KB`
      : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
