import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { OPERATIONS } from "../src/index.ts";
import { withOperations } from "../tools/readme.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

it("the README lists the operations as they are declared; `npm run docs` writes it anew", () => {
  expect(readme).toBe(withOperations(readme));
  for (const name of Object.keys(OPERATIONS)) expect(readme).toContain(`| \`${name}\` |`);
});
