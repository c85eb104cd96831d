import { Cron } from "croner";

/** When something is due: five fields of cron, by the clock on the wall of a zone. */
export interface CronRule {
  readonly cron: string;
  readonly timeZone: string;
}

const FIELDS = "minute, hour, day, month, day of the week, such as 0 3 * * 1-5";
/** Years in which every date comes that comes at all. */
const SOME_DAY = Date.UTC(2000, 0, 1);
const MOST_KEPT = 1_000;
const MINUTE_MS = 60_000;

const parsed = new Map<string, Cron>();

/** Throws where it is none. */
function parse({ cron, timeZone }: CronRule): Cron {
  const key = `${timeZone} ${cron}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const made = new Cron(cron, { timezone: timeZone, mode: "5-part", paused: true });
  if (parsed.size >= MOST_KEPT) parsed.clear();
  parsed.set(key, made);
  return made;
}

/** What is wrong with five fields of cron, in words that follow its path; undefined where nothing is. */
export function cronProblem(cron: string): string | undefined {
  const text = cron.trim();
  const fields = text.split(/\s+/).filter(Boolean).length;
  if (!text.startsWith("@") && fields !== 5) return `has ${fields} of the five fields: ${FIELDS}`;
  try {
    const never = parse({ cron, timeZone: "UTC" }).nextRun(new Date(SOME_DAY)) === null;
    return never ? "names no time that ever comes" : undefined;
  } catch (error) {
    return `is not as cron has it (${reasonOf(error)}); write ${FIELDS}`;
  }
}

/** croner's own words, without its name for the part that found it. */
function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return message
    .replace(/^\w+: /, "")
    .replace(/\.$/, "")
    .replaceAll(/\s+/g, " ");
}

/** The first time behind a moment; undefined where none comes. Pure. */
export function nextTime(rule: CronRule, after: number): number | undefined {
  return parse(rule).nextRun(new Date(after))?.getTime();
}

/** The last time at or before a moment, of those behind `after`. Pure. */
export function lastTime(rule: CronRule, { after, until }: { readonly after: number; readonly until: number }) {
  // what lies close is looked for first: going back step by step costs most where times are many
  for (let backMs = 2 * MINUTE_MS; ; backMs *= 8) {
    const from = Math.max(after, until - backMs);
    let last: number | undefined;
    for (let next = nextTime(rule, from); next !== undefined && next <= until; next = nextTime(rule, next)) last = next;
    if (last !== undefined || from === after) return last;
  }
}

/** How many times there are behind a moment, up to another one, that one included; `most` at most. Pure. */
export function countTimes(
  rule: CronRule,
  { after, until, most }: { readonly after: number; readonly until: number; readonly most: number },
): number {
  let count = 0;
  for (let next = nextTime(rule, after); count < most && next !== undefined && next <= until; count += 1)
    next = nextTime(rule, next);
  return count;
}
