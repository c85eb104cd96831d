import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "../src/index.ts";
import { serviceManager } from "../src/service-manager.ts";

const PID = 42;
const SOCKET = { NOTIFY_SOCKET: "/run/systemd/notify" };

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** One with this environment, and what it was told. */
function told(env: Readonly<Record<string, string>>, notify?: () => Promise<void>) {
  const said: string[] = [];
  const warnings: string[] = [];
  const log = createLogger({ name: "hal", destination: { write: (line: string) => void warnings.push(line) } });
  const manager = serviceManager({
    env,
    pid: PID,
    log,
    notify: async (assignments) => {
      said.push(assignments.join(" "));
      await notify?.();
    },
  });
  return { manager, said, warnings };
}

describe("a program that a service manager started", () => {
  it("says that it is up, and that it stops", () => {
    const { manager, said } = told(SOCKET);
    manager.ready();
    manager.stopping();
    expect(said).toEqual(["READY=1", "STOPPING=1"]);
  });

  it("says nothing where nobody asked", () => {
    for (const env of [{}, { NOTIFY_SOCKET: "" }, { WATCHDOG_USEC: "1000000" }]) {
      const { manager, said } = told(env);
      manager.ready();
      manager.stopping();
      vi.advanceTimersByTime(60_000);
      expect(said).toEqual([]);
    }
  });

  it.each([
    ["thrice within the time after which it counts as hung", {}, 9],
    ["where that is meant for it", { WATCHDOG_PID: String(PID) }, 9],
    ["not where it is meant for another process", { WATCHDOG_PID: "43" }, 0],
    ["not where it is no time", { WATCHDOG_USEC: "soon" }, 0],
    ["not where it is none", { WATCHDOG_USEC: "0" }, 0],
  ])("says that its event loop turns: %s", async (_, more, times) => {
    const { manager, said } = told({ ...SOCKET, WATCHDOG_USEC: "30000000", ...more });
    manager.ready();
    await vi.advanceTimersByTimeAsync(90_000);
    expect(said).toEqual(["READY=1", ...Array.from({ length: times }, () => "READY=1 WATCHDOG=1")]);
    manager[Symbol.dispose]();
    await vi.advanceTimersByTimeAsync(90_000);
    expect(said).toHaveLength(1 + times);
  });

  it("says it not once more while it is saying it", async () => {
    const never = new Promise<void>(() => undefined);
    const { manager, said } = told({ ...SOCKET, WATCHDOG_USEC: "3000000" }, () => never);
    manager.ready();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(said).toEqual(["READY=1"]);
  });

  it("goes on where it cannot be said, and logs that once", async () => {
    const { manager, warnings } = told({ ...SOCKET, WATCHDOG_USEC: "3000000" }, () =>
      Promise.reject(new Error("ENOENT")),
    );
    manager.ready();
    await vi.advanceTimersByTimeAsync(10_000);
    manager.stopping();
    await vi.advanceTimersByTimeAsync(0);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("is systemd-notify there?");
  });
});
