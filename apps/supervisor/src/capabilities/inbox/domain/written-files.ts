/** A call of a tool that writes files, as it was told. */
export interface WriteCall {
  readonly tool: string;
  readonly title: string;
  /** JSON, or the beginning of it */
  readonly input: string;
}

const PATCHED = /^\*\*\* (?:(?:Add|Update|Delete) File|Move to): (.+)$/gm;

/** The files that a call wrote, as far as it says which; below the directory of their project without that. Pure. */
export function writtenFiles({ tool, title, input }: WriteCall, directory: string | undefined): string[] {
  if (tool === "patch" || tool === "apply_patch")
    return [...textOf(input, "patchText").matchAll(PATCHED)].map(([, file = ""]) => below(file.trim(), directory));
  const file = textOf(input, "filePath");
  const named = file === "" ? title : file;
  return named === "" ? [] : [below(named, directory)];
}

/** A field of JSON that may be cut: what of it is there. */
function textOf(json: string, field: string): string {
  const [, body = ""] = new RegExp(`"${field}"\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)`).exec(json) ?? [];
  try {
    return String(JSON.parse(`"${body}"`));
  } catch {
    return "";
  }
}

function below(file: string, directory: string | undefined): string {
  if (directory === undefined || directory === "") return file;
  const folder = directory.endsWith("/") ? directory : `${directory}/`;
  return file.startsWith(folder) ? file.slice(folder.length) : file;
}
