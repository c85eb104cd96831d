import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const source = fileURLToPath(new URL("../../src/", import.meta.url));

/** How opencode 1.x names what it says. */
const OPENCODES_WORDS =
  /\b(sessionID|messageID|partID|requestID|parentID|callID|providerID|modelID|projectID|aggregate_?[iI][dD]|syncEvent|message\.part\.\w+|permission\.(asked|replied))\b/;

const wordsIn = (file: string): string | undefined =>
  OPENCODES_WORDS.exec(readFileSync(`${source}${file}`, "utf8"))?.[0];

it("nothing behind opencode's door names what opencode says as opencode does", () => {
  const files = globSync("**/*.ts", { cwd: source });
  const [inside, outside] = [true, false].map((is) => files.filter((file) => file.startsWith("opencode/v1/") === is));
  expect(outside?.length).toBeGreaterThan(50);
  expect(outside?.map((file) => [file, wordsIn(file)]).filter(([, word]) => word !== undefined)).toEqual([]);
  // the words are those that it does use
  expect(inside?.filter((file) => wordsIn(file) !== undefined).length).toBeGreaterThan(5);
});
