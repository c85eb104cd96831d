import { spawn } from "node:child_process";
import type { Logger } from "./logger.ts";

/** Who started this program and watches over it, such as systemd. */
export interface ServiceManager extends Disposable {
  /** it is up: whoever waited for that goes on */
  ready(): void;
  /** it was told to stop, and does so in order */
  stopping(): void;
}

export interface ServiceManagerOptions {
  /** `NOTIFY_SOCKET`, and `WATCHDOG_USEC` with `WATCHDOG_PID`, as sd_notify(3) and sd_watchdog_enabled(3) have them */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly log?: Logger;
  /** the program that tells it, with `KEY=VALUE` arguments; Node has no sockets of that kind */
  readonly notify?: (assignments: readonly string[]) => Promise<void>;
}

/** Sent that often within the time after which silence counts as a hang. */
const PINGS_WITHIN = 3;

const NOBODY: ServiceManager = {
  ready: () => undefined,
  stopping: () => undefined,
  [Symbol.dispose]: () => undefined,
};

/**
 * Tells the service manager how this program is, where it was started by one that wants to know. What cannot be told is logged once, and
 * is no reason to stop.
 */
export function serviceManager({ env, pid, log, notify = systemdNotify }: ServiceManagerOptions): ServiceManager {
  if ((env["NOTIFY_SOCKET"] ?? "") === "") return NOBODY;
  let hasFailed = false;
  let isTelling = false;
  const tell = (...assignments: readonly string[]): void => {
    isTelling = true;
    notify(assignments)
      .catch((error: unknown) => {
        if (!hasFailed) log?.warn({ error }, "systemd could not be told how this program is; is systemd-notify there?");
        hasFailed = true;
      })
      .finally(() => {
        isTelling = false;
      });
  };
  let pinging: NodeJS.Timeout | undefined;
  return {
    ready() {
      tell("READY=1");
      const everyMs = pingEveryMs(env, pid);
      if (everyMs === undefined) return;
      // that it is up is said again: before version 246 systemd may miss what comes from a program that ends at once
      const ping = (): void => (isTelling ? undefined : tell("READY=1", "WATCHDOG=1"));
      pinging = setInterval(ping, everyMs).unref();
    },
    stopping() {
      tell("STOPPING=1");
    },
    [Symbol.dispose]() {
      clearInterval(pinging);
    },
  };
}

/** How often the event loop says that it turns; undefined where nobody wants that of this process. */
function pingEveryMs(env: ServiceManagerOptions["env"], pid: number): number | undefined {
  const withinUs = Number(env["WATCHDOG_USEC"]);
  const isMeant = env["WATCHDOG_PID"] === undefined || Number(env["WATCHDOG_PID"]) === pid;
  return isMeant && withinUs > 0 ? Math.max(1, withinUs / 1_000 / PINGS_WITHIN) : undefined;
}

function systemdNotify(assignments: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("systemd-notify", assignments, { stdio: "ignore" });
    child.once("error", reject);
    child.once("exit", (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`systemd-notify ended with ${signal ?? code}`)),
    );
  });
}
