import { renameSync, writeFileSync } from "node:fs";

/**
 * At each SIGUSR2, writes the answer and how many there were so far to the file that HAL_BENCH_PROBE names.
 * @param {() => object | Promise<object>} answer
 */
export function answerProbe(answer) {
  const file = process.env["HAL_BENCH_PROBE"];
  if (file === undefined) throw new Error("HAL_BENCH_PROBE is not set");
  let count = 0;
  process.on("SIGUSR2", async () => {
    const answered = await answer();
    count += 1;
    writeFileSync(`${file}.new`, JSON.stringify({ ...answered, count }));
    renameSync(`${file}.new`, file);
  });
}
