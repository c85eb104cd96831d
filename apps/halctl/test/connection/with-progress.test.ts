import type { OperatorClient } from "@hal/protocol";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { withProgress } from "../../src/connection/with-progress.ts";
import { terminal } from "../support/run.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What is said while an operation takes so long. */
async function saidDuring(name: "db.check" | "nodes.list", ms: number, isTerminal = true, json = false) {
  const answer = { output: {}, meta: {} };
  const client = {
    call: () => new Promise((resolve) => setTimeout(() => resolve(answer), ms)),
  } as unknown as OperatorClient;
  const { terminal: made, written } = terminal({ isTerminal });
  const asking = withProgress(client, { terminal: made, format: json ? "json" : "table" }).call(name, {});
  await vi.advanceTimersByTimeAsync(ms);
  expect(await asking).toBe(answer);
  await vi.advanceTimersByTimeAsync(60_000);
  return written.err;
}

it("whoever waits at a terminal hears for what, and nothing once it is done", async () => {
  expect(await saidDuring("db.check", 15_000)).toBe(
    "halctl: still reading the whole database (2 s)\nhalctl: still reading the whole database (12 s)\n",
  );
});

it("nothing is said of what is quick, to programs, and of what a page reads again and again", async () => {
  expect(await saidDuring("db.check", 1_000)).toBe("");
  expect(await saidDuring("db.check", 15_000, false)).toBe("");
  expect(await saidDuring("db.check", 15_000, true, true)).toBe("");
  expect(await saidDuring("nodes.list", 15_000)).toBe("");
});
