import { describe, expect, it } from "vitest";
import { runCli } from "../src/cli.ts";
import { terminal } from "./support/run.ts";

async function run(...args: string[]) {
  const { terminal: made, written } = terminal();
  return { code: await runCli(args, made, "9.9.9"), ...written };
}

describe("halctl's exit codes and lines", () => {
  it.each<[string, string[], number, string]>([
    ["an unknown command, with the one that was meant", ["nodes", "lst"], 2, "Did you mean nodes list?"],
    ["an unknown flag", ["nodes", "list", "--frmat", "json"], 2, "frmat"],
    ["a format that does not exist", ["nodes", "list", "-o", "yaml"], 2, "yaml"],
    [
      "a noun without a verb",
      ["sessions"],
      2,
      "list, get, logs, tail, attach, wait, todo, diff, watch, start, prompt, abort, resume, restart, kill",
    ],
    [
      "an address that is none",
      ["nodes", "list", "--supervisor-url", "localhost:8420"],
      2,
      "such as ws://localhost:8420",
    ],
    ["a span that is none", ["start", "p", "hi", "--timeout", "soon"], 2, "write it as 90s"],
    [
      "a supervisor that is away",
      ["nodes", "list", "--supervisor-url", "ws://127.0.0.1:1"],
      3,
      "cannot reach the supervisor at ws://127.0.0.1:1: connection refused",
    ],
    [
      "a supervisor that is away, over HTTP",
      ["--supervisor-url", "http://127.0.0.1:1", "nodes", "list"],
      3,
      "cannot reach the supervisor at http://127.0.0.1:1",
    ],
    ["a token file that is not there", ["status", "--token-file", "/nowhere"], 2, "cannot read /nowhere: ENOENT"],
  ])("%s", async (_name, args, code, text) => {
    const ran = await run(...args);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain(text);
    expect(ran.err.trim().split("\n")).toHaveLength(1);
    expect(ran.err).not.toMatch(/\n\s+at /);
  });

  it("prints its version", async () => {
    const away = await run("version", "--supervisor-url", "ws://127.0.0.1:1");
    expect(away).toMatchObject({ code: 3, out: "halctl      9.9.9\nsupervisor  not known\n" });
    expect(away.err).toContain("cannot reach the supervisor");
  });
});
