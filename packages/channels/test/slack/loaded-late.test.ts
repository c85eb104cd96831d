import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const SAYS_WHAT_IS_LOADED = `
  const { openSlack } = await import("@hal/channels");
  const loaded = () => Object.keys(require("node:module")._cache).filter((path) => /@slack|discord/.test(path)).length;
  const before = loaded();
  await openSlack({ botToken: "xoxb-1", mode: "socket" });
  console.log(JSON.stringify([before, loaded()]));
`;

describe("the client library of Slack", () => {
  test("is loaded when Slack is opened, and not before", async () => {
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
