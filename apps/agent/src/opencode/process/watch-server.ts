import { type Clock, type Logger, sleep } from "@hal/daemon";
import type { UnreadFile } from "../../capabilities/projects/domain/config-changes.ts";
import { isAlive, readProcess } from "../os/process-table.ts";
import type { SizeJudge } from "./domain/size-judge.ts";
import { healthOf } from "./health.ts";
import type { RunningServer } from "./server.ts";
import type { WatchTimes } from "./watch-times.ts";

const NEEDS_MORE =
  "a new opencode needs more than opencode.max_rss_mb, too, and is not replaced for it; raise the limit, or give this node fewer projects";

/** Why a server is not watched any more. */
export type WatchEnd =
  | { readonly kind: "gone" | "stopping"; readonly reason: string }
  | { readonly kind: "too big"; readonly rssBytes: number }
  /** it could not read these files, which are others by now */
  | { readonly kind: "outdated"; readonly rssBytes: number; readonly files: readonly string[] };

/** What a server could not read of its configuration, for its whole life, and a new one would read otherwise. */
export interface ChangedConfig {
  /** the files; none while it is too soon for another run */
  due(runBeganAt: number): readonly UnreadFile[];
  /** a new run begins, and reads them */
  take(read: readonly UnreadFile[]): void;
}

export interface Watching {
  readonly clock: Clock;
  readonly log: Logger;
  readonly times: WatchTimes;
  readonly mostBytes: number;
  readonly size: SizeJudge;
  /** whether nothing would be lost if the server were replaced now */
  readonly isIdle: () => Promise<boolean>;
  readonly changedConfig: ChangedConfig;
}

/**
 * Resolves when the server is gone or does not answer any more, or when nobody needs it now and it has grown too big, or
 * could not read configuration that was changed since.
 */
export async function watchServer(server: RunningServer, watching: Watching, signal: AbortSignal): Promise<WatchEnd> {
  const { clock, log, mostBytes, changedConfig } = watching;
  const { aliveEveryMs, healthEveryMs, healthMs, healthFailures, recycleAfterMs } = watching.times;
  const upSince = clock.monotonic();
  let checkedAt = upSince;
  let failed = 0;
  while (!signal.aborted) {
    await sleep(aliveEveryMs, signal);
    if (!isAlive(server.process)) return { kind: "gone", reason: "opencode serve ended by itself or was killed" };
    if (clock.monotonic() - checkedAt < healthEveryMs) continue;
    failed = (await healthOf(server, healthMs)).kind === "up" ? 0 : failed + 1;
    checkedAt = clock.monotonic();
    if (failed >= healthFailures)
      return { kind: "gone", reason: `opencode serve did not answer ${failed} health checks` };
    const rssBytes = readProcess(server.process.pid)?.rssBytes ?? 0;
    const changed = failed === 0 ? changedConfig.due(server.startedAt) : [];
    if (changed.length > 0 && (await isIdle(watching))) {
      changedConfig.take(changed);
      return { kind: "outdated", rssBytes, files: changed.map(({ file }) => file) };
    }
    if (checkedAt - upSince <= recycleAfterMs) continue;
    const size = watching.size.look(rssBytes);
    if (size === "needs more") log.warn({ rssBytes, limitBytes: mostBytes }, NEEDS_MORE);
    const isTooBig = size === "too big";
    if (isTooBig && failed === 0 && (await isIdle(watching))) return { kind: "too big", rssBytes };
  }
  return { kind: "stopping", reason: "the agent is stopping" };
}

/** One that cannot be asked is not idle. */
async function isIdle(watching: Watching): Promise<boolean> {
  try {
    return await watching.isIdle();
  } catch {
    return false; // its health check will say more
  }
}
