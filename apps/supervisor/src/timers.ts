import type { Context } from "./context.ts";
import type { ControlChannel } from "./control/control-channel.ts";
import { expireCommands } from "./capabilities/commands/deliver-commands.ts";
import { announceOffline, keepReports } from "./capabilities/nodes/watch-liveness.ts";
import type { Hub } from "./hub/hub.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Starts all that is done again and again; what it returns ends it, when what is being done is done. */
export function startTimers(
  context: Context,
  { hub, control }: { readonly hub: Hub; readonly control: ControlChannel },
  auditRetentionMs: () => number,
): AsyncDisposable {
  const { intervalMs } = context.heartbeat;
  let working = Promise.resolve();
  const often = Math.min(1_000, intervalMs);
  const run = (name: string, work: () => Promise<void>): void => {
    working = working.then(work).catch((error: unknown) => context.log.error({ error }, `${name} failed`));
  };
  const timers = [
    setInterval(() => hub.beat(), intervalMs),
    setInterval(() => control.beat(), intervalMs),
    setInterval(() => run("expiring commands", () => expireCommands(context)), often),
    setInterval(() => run("watching nodes", () => announceOffline(context)), often),
    setInterval(() => context.tokens.expire(), often),
    setInterval(() => run("keeping uses of tokens", () => context.tokens.keepUses()), MINUTE_MS),
    setInterval(() => context.audit.writeCounted(), often),
    setInterval(() => run("pruning the audit", () => context.audit.prune(auditRetentionMs())), HOUR_MS),
    setInterval(() => run("keeping reports", () => keepReports(context)), Math.max(intervalMs, 5_000)),
  ];
  return {
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearInterval(timer);
      await working;
    },
  };
}
