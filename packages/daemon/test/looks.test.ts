import { expect, it } from "vitest";
import { Looks } from "../src/looks.ts";

/** Looks that end when they are let. */
function stage() {
  const ends: PromiseWithResolvers<void>[] = [];
  const failures: unknown[] = [];
  const looks = new Looks(
    () => {
      const end = Promise.withResolvers<void>();
      ends.push(end);
      return end.promise;
    },
    (error) => failures.push(error),
  );
  return { looks, ends, failures };
}

it("whoever asks while a look runs gets one more behind it, however many ask", async () => {
  const { looks, ends } = stage();
  const first = looks.now();
  looks.wake();
  const last = looks.now();
  expect(ends).toHaveLength(1);
  ends[0]?.resolve();
  await expect.poll(() => ends.length).toBe(2);
  ends[1]?.resolve();
  await Promise.all([first, last]);
  expect(ends).toHaveLength(2);
});

it("a look that fails is told to whoever waits for it, and the next one looks again", async () => {
  const { looks, ends, failures } = stage();
  looks.wake();
  ends[0]?.reject(new Error("no"));
  await expect.poll(() => failures).toEqual([new Error("no")]);
  const again = looks.now();
  ends[1]?.resolve();
  await again;
});

it("nothing is looked at after its end, which waits for the look that runs", async () => {
  const { looks, ends } = stage();
  looks.wake();
  looks.wake();
  const ended = looks[Symbol.asyncDispose]();
  expect(looks.hasEnded).toBe(true);
  ends[0]?.resolve();
  await ended;
  await looks.now();
  expect(ends).toHaveLength(1);
});
