import { errorFacts } from "./error-facts.ts";
import type { Logger } from "./logger.ts";
import { printText, type TextSink } from "./print-text.ts";
import type { ServiceManager } from "./service-manager.ts";
import { StartupError } from "./startup-error.ts";

type DaemonSignal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGUSR2";

/** What of the process a daemon touches; handed in by `main.ts`, or by a test. */
export interface DaemonProcess {
  on(signal: DaemonSignal, listener: () => void): unknown;
  off(signal: DaemonSignal, listener: () => void): unknown;
  exit(code: number): void;
  readonly stderr: TextSink;
}

/** A daemon that is up. */
export interface Running extends AsyncDisposable {
  /** resolves with the reason, one line for a person, when it cannot go on: it is stopped, and exits with code 1 */
  readonly failed?: Promise<string>;
  /** looks again at what may change while it runs; what is wrong with that it logs itself. Without it SIGHUP is SIGTERM. */
  reload?(): Promise<void>;
  /** another one goes on from it: what it started stays, when it is disposed of */
  leave?(): void;
}

export interface DaemonOptions {
  readonly name: string;
  readonly process: DaemonProcess;
  /** brings everything up; what it returns is disposed of at the end */
  readonly start: (signal: AbortSignal) => Promise<Running>;
  readonly log?: Logger;
  /** how long an orderly stop may take; below systemd's TimeoutStopSec */
  readonly stopMs?: number;
  /** whether SIGUSR2 has it leave what it started to the next one; elsewhere that signal is Node's own, for reports */
  readonly canLeave?: boolean;
  /** hears when it is up, and when it stops */
  readonly manager?: ServiceManager;
}

/**
 * Runs a daemon until SIGTERM or SIGINT, or until it fails: an orderly stop ends with exit code 0, a failure with
 * code 1, a second signal ends at once, a stop that takes longer than `stopMs` ends with code 1. SIGUSR2 stops one that `canLeave`,
 * which leaves what the next one takes over. SIGHUP makes it reload, where it can. A StartupError is one line on stderr.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { process, log, manager } = options;
  const abort = new AbortController();
  let stopping: (() => void) | undefined;
  const stopRequested = new Promise<void>((resolve) => {
    stopping = resolve;
  });
  const onSignal = (): void => {
    if (abort.signal.aborted) {
      process.exit(1);
      return;
    }
    abort.abort();
    stopping?.();
  };
  let isLeaving = false;
  const onLeave = (): void => {
    isLeaving ||= !abort.signal.aborted;
    onSignal();
  };
  let running: Running | undefined;
  let hungUpEarly = false;
  const onHangUp = (): void => {
    if (running === undefined) hungUpEarly = true;
    else if (running.reload === undefined) onSignal();
    else running.reload().catch((error: unknown) => log?.error({ error }, "reloading failed"));
  };
  using _ = hear(process, {
    SIGTERM: onSignal,
    SIGINT: onSignal,
    SIGHUP: onHangUp,
    ...(options.canLeave === true ? { SIGUSR2: onLeave } : {}),
  });

  try {
    running = await options.start(abort.signal);
  } catch (error) {
    printText(process.stderr, startupMessage(options.name, error));
    process.exit(error instanceof StartupError ? error.exitCode : 1);
    return;
  }
  // what was read at the start may be older than what it should be read again for
  if (hungUpEarly) onHangUp();
  if (!abort.signal.aborted) manager?.ready();
  const failure = await Promise.race([stopRequested, ...(running.failed === undefined ? [] : [running.failed])]);
  manager?.stopping();
  if (isLeaving) running.leave?.();
  if (failure === undefined) log?.info(isLeaving ? "stopping; the next one goes on" : "stopping");
  else log?.error({ reason: failure }, "cannot go on; stopping");
  const limit = setTimeout(() => {
    log?.error("the orderly stop took too long");
    process.exit(1);
  }, options.stopMs ?? 25_000);
  try {
    await running[Symbol.asyncDispose]();
    log?.info("stopped");
    process.exit(failure === undefined ? 0 : 1);
  } catch (error) {
    log?.error({ error }, "the orderly stop failed");
    process.exit(1);
  } finally {
    clearTimeout(limit);
    manager?.[Symbol.dispose]();
  }
}

/** Hears signals until it is disposed of. */
function hear(process: DaemonProcess, listeners: Readonly<Partial<Record<DaemonSignal, () => void>>>): Disposable {
  const all = Object.entries(listeners) as [DaemonSignal, () => void][];
  for (const [signal, listener] of all) process.on(signal, listener);
  return {
    [Symbol.dispose]() {
      for (const [signal, listener] of all) process.off(signal, listener);
    },
  };
}

function startupMessage(name: string, error: unknown): string {
  if (error instanceof StartupError) return `${name}: ${error.message}`;
  return `${name}: cannot start: ${errorFacts(error).stack}`;
}
