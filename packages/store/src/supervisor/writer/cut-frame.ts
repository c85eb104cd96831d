/** An `events` frame in pieces. */
export interface CutFrame {
  /** what JSON.parse would make of the whole text */
  readonly frame: unknown;
  /** the data of each event as JSON text, as it came */
  readonly texts: readonly string[];
}

const BEGIN = '"events":[';
const FIRST = '{"seq":';
const END = "}]}";
const BETWEEN = '},{"seq":';
const DATA = ',"data":';

/**
 * Parses a frame event by event, so that the data of each need not be written as JSON again. It takes frames as agents write
 * them, with `seq` first and `data` last, and gives undefined for every other text: what is cut at a wrong place is no JSON.
 */
export function cutFrame(text: string): CutFrame | undefined {
  const begin = text.indexOf(BEGIN) + BEGIN.length;
  if (begin < BEGIN.length || !text.endsWith(END)) return undefined;
  const last = text.length - END.length;
  const events: object[] = [];
  const texts: string[] = [];
  try {
    const head = JSON.parse(`${text.slice(0, begin)}]}`) as object;
    for (let at = begin, isLast = false; !isLast;) {
      const next = text.indexOf(BETWEEN, at);
      isLast = next === -1;
      const end = isLast ? last : next;
      const dataAt = text.indexOf(DATA, at);
      // without anything before its data an event would be cut out of what is no JSON
      if (dataAt === -1 || dataAt > end || !text.startsWith(FIRST, at)) return undefined;
      const envelope = JSON.parse(`${text.slice(at, dataAt)}}`) as Record<string, unknown>;
      const data = text.slice(dataAt + DATA.length, end);
      envelope["data"] = JSON.parse(data);
      events.push(envelope);
      texts.push(data);
      at = end + "},".length;
    }
    return { frame: { ...head, events }, texts };
  } catch {
    return undefined;
  }
}
