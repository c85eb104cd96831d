import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { Random } from "../../../../e2e/chaos/random.ts";

/** More of them, and others: HAL_KILLS=200 HAL_SEED=7 npm test -- followers-killed */
const KILLS = Number(process.env["HAL_KILLS"] ?? 6);
const SEED = Number(process.env["HAL_SEED"] ?? 1);
const DATABASES = 2;
const SHARE = Math.ceil(KILLS / DATABASES);
const MOST_MS = 120;
/** What one life may take where everything else runs beside it; most of it is its start. One that takes longer hangs. */
const LIFE_MS = 60_000;
const CHILD = fileURLToPath(new URL("../support/follower-child.ts", import.meta.url));

/** What one life of the follower said. */
interface Life {
  /** false where it ended, or had to be ended, before it followed anything */
  readonly hasBegun: boolean;
  readonly done: readonly number[];
  readonly kept: readonly number[];
  readonly newest: number | undefined;
}

function start(
  file: string,
  bursts: number,
): { readonly child: ChildProcess; readonly ready: Promise<void>; readonly life: Promise<Life> } {
  const child = spawn(process.execPath, ["--conditions=@hal/source", CHILD, file, String(bursts)], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: LIFE_MS,
    killSignal: "SIGKILL",
  });
  const ready = Promise.withResolvers<void>();
  let said = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.includes("ready\n")) ready.resolve();
  });
  const life = new Promise<Life>((resolve) => {
    child.once("close", () => {
      ready.resolve();
      const numbers = (word: string): number[] =>
        [...said.matchAll(new RegExp(`^${word} (\\d+)\\n`, "gm"))].map(([, number]) => Number(number));
      const hasBegun = said.includes("ready\n");
      resolve({ hasBegun, done: numbers("done"), kept: numbers("kept"), newest: numbers("end")[0] });
    });
  });
  return { child, ready: ready.promise, life };
}

/** What is wrong: each life goes on without a hole and in order, and does nothing again that was said to be kept. */
function problemsOf(lives: readonly Life[]): string[] {
  const problems: string[] = [];
  let before = { done: 0, kept: 0 };
  for (const [number, { hasBegun, done, kept }] of lives.entries()) {
    const first = done[0] ?? before.done + 1;
    const complain = (what: string): number => problems.push(`life ${number} begins at ${first}: ${what}`);
    if (!hasBegun) complain(`it was not ready, or not within ${LIFE_MS} ms`);
    if (first <= before.kept) complain(`${before.kept} was kept already`);
    if (first > before.done + 1) complain(`only ${before.done} was done`);
    if (done.some((id, index) => id !== first + index)) complain(`not in order: ${done.join(" ")}`);
    before = { done: Math.max(before.done, ...done), kept: Math.max(before.kept, ...kept) };
  }
  const newest = lives.at(-1)?.newest;
  if (before.done !== newest || before.kept !== newest)
    problems.push(`${JSON.stringify(before)} of ${newest} at the end`);
  return problems;
}

/** So many lives that are killed, and one that comes to its end. */
async function killAgainAndAgain(kills: number, random: Random): Promise<Life[]> {
  const folder = await mkdtemp(join(tmpdir(), "hal killed "));
  const lives: Life[] = [];
  for (let kill = 0; kill <= kills; kill += 1) {
    const isLast = kill === kills;
    const { child, ready, life } = start(join(folder, "s.db"), isLast ? 3 : 100_000);
    await ready;
    if (!isLast) {
      await delay(random.between(0, MOST_MS));
      child.kill("SIGKILL");
    }
    lives.push(await life);
  }
  await rm(folder, { recursive: true });
  return lives;
}

// I21
it(
  `a named follower that is killed at ${KILLS} moments does each event, in order, and none again that it said was done`,
  { timeout: (SHARE + 1) * LIFE_MS },
  async () => {
    const each = Array.from({ length: DATABASES }, (_, index) => killAgainAndAgain(SHARE, new Random(SEED + index)));
    const lives = await Promise.all(each);
    expect(lives.flatMap(problemsOf)).toEqual([]);
    const done = lives.map((life) => life.flatMap((one) => one.done));
    const times = done.flat().length;
    if ("HAL_KILLS" in process.env) {
      const events = done.reduce((sum, ids) => sum + new Set(ids).size, 0);
      console.log(
        `${SHARE * DATABASES} kills: ${events} events, ${times - events} of them done again before they were noted`,
      );
    }
    expect(times).toBeGreaterThan(KILLS);
  },
);
