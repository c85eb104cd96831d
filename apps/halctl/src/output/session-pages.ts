import type { SessionDiff, SessionTodos } from "@hal/protocol";
import { entryOf } from "@hal/protocol/text";
import { ago } from "@hal/words";
import { type Paint, paint } from "./paint.ts";
import { table } from "./table.ts";
import type { Look } from "./views.ts";

const TODO: Readonly<Record<string, readonly [string, Paint]>> = {
  completed: ["✓", "good"],
  in_progress: ["▸", "busy"],
  cancelled: ["✗", "faint"],
};

/** What a session means to do, and where that is from when it is not from opencode itself. */
export function todoPage({ todos, source, as_of: asOf }: SessionTodos, { now }: Look): string {
  const lines = todos.map(({ content, status }) => {
    const [mark, colour] = entryOf(TODO, status) ?? ["·", "warn"];
    return `${paint(colour, mark)} ${content.replaceAll(/\s+/g, " ")}\n`;
  });
  const list = lines.length === 0 ? "nothing is on its list\n" : lines.join("");
  return source === "opencode" ? list : `${list}its node is away; this was told ${ago(asOf, now)}\n`;
}

/** A diff as git shows one, or the sums alone. */
export function diffPage({ files, cut }: SessionDiff, isStat: boolean): string {
  if (files.length === 0) return "it changed no file\n";
  const rows = files.map(({ file, status, additions, deletions }) => [status, `+${additions}`, `-${deletions}`, file]);
  const stat = table(["STATUS", "ADDED", "DELETED", "FILE"], rows);
  const note = cut ? "some patches are too big to be shown here\n" : "";
  if (isStat) return `${stat}${note}`;
  const patches = files.flatMap(({ patch }) =>
    patch === null ? [] : [patch.split("\n").map(paintLine).join("\n").trimEnd()],
  );
  return [...patches, `${stat}${note}`].join("\n\n");
}

function paintLine(line: string): string {
  if (/^(\+\+\+|---|diff |index |Index:|=====)/.test(line)) return paint("head", line);
  if (line.startsWith("+")) return paint("good", line);
  if (line.startsWith("-")) return paint("bad", line);
  return line.startsWith("@@") ? paint("busy", line) : line;
}
