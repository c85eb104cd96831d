/** What a colour means. */
export type Paint = "head" | "good" | "busy" | "warn" | "bad" | "faint";

const SGR: Readonly<Record<Paint, string>> = { head: "1", good: "32", busy: "36", warn: "33", bad: "31", faint: "2" };

// characters that no text has, so that what was painted survives the removal of control characters
const MARKS: readonly Paint[] = ["head", "good", "busy", "warn", "bad", "faint"];
const FIRST = 0x10ff00;
const END = String.fromCodePoint(FIRST + MARKS.length);
const ANY = new RegExp(`[${String.fromCodePoint(FIRST)}-${END}]`, "gu");

/** Marks a text; whether it gets a colour is decided where it is written. */
export function paint(kind: Paint, text: string): string {
  return text === "" ? "" : `${String.fromCodePoint(FIRST + MARKS.indexOf(kind))}${text}${END}`;
}

export function withoutPaint(text: string): string {
  return text.replaceAll(ANY, "");
}

/** The end of what a text that was cut has begun. */
export function unpainted(text: string): string {
  const last = text.match(ANY)?.at(-1);
  return last === undefined || last === END ? "" : END;
}

/** Marks as a terminal's colours; each line ends what it began. */
export function inColour(text: string): string {
  return text
    .split("\n")
    .map((line) => {
      let isOpen = false;
      const coloured = line.replaceAll(ANY, (mark) => {
        isOpen = mark !== END;
        return isOpen ? `\u001b[${SGR[MARKS[(mark.codePointAt(0) ?? FIRST) - FIRST] ?? "faint"]}m` : "\u001b[0m";
      });
      return isOpen ? `${coloured}\u001b[0m` : coloured;
    })
    .join("\n");
}

const STATUS_PAINT: Readonly<Record<string, Paint>> = {
  online: "good",
  idle: "good",
  succeeded: "good",
  answered: "good",
  busy: "busy",
  starting: "busy",
  running: "busy",
  sent: "busy",
  waiting: "warn",
  open: "warn",
  degraded: "warn",
  retrying: "warn",
  queued: "warn",
  offline: "bad",
  unreachable: "bad",
  error: "bad",
  failed: "bad",
  expired: "bad",
  refused: "bad",
  ended: "faint",
};

/** A status in the colour of how it is. */
export function paintStatus(status: string): string {
  const kind = STATUS_PAINT[status];
  return kind === undefined ? status : paint(kind, status);
}
