const MOST_TITLE = 200;

/** The whole of a line that says how far a task is: `Status: completed`, also in a list, a heading, bold, or as front matter. */
const STATUS_LINE = /^\s{0,3}(?:#{1,6}\s+|[-*+]\s+|>\s*)?[*_]*status[*_]*\s*:[*_]*\s*(?<said>.*)$/i;
const FENCE = /^\s{0,3}(```|~~~)/;
const HEADING = /^\s{0,3}#{1,6}\s+(?<title>.*?)[\s#]*$/;
const SAYS_NOTHING = /^(progress|status|context|tasks?|current[\s_-]*task)\s*:?$/i;

/** What a progress file says: that its task is completed, something else, or nothing of that. */
export type Progress =
  | { readonly state: "completed"; readonly title: string | undefined }
  | { readonly state: "open" | "unsaid" };

/**
 * What the first line says that begins with `Status:` and stands in no block of code: the task is completed where the rest of that
 * line is `completed` and nothing else. Pure.
 */
export function progressOf(text: string): Progress {
  const lines = outsideOfCode(text.replaceAll(/<!--[^]*?(-->|$)/g, ""));
  const said = lines.map((line) => STATUS_LINE.exec(line)?.groups?.["said"]).find((found) => found !== undefined);
  if (said === undefined) return { state: "unsaid" };
  if (plain(said).toLowerCase() !== "completed") return { state: "open" };
  const titles = lines.map((line) => plain(HEADING.exec(line)?.groups?.["title"] ?? ""));
  const title = titles.find((one) => one !== "" && !SAYS_NOTHING.test(one) && !/^status\s*:/i.test(one));
  return { state: "completed", title: title?.slice(0, MOST_TITLE) };
}

function outsideOfCode(text: string): string[] {
  let isCode = false;
  return text.split(/\r?\n/).filter((line) => {
    const isFence = FENCE.test(line);
    if (isFence) isCode = !isCode;
    return !isFence && !isCode;
  });
}

/** Without the marks around it. */
function plain(said: string): string {
  return said
    .trim()
    .replaceAll(/^[*_`]+|[*_`]+$/g, "")
    .trim();
}
