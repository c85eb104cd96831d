import { EventEmitter } from "node:events";
import { expect, it, vi } from "vitest";
import { runDaemon, StartupError } from "../src/index.ts";

function fakeProcess() {
  const emitter = new EventEmitter();
  const written: string[] = [];
  const exits: number[] = [];
  return {
    written,
    exits,
    emitter,
    process: {
      on: (signal: string, listener: () => void) => emitter.on(signal, listener),
      off: (signal: string, listener: () => void) => emitter.off(signal, listener),
      exit: (code: number) => void exits.push(code),
      stderr: { write: (text: string) => written.push(text) },
    },
  };
}

it("stops in order on SIGTERM and exits with 0", async () => {
  const { process, emitter, exits } = fakeProcess();
  const dispose = vi.fn(() => Promise.resolve());
  const run = runDaemon({ name: "hal", process, start: async () => ({ [Symbol.asyncDispose]: dispose }) });
  await Promise.resolve();
  emitter.emit("SIGTERM");
  await run;
  expect(dispose).toHaveBeenCalledOnce();
  expect(exits).toEqual([0]);
});

it("ends at once on a second signal", async () => {
  const { process, emitter, exits } = fakeProcess();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const run = runDaemon({ name: "hal", process, start: async () => ({ [Symbol.asyncDispose]: () => held }) });
  await Promise.resolve();
  emitter.emit("SIGINT");
  emitter.emit("SIGINT");
  expect(exits).toEqual([1]);
  release();
  await run;
});

it("shows a start-up failure as one line with its exit code", async () => {
  const { process, written, exits } = fakeProcess();
  await runDaemon({
    name: "hal-supervisor",
    process,
    start: () => Promise.reject(new StartupError("port 8420 is taken", { exitCode: 3 })),
  });
  expect(written).toEqual(["hal-supervisor: port 8420 is taken\n"]);
  expect(exits).toEqual([3]);
});

it("reloads on SIGHUP where it can, and goes on", async () => {
  const { process, emitter, exits } = fakeProcess();
  const reload = vi.fn(() => Promise.resolve());
  const run = runDaemon({
    name: "hal",
    process,
    start: async () => ({ reload, [Symbol.asyncDispose]: async () => {} }),
  });
  await Promise.resolve();
  await Promise.resolve();
  emitter.emit("SIGHUP");
  emitter.emit("SIGHUP");
  expect(reload).toHaveBeenCalledTimes(2);
  expect(exits).toEqual([]);
  emitter.emit("SIGTERM");
  await run;
  expect(exits).toEqual([0]);
});

it("reloads once it is up where SIGHUP came during the start", async () => {
  const { process, emitter, exits } = fakeProcess();
  const reload = vi.fn(() => Promise.resolve());
  const started = Promise.withResolvers<void>();
  const run = runDaemon({
    name: "hal",
    process,
    start: async () => {
      await started.promise;
      return { reload, [Symbol.asyncDispose]: async () => {} };
    },
  });
  emitter.emit("SIGHUP");
  expect(reload).not.toHaveBeenCalled();
  started.resolve();
  await expect.poll(() => reload.mock.calls.length).toBe(1);
  expect(exits).toEqual([]);
  emitter.emit("SIGTERM");
  await run;
});

it("stops in order on SIGHUP where there is nothing to reload", async () => {
  const { process, emitter, exits } = fakeProcess();
  const run = runDaemon({ name: "hal", process, start: async () => ({ [Symbol.asyncDispose]: async () => {} }) });
  await Promise.resolve();
  emitter.emit("SIGHUP");
  await run;
  expect(exits).toEqual([0]);
});

it("leaves to the next one what that takes over, on SIGUSR2 alone", async () => {
  for (const [signal, expected] of [
    ["SIGUSR2", ["left", "disposed"]],
    ["SIGTERM", ["disposed"]],
  ] as const) {
    const { process, emitter, exits } = fakeProcess();
    const happened: string[] = [];
    const run = runDaemon({
      name: "hal",
      process,
      canLeave: true,
      start: async () => ({
        leave: () => void happened.push("left"),
        [Symbol.asyncDispose]: async () => void happened.push("disposed"),
      }),
    });
    await Promise.resolve();
    emitter.emit(signal);
    await run;
    expect(happened).toEqual(expected);
    expect(exits).toEqual([0]);
  }
});

it("leaves where that was asked for during the start", async () => {
  const { process, emitter, exits } = fakeProcess();
  const leave = vi.fn();
  const started = Promise.withResolvers<void>();
  const run = runDaemon({
    name: "hal",
    process,
    canLeave: true,
    start: async () => {
      await started.promise;
      return { leave, [Symbol.asyncDispose]: async () => {} };
    },
  });
  emitter.emit("SIGUSR2");
  started.resolve();
  await run;
  expect(leave).toHaveBeenCalledOnce();
  expect(exits).toEqual([0]);
});

it("does not hear SIGUSR2 where it has nothing to leave: that is Node's, for reports", async () => {
  const { process, emitter, exits } = fakeProcess();
  const run = runDaemon({ name: "hal", process, start: async () => ({ [Symbol.asyncDispose]: async () => {} }) });
  await Promise.resolve();
  expect(emitter.listenerCount("SIGUSR2")).toBe(0);
  emitter.emit("SIGTERM");
  await run;
  expect(exits).toEqual([0]);
});

it("tells its service manager when it is up, and when it stops", async () => {
  const { process, emitter } = fakeProcess();
  const said: string[] = [];
  const manager = {
    ready: () => void said.push("ready"),
    stopping: () => void said.push("stopping"),
    [Symbol.dispose]: () => void said.push("over"),
  };
  const run = runDaemon({
    name: "hal",
    process,
    manager,
    start: async () => {
      said.push("started");
      return { [Symbol.asyncDispose]: async () => void said.push("disposed") };
    },
  });
  await expect.poll(() => said).toEqual(["started", "ready"]);
  emitter.emit("SIGTERM");
  await run;
  expect(said).toEqual(["started", "ready", "stopping", "disposed", "over"]);
});
