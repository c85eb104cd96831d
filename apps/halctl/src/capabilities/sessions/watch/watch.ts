import { type EventView, isAtRest, type MessageView, type SessionView } from "@hal/protocol";
import { statusText } from "@hal/words";
import { exactRef } from "../exact-ref.ts";
import { EXIT } from "../../../exit-codes.ts";
import { type Asked, showOpenQuestions, showQuestion } from "../conversation/await-answer.ts";
import { currentCursor, followEvents } from "../../../live/follow-events.ts";
import { followWatch } from "./follow-watch.ts";
import { note, printJson } from "../../../output/print.ts";
import { type Said, said } from "../../../output/said.ts";
import { finalMessageOf, WatchScreen } from "./watch-screen.ts";
import type { Session } from "../../../session.ts";
import type { Run } from "../../../grammar/run.ts";

export const watchSession: Run<WatchArgs> = (session, args) => watchWith(session, args);

export interface WatchArgs {
  readonly ref: string;
  readonly untilIdle: boolean;
  /** so many of the last messages come first; without it, those of the turn that runs */
  readonly lines?: number | undefined;
}

/** What is done beside the watching; when it ends, the watching does. */
type Beside = (found: SessionView, signal: AbortSignal) => Promise<void>;

/** Shows a session while it is written: the running turn as far as it is known, then what comes of it. */
export async function watchWith(session: Session, args: WatchArgs, beside?: Beside): Promise<number> {
  const after = await currentCursor(session);
  const { output: found } = await session.client.call("sessions.get", { ref: args.ref });
  const view = session.format === "json" ? jsonLines(session) : screen(session);
  view.begin(found, await messagesBefore(session, found, args.lines));
  if (found.status === "waiting") await view.waiting(found);
  const endOf = (event: EventView): number | undefined =>
    event.type === "session.ended" || args.untilIdle ? endedWith(event) : undefined;
  if (args.untilIdle && isAtRest(found.status)) return found.status === "idle" ? EXIT.done : EXIT.failed;

  const over = new AbortController();
  const signal = AbortSignal.any([session.terminal.interrupted, over.signal]);
  let code: number = EXIT.done;
  const text = async (): Promise<void> => {
    for await (const item of followWatch(session, exactRef(args.ref, found), signal)) view.item(item);
  };
  const events = async (): Promise<void> => {
    for await (const event of followEvents(session, { session_id: found.id, node_id: found.node_id, after }, signal)) {
      view.event(event);
      const ended = endOf(event);
      if (ended === undefined) continue;
      code = ended;
      over.abort();
    }
  };
  const aside = async (): Promise<void> => {
    if (beside === undefined) return;
    await beside(found, signal);
    over.abort();
  };
  try {
    await Promise.all([text(), events(), aside()]);
  } finally {
    over.abort();
    view.end();
  }
  if (session.terminal.interrupted.aborted) sayLeft(session, found.id);
  return code;
}

/** Whoever leaves by Ctrl-C hears that nothing was stopped by it. */
function sayLeft(session: Session, id: string): void {
  note(session, said`halctl: left ${id}; nothing was stopped. To stop its turn: halctl stop ${id}`);
}

/** The last messages, so many as are wanted; else those of a turn that is under way. */
async function messagesBefore(session: Session, found: SessionView, lines?: number): Promise<readonly MessageView[]> {
  if (lines === undefined) return runningTurn(session, found);
  const { output } = await session.client.call("sessions.messages", { ref: found.id, limit: lines });
  return output;
}

/** The messages of a turn that is under way: from the last prompt on. */
async function runningTurn({ client }: Session, { id, status }: SessionView): Promise<readonly MessageView[]> {
  if (isAtRest(status)) return [];
  const { output } = await client.call("sessions.messages", { ref: id, limit: 100 });
  return output.slice(
    Math.max(
      0,
      output.findLastIndex(({ role }) => role === "user"),
    ),
  );
}

/** The exit code that an event ends the watching with; undefined where the turn goes on. */
function endedWith({ type }: EventView): number | undefined {
  if (type === "session.idle") return EXIT.done;
  return type === "session.error" || type === "session.ended" ? EXIT.failed : undefined;
}

interface View {
  begin(found: SessionView, turn: readonly MessageView[]): void;
  /** shows what waits for a person already */
  waiting(found: SessionView): Promise<void>;
  item: WatchScreen["live"];
  event(event: EventView): void;
  end(): void;
}

/** One JSON object a line; `kind` tells them apart. */
function jsonLines({ terminal, client }: Session): View {
  const line = (value: { readonly kind: string; readonly [field: string]: unknown }): void =>
    printJson(terminal, value);
  return {
    begin: (found, turn) => {
      line({ kind: "session", session: found });
      for (const message of turn) line({ kind: "logged", message });
    },
    waiting: async ({ id }) => {
      const { output } = await client.call("interactions.list", { session: id });
      for (const interaction of output) line({ kind: "interaction", interaction });
    },
    item: line,
    event: (event) => line({ kind: "event", event }),
    end: () => undefined,
  };
}

/** As a person reads it. */
function screen(session: Session): View {
  const shown = new WatchScreen(session);
  const asked = new Set<string>();
  let isOpen = true;
  return {
    begin: ({ id, status, reason }, turn) => {
      shown.say(isAtRest(status) ? said`── ${id}: ${reason}` : said`── ${id} is ${statusText({ status, reason })}`);
      for (const message of turn) shown.final(message);
    },
    waiting: ({ id }) => showOpenQuestions(session, id, asked),
    item: (item) => {
      if (item.kind !== "lane") shown.live(item);
      else if (item.open !== isOpen) shown.say(said`  ${item.reason}`);
      if (item.kind === "lane") isOpen = item.open;
    },
    event: (event) => {
      const message = finalMessageOf(event);
      if (message !== undefined) shown.final(message);
      else if (event.type === "interaction.asked") {
        shown.endLine();
        showQuestion(session, event.data as Asked, asked);
      } else {
        const text = happened(event);
        if (text !== undefined) shown.say(text);
      }
    },
    end: () => shown.endLine(),
  };
}

/** What a person hears of an event that is no message; undefined where there is nothing to say. */
function happened({ type, data }: EventView): Said | undefined {
  const fields = data as Readonly<Record<string, unknown>>;
  switch (type) {
    case "interaction.answered":
      return said`  answered: ${String(fields["reply"])}`;
    case "interaction.expired":
      return said`  nobody waits for the answer any more: ${String(fields["reason"])}`;
    case "session.retrying":
      return said`  tries again (${String(fields["attempt"])}): ${String(fields["message"])}`;
    case "session.compacted":
      return said`  the conversation was compacted`;
    case "session.error":
      return said`── the turn failed: ${String(fields["name"])}: ${String(fields["message"])}`;
    case "session.idle":
      return fields["aborted"] === true ? said`── the turn was stopped` : said`── the turn is over`;
    case "session.ended":
      return said`── the session has ended: ${String(fields["reason"])}`;
    default:
      return undefined;
  }
}
