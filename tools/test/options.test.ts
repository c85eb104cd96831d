import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { numberOf, readOptions } from "../options.ts";

const USAGE = "npm run it -- [--rounds 3]";
const OPTIONS = { rounds: { type: "string", default: "3" } } as const;

describe("what a command of this repository is called with", () => {
  const said: string[] = [];
  beforeEach(() => {
    vi.spyOn(console, "error").mockImplementation((line: string) => said.push(line));
    vi.spyOn(process, "exit").mockImplementation((code) => {
      throw new Error(`exit ${String(code)}`);
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
    said.length = 0;
  });

  it("is read, with what is usual where it is not said", () => {
    const { values } = readOptions(USAGE, { args: [], options: OPTIONS });
    expect(numberOf(USAGE, values, "rounds")).toBe(3);
  });

  it("is refused with its usage and exit code 2 where it is not known", () => {
    expect(() => readOptions(USAGE, { args: ["--round", "3"], options: OPTIONS })).toThrow("exit 2");
    expect(said).toEqual([expect.stringMatching(/'--round'[^]*\nusage: npm run it -- \[--rounds 3\]$/)]);
  });

  it.each(["many", "", "-1", "NaN", "Infinity"])("is refused where a number is %o", (rounds) => {
    expect(() => numberOf(USAGE, { rounds }, "rounds")).toThrow("exit 2");
    expect(said).toEqual([`--rounds is a number, and not ${rounds}\nusage: ${USAGE}`]);
  });
});
