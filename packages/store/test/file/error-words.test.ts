import { DrizzleQueryError } from "drizzle-orm";
import fc from "fast-check";
import { expect, it } from "vitest";
import { errorWords } from "../../src/error-words.ts";

it("keeps what failed and where, and no value of a statement or a text", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^s[0-9a-f]{20}["\n]?[a-z]{3}$/), (hidden) => {
      for (const error of [
        new DrizzleQueryError("insert into t values (?)", [hidden], new Error("full")),
        unparsed(hidden),
      ]) {
        const { message, stack } = errorWords(error);
        expect(`${message}${stack}`).not.toContain(hidden);
        expect(stack).toMatch(/\n {4}at /);
      }
    }),
  );
  expect(errorWords(new DrizzleQueryError("select 1", [], new Error("full"))).message).toBe("Failed query: select 1");
});

function unparsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}
