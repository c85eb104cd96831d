/** A supervisor's welcome of an agent of which it has nothing yet, in an epoch of its outbox. */
export function welcomeOf(epoch: string, changes: object = {}): object {
  return {
    type: "welcome",
    protocol: 1,
    supervisor: { version: "0", logId: "log" },
    heartbeatIntervalMs: 1_000,
    heartbeatTimeoutMs: 30_000,
    acknowledged: { epoch, seq: 0 },
    serverTime: Date.now(),
    ...changes,
  };
}
