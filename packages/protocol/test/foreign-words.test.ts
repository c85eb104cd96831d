import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";

const ROOT = path.join(import.meta.dirname, "../../..");

/** Objects with open keys that are read by names of our own, or were made without a prototype. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  "apps/agent/src/capabilities/sessions/compare/resync.ts known",
  "apps/agent/src/capabilities/sessions/session-book.ts counts",
  "apps/agent/src/opencode/v1/calls.ts rest",
  "apps/agent/src/opencode/process/environment.ts environment",
  "apps/supervisor/src/api/openapi/document.ts items",
  "apps/supervisor/src/api/v1-commands.ts MEANINGS",
  "apps/supervisor/src/capabilities/database/prune-db.ts UNIT_MS",
  "apps/supervisor/src/capabilities/state/operations.ts counts",
  "apps/supervisor/src/capabilities/why/operations.ts counts",
  "apps/supervisor/src/metrics/state-gauges.ts values",
  "apps/supervisor/src/gate/raw-answer.ts REASONS",
  "packages/daemon/src/config.ts target",
  "packages/daemon/src/filled-in-schema.ts properties",
  "packages/daemon/src/filled-in-schema.ts shown",
  "packages/protocol/src/client/http-client.ts rest",
  "packages/protocol/src/fit.ts copy",
  "packages/protocol/src/fit.ts picked",
  "packages/protocol/src/text/entry-of.ts table",
  "packages/store/src/supervisor/row-statements.ts row",
]);

/** Names in a file that hold an object whose keys may be any text. */
function openTables(text: string): readonly string[] {
  const declared = [...text.matchAll(/(#?\w+)\??: (?:(?:Readonly|Partial)<)*Record<string,/g)];
  const made = [...text.matchAll(/(#?\w+) = Object\.create\(null\)/g)];
  return [...new Set([...declared, ...made].map(([, name]) => name as string))];
}

// I17
it("others' words are looked up by entryOf, and never in an object's inheritance", () => {
  const found = globSync("{packages,apps}/*/src/**/*.ts", {
    cwd: ROOT,
    exclude: ["**/node_modules/**", "packages/testkit/**"],
  }).flatMap((file) => {
    const text = readFileSync(path.join(ROOT, file), "utf8");
    return openTables(text)
      .filter((name) => new RegExp(String.raw`(?<![#\w"'])${name}\[(?!["'\d\]])`).test(text))
      .map((name) => `${file} ${name}`);
  });
  expect(found).toContain("packages/protocol/src/text/entry-of.ts table");
  expect(found.filter((place) => !OWN_WORDS.has(place))).toEqual([]);
});
