import { HalError } from "@hal/protocol";
import { setTimeout as delay } from "node:timers/promises";
import { clockTime } from "@hal/words";
import { changedRows } from "./changed-rows.ts";
import { paint } from "../output/paint.ts";
import { pageOf, print, printJson } from "../output/print.ts";
import { Screen } from "../output/screen.ts";
import type { Session } from "../session.ts";
import { currentCursor, followEvents, untilReached } from "./follow-events.ts";
import type { List } from "./show-list.ts";

/** What comes within this time is drawn together. */
const GATHER_MS = 200;
/** What no event tells, such as heartbeats, is asked for so often. */
const ASK_MS = 5_000;
/** Ages on a screen go on. */
const DRAW_MS = 1_000;

/** Shows a list again whenever it changes, until Ctrl-C; it waits for a supervisor that is away. */
export async function watchList<T>(given: Session, list: List<T>): Promise<void> {
  const { terminal } = given;
  const over = new AbortController();
  const signal = AbortSignal.any([terminal.interrupted, over.signal]);
  const trouble = new Trouble();
  const isScreen = given.format !== "json" && terminal.isTerminal;
  const session = isScreen ? trouble.hearing(given) : given;
  const view = isScreen ? screenView(given, list, trouble) : lineView(given, list);
  const changed = new Signal();
  const after = await currentCursor(session);
  const following = follow(session, { after, concerns: list.concerns, signal }, changed).catch((error: unknown) => {
    over.abort(error);
  });
  try {
    while (!signal.aborted) {
      const data = await read(session, list, signal);
      if (data === undefined) break;
      trouble.isOver();
      view.show(data);
      const askAt = performance.now() + ASK_MS;
      while (!signal.aborted && !changed.isSet && performance.now() < askAt) {
        await changed.wait(Math.min(DRAW_MS, askAt - performance.now()), signal);
        view.tick();
      }
      if (changed.isSet) await delay(GATHER_MS, undefined, { signal }).catch(() => undefined);
      changed.clear();
    }
  } finally {
    over.abort();
    view.end();
    await following;
  }
  if (over.signal.reason instanceof HalError) throw over.signal.reason;
}

/** Undefined where Ctrl-C came first. */
async function read<T>(session: Session, list: List<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await untilReached(session, signal, () => list.read({ signal }));
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function follow(
  session: Session,
  { after, concerns, signal }: { readonly after: string; readonly concerns: RegExp; readonly signal: AbortSignal },
  changed: Signal,
): Promise<void> {
  for await (const { type } of followEvents(session, { after }, signal)) if (concerns.test(type)) changed.set();
}

/** Something that may be waited for and set meanwhile. */
class Signal {
  isSet = false;
  #wake: () => void = () => undefined;

  set(): void {
    this.isSet = true;
    this.#wake();
  }

  clear(): void {
    this.isSet = false;
  }

  async wait(ms: number, signal: AbortSignal): Promise<void> {
    if (this.isSet) return;
    const woken = new AbortController();
    this.#wake = () => woken.abort();
    await delay(Math.max(0, ms), undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => undefined);
  }
}

/** What would be written beside a screen is a line on it. */
class Trouble {
  text: string | undefined;

  hearing(session: Session): Session {
    const err = { write: (text: string): unknown => (this.text = text.trim()) };
    // its width may change while it is shown
    const terminal = Object.create(session.terminal, { err: { value: err } }) as Session["terminal"];
    return { ...session, terminal };
  }

  isOver(): void {
    this.text = undefined;
  }
}

interface View<T> {
  show(data: T): void;
  /** time has passed */
  tick(): void;
  end(): void;
}

function screenView<T>(session: Session, list: List<T>, trouble: Trouble): View<T> {
  const screen = new Screen(session.terminal);
  let last: T | undefined;
  let at = 0;
  const draw = (): void => {
    const time = clockTime(new Date(at).toISOString(), at);
    const { text: told } = trouble;
    const page = pageOf(session, { last, told }, (shown, look) => {
      const text = shown.last === undefined ? "" : list.render(shown.last, look);
      const foot = shown.told === undefined ? "" : `\n${paint("warn", shown.told)}\n`;
      return `${paint("faint", `${list.title}, ${time}; Ctrl-C leaves`)}\n${text}${foot}`;
    });
    screen.draw(page);
  };
  return {
    show: (data) => {
      last = data;
      at = session.terminal.now();
      draw();
    },
    tick: draw,
    end: () => screen.end(),
  };
}

/** For programs one JSON object for each row that came, changed or went; for a file the table anew. */
function lineView<T>(session: Session, list: List<T>): View<T> {
  const { terminal, format } = session;
  let before: ReadonlyMap<string, string> = new Map();
  let isFirst = true;
  return {
    show: (data) => {
      const whole = list.json === undefined ? data : list.json(data);
      const { changes, now } = changedRows(before, list.rows === undefined ? whole : list.rows(data));
      before = now;
      if (format === "json") for (const change of changes) printJson(terminal, change);
      else if (changes.length > 0 || isFirst)
        print(session, data, (shown, look) => `${isFirst ? "" : "\n"}${list.render(shown, look)}`);
      isFirst = false;
    },
    tick: () => undefined,
    end: () => undefined,
  };
}
