import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const SAYS_WHAT_IS_LOADED = `
  const { openDiscord } = await import("@hal/channels");
  const loaded = () => Object.keys(require("node:module")._cache).filter((path) => /@slack|discord(js|\\.js)/.test(path)).length;
  const before = loaded();
  const channel = await openDiscord({ botToken: "none" });
  const after = loaded();
  await channel[Symbol.asyncDispose]();
  console.log(JSON.stringify([before, after]));
`;

describe("the client library of Discord", () => {
  test("is loaded when Discord is opened, and not before", async () => {
    const args = [
      "--conditions=@hal/source",
      "--input-type=commonjs",
      "-e",
      `(async () => {${SAYS_WHAT_IS_LOADED}})()`,
    ];
    const cwd = new URL("../..", import.meta.url).pathname;
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd });
    const [before, after] = JSON.parse(stdout) as readonly [number, number];
    expect(before).toBe(0);
    expect(after).toBeGreaterThan(0);
  });
});
