import { backoffMs, errorText, sleep } from "@hal/daemon";
import type { Context } from "../../context.ts";
import { isLive } from "../../domain/source-fact.ts";
import { watchLateSessions } from "./late-sessions.ts";
import { Pump } from "./pump.ts";

/** The first look after a stream was opened; each further one comes after twice the time. */
const FIRST_LOOK_MS = 2_000;

/** Whoever mends a project wants to see that it is mended. */
const FAILING_LOOK_MS = 10_000;

/** A stream that opens again has everything compared; it is not waited for longer. */
const MOST_PAUSE_MS = 2_000;

export interface FollowTimes {
  /** a stream that says nothing for so long is given up; milliseconds */
  readonly silenceMs: number;
  /** at most so far apart it is looked for what was not heard, though the stream lives; milliseconds */
  readonly lookMs: number;
  /** so soon a turn is looked at again that a comparison left in doubt; milliseconds */
  readonly doubtMs: number;
}

/**
 * Follows the opencode that is up now until its stream ends, is silent for too long, or `signal` aborts, again and
 * again; each time opencode is compared with what was told.
 */
export async function followOpencode(context: Context, times: FollowTimes, signal: AbortSignal): Promise<void> {
  // a rule that is new judges what waits
  context.rules.onChange = () => context.followed.onDoubt();
  let failures = 0;
  while (!signal.aborted) {
    await context.opencode.waitUp(signal);
    if (signal.aborted) return;
    const began = context.clock.monotonic();
    try {
      if (context.book.isForgotten) await context.book.load();
      await followOnce(context, times, signal);
    } catch (error) {
      if (signal.aborted) return;
      context.log.warn({ problem: errorText(error) }, "lost opencode's events; comparing again");
      await context.book.load();
    }
    failures = context.clock.monotonic() - began > 60_000 ? 0 : failures + 1;
    await sleep(backoffMs(failures, { baseMs: 100, maxMs: MOST_PAUSE_MS }), signal);
  }
}

async function followOnce(context: Context, times: FollowTimes, outer: AbortSignal): Promise<void> {
  const api = context.opencode.api();
  await context.book.runIs(api.run, context.clock.now());
  const ended = new AbortController();
  const signal = AbortSignal.any([outer, ended.signal]);
  const pump = new Pump(context, api, { doubtMs: times.doubtMs, onFailure: () => ended.abort() });
  context.book.onFailure = (error) => pump.fail(error);
  const silence = watchSilence(times.silenceMs, () => ended.abort());
  const looking = lookAgainAndAgain(times.lookMs, context, () => pump.look());
  context.followed.onDoubt = () => pump.compare();
  const unwatch = watchLateSessions(context, () => pump.compare());
  try {
    for await (const fact of api.facts(signal)) {
      silence.heard();
      // the live lane waits for no disk and no comparison
      context.live.hear(fact);
      context.health.hear(fact);
      if (fact.kind === "opened") context.log.debug("opencode's events are followed");
      if (fact.kind === "opened" || fact.kind === "forgot") pump.compare();
      else if (!isLive(fact)) pump.take(fact);
      pump.throwIfFailed();
    }
    if (!outer.aborted) throw new Error("the stream ended");
  } catch (error) {
    // the stream was given up because of it, so it is the reason to tell
    pump.throwIfFailed();
    throw error;
  } finally {
    silence.stop();
    looking.stop();
    unwatch();
    context.followed.onDoubt = () => undefined;
    ended.abort();
    context.live.missed();
    context.health.missed();
    await pump.drain();
    context.followed.is = false;
  }
}

/** Mostly at first: opencode may leave events out while it still writes to a reader that was killed. */
function lookAgainAndAgain(mostMs: number, { directories, durable }: Context, look: () => void) {
  let waitMs = Math.min(FIRST_LOOK_MS, mostMs);
  const next = (): NodeJS.Timeout =>
    setTimeout(() => {
      look();
      const isFailing = directories.failing.size > 0 || durable.problem !== undefined;
      waitMs = Math.min(2 * waitMs, mostMs, isFailing ? FAILING_LOOK_MS : mostMs);
      timer = next();
    }, waitMs);
  let timer = next();
  return { stop: () => clearTimeout(timer) };
}

function watchSilence(silenceMs: number, onSilence: () => void) {
  let timer = setTimeout(onSilence, silenceMs);
  return {
    heard(): void {
      clearTimeout(timer);
      timer = setTimeout(onSilence, silenceMs);
    },
    stop: () => clearTimeout(timer),
  };
}
