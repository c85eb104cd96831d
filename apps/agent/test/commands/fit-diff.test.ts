import type { FileChange } from "@hal/protocol";
import { expect, it } from "vitest";
import { fitDiff } from "../../src/capabilities/commands/domain/fit-diff.ts";

const file = (name: string, patch: string | null): FileChange => ({
  file: name,
  status: "modified",
  additions: 1,
  deletions: 1,
  patch,
});

it.each<[string, FileChange[], number, boolean]>([
  ["is as it is where it fits", [file("a", "x"), file("b", null)], 2, false],
  [
    "loses the patches that have no room, not those behind them",
    [file("a", "\n".repeat(100_000)), file("b", "x")],
    2,
    true,
  ],
  ["loses files above the limit", Array.from({ length: 600 }, (_, index) => file(String(index), null)), 500, true],
])("a diff %s", (_name, files, count, cut) => {
  const fitted = fitDiff(files);
  expect(fitted.cut).toBe(cut);
  expect(fitted.files).toHaveLength(count);
  expect(JSON.stringify(fitted).length).toBeLessThan(220 * 1024);
  expect(fitted.files.find(({ file: name }) => name === "b")?.patch ?? "x").toBe("x");
});
