import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/exit-codes.ts";
import { runCli } from "../../src/cli.ts";
import { terminal } from "../support/run.ts";

async function explain(...words: string[]) {
  const { terminal: made, written } = terminal();
  return { code: await runCli(["explain", ...words], made, "9.9.9"), ...written };
}

describe("halctl explain", () => {
  it("says what a status means and what to type", async () => {
    expect(await explain("waiting")).toMatchObject({
      code: 0,
      out: `waiting (session)
  It, or a session below it, asked for a permission or asked a question, and
  goes on only after an answer.
  → see what waits, and what to type: halctl inbox

waiting (notice)
  It has not been sent yet.
`,
    });
  });

  it.each([
    ["session.retrying", "session.retrying (event)\n"],
    ["held", "held (error code)\n"],
    ["HELD", "held (error code)\n"],
    ["11", "11 (exit code)\n  The session waits for a permission.\n"],
  ])("explains %s", async (word, begins) => expect((await explain(word)).out.startsWith(begins)).toBe(true));

  it("explains every exit code that there is", async () => {
    const { out } = await explain("exit-codes");
    expect([...out.matchAll(/^(\d+) \(exit code\)$/gm)].map(([, code]) => Number(code))).toEqual(Object.values(EXIT));
  });

  it("says which words there are, and what was meant", async () => {
    expect((await explain()).out).toContain("\nevent\n");
    expect(await explain("wating")).toMatchObject({
      code: 5,
      err: "halctl: nothing is called wating; did you mean waiting?\n",
    });
  });

  it("is data for programs", async () => {
    const { out } = await explain("stuck", "-o", "json");
    expect(JSON.parse(out)).toMatchObject([{ of: "session", word: "stuck" }]);
  });
});
