import type { FileChange } from "@hal/protocol";

/** So many bytes of patches go into an outcome, which has to fit into an event. */
const MOST_BYTES = 160 * 1024;
const MOST_FILES = 500;

/** As much of a diff as an outcome may hold: whole patches, and of the others how much was changed. */
export function fitDiff(files: readonly FileChange[]): { readonly files: FileChange[]; readonly cut: boolean } {
  let room = MOST_BYTES;
  let cut = files.length > MOST_FILES;
  const kept = files.slice(0, MOST_FILES).map((file) => {
    const bytes = file.patch === null ? 0 : new TextEncoder().encode(JSON.stringify(file.patch)).length;
    if (bytes > room) {
      cut = true;
      return { ...file, patch: null };
    }
    room -= bytes;
    return file;
  });
  return { files: kept, cut };
}
