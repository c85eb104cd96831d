import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { preconditionReason } from "../../src/capabilities/preconditions/domain/precondition-reason.ts";
import { Tail } from "../../src/capabilities/preconditions/domain/tail.ts";
import { type PreconditionEnd, Preconditions } from "../../src/capabilities/preconditions/preconditions.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "hal precondition "));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const preconditions = new Preconditions((run) => ({ PATH: process.env["PATH"] ?? "", NAMED: run }));
const NEVER = new AbortController().signal;

function ends(command: string, { timeoutMs = 30_000, signal = NEVER } = {}): Promise<PreconditionEnd> {
  return preconditions.run({ command, directory, timeoutMs, run: "run-1" }, signal);
}

/** Whether a process of this name is left. */
function isLeft(marker: string): boolean {
  try {
    return execFileSync("pgrep", ["-f", marker]).length > 0;
  } catch {
    return false;
  }
}

describe("a precondition", () => {
  it("is run by the shell in the directory, with the name of the run and nothing of the agent's own environment", async () => {
    writeFileSync(join(directory, "ready"), "");
    process.env["OF_THE_AGENT"] = "a secret";
    expect(await ends("ls; echo $NAMED; echo [$OF_THE_AGENT] >&2; test -e ready && exit 7")).toEqual({
      kind: "exited",
      code: 7,
      output: expect.stringMatching(/^ready\nrun-1\n\[\]\n$/),
    });
    delete process.env["OF_THE_AGENT"];
  });

  it.each([
    ["true", undefined],
    ["exit 3", "its precondition ended with exit code 3, and wrote nothing"],
    ["echo nothing new; exit 1", "its precondition ended with exit code 1: nothing new"],
    ["printf ' a\\n\\tb\\n\\n'; exit 1", "its precondition ended with exit code 1: a b"],
    ["kill -9 $$", "its precondition was ended by SIGKILL, and wrote nothing"],
    ["no-such-program", expect.stringMatching(/^its precondition ended with exit code 127: .*not found/)],
  ])("%j has the reason %j", async (command, reason) => {
    expect(preconditionReason(await ends(command), 30_000)).toEqual(reason);
  });

  it("that takes too long is ended with what it started, also where it does not mean to", async () => {
    const marker = `sleep 61.${process.pid}`;
    const end = await ends(`trap '' TERM; echo waits; ${marker} & ${marker}; wait`, { timeoutMs: 300 });
    expect(end).toEqual({ kind: "timed_out", output: "waits\n" });
    expect(preconditionReason(end, 300)).toBe("its precondition took longer than 0.3 s and was ended: waits");
    await expect.poll(() => isLeft(marker), { timeout: 5_000 }).toBe(false);
  });

  it("is ended when its agent stops", async () => {
    const stopping = new AbortController();
    const running = ends("sleep 62", { signal: stopping.signal });
    stopping.abort();
    expect(await running).toEqual({ kind: "stopped", output: "" });
    expect(await ends("true", { signal: stopping.signal })).toEqual({ kind: "stopped", output: "" });
  });

  it("does not wait for what it leaves in the background, and keeps the last of what it writes", async () => {
    // what is left ends when the test says so, and not before: whoever waits for it waits until the time is over
    const left = "while [ ! -e over ]; do sleep 0.1; done; echo late";
    const end = await ends(`(${left}) & i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; exit 1`);
    writeFileSync(join(directory, "over"), "");
    expect(end).toMatchObject({ kind: "exited", code: 1 });
    expect(end.output.length).toBeLessThanOrEqual(4_096);
    expect(end.output).toMatch(/line 2999\n$/);
    expect((preconditionReason(end, 1) ?? "").length).toBeLessThan(400);
  });

  it("whose directory is gone says so", async () => {
    rmSync(directory, { recursive: true });
    expect(preconditionReason(await ends("true"), 1)).toMatch(/^its precondition could not be run: /);
  });
});

it("the last of what is written is kept, however it comes", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 40 })), fc.integer({ min: 1, max: 64 }), (pieces, most) => {
      const tail = new Tail(most);
      for (const piece of pieces) tail.add(new TextEncoder().encode(piece));
      const whole = Buffer.from(pieces.join(""));
      expect(tail.text).toBe(new TextDecoder().decode(whole.subarray(Math.max(0, whole.length - most))));
    }),
  );
});
