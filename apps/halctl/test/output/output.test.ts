import type { InteractionView } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chosen, ownWords } from "../../src/capabilities/interactions/chosen-answers.ts";
import { shortIds } from "../../src/output/short-ids.ts";
import { inColour, paint, withoutPaint } from "../../src/output/paint.ts";
import { table } from "../../src/output/table.ts";

describe("shortIds", () => {
  it("names each id by a beginning that no other one has", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.stringMatching(/^[0-9a-f]{1,30}$/), { maxLength: 30 }), (ids) => {
        shortIds(ids).forEach((short, index) => {
          const id = ids[index] ?? "";
          expect(id.startsWith(short)).toBe(true);
          const same = ids.filter((other) => other.startsWith(short));
          expect(same.length === 1 || short === id).toBe(true);
        });
      }),
    );
  });
});

describe("table", () => {
  it("aligns columns, keeps rows to one line, and cuts at the terminal's edge", () => {
    expect(
      table(
        ["ID", "WHAT"],
        [
          ["a", "two\nlines"],
          ["longer", "x"],
        ],
      ),
    ).toBe("ID      WHAT\na       two lines\nlonger  x\n");
    expect(table(["ID", "WHAT"], [["a", "0123456789"]], 8)).toBe("ID  WHAT\na   012…\n");
  });
  it("lets wide columns give way before the last one is lost, but never the first", () => {
    const row = ["ses_df24e8ff", "a-project-with-a-long-name", paint("bad", "unreachable"), "its node is offline"];
    const text = table(["ID", "PROJECT", "STATUS", "REASON"], [row], 59);
    expect(withoutPaint(text)).toBe(
      "ID            PROJECT      STATUS       REASON\nses_df24e8ff  a-project-…  unreachable  its node is offline\n",
    );
    const narrow = inColour(table(["ID", "STATUS", "REASON"], [row.slice(0, 1).concat(row.slice(2))], 20));
    expect(narrow.split("\n")[1]?.endsWith("…\u001b[0m")).toBe(true);
  });
  it("prints the header of an empty list", () => {
    expect(table(["ID", "STATUS"], [])).toBe("ID  STATUS\n");
  });
});

describe("answers to a question", () => {
  const question = (multiple: boolean): InteractionView =>
    ({
      id: "que_1",
      questions: [
        {
          question: "Which?",
          header: "",
          multiple,
          options: [
            { label: "Alpha", description: "" },
            { label: "Beta", description: "" },
          ],
        },
      ],
    }) as unknown as InteractionView;

  it.each<[boolean, string[], string[][], boolean]>([
    [false, ["2"], [["Beta"]], false],
    [false, ["alpha"], [["Alpha"]], false],
    [false, ["something", "else"], [["something else"]], true],
    [true, ["1,beta"], [["Alpha", "Beta"]], false],
    [true, ["1", "2"], [["Alpha", "Beta"]], false],
  ])("multiple %s: %j", (multiple, given, answers, isOwn) => {
    expect(chosen(question(multiple), given)).toEqual(isOwn ? { answers, own_words: true } : { answers });
  });

  const numbers = {
    id: "que_1",
    questions: [
      {
        question: "How many?",
        header: "",
        multiple: false,
        options: ["1", "2", "4", "8"].map((label) => ({ label, description: "" })),
      },
    ],
  } as unknown as InteractionView;

  it("takes a number for a label where labels are numbers, and never for a place then", () => {
    expect(chosen(numbers, ["4"]).answers).toEqual([["4"]]);
    expect(() => chosen(numbers, ["3"])).toThrow("3 is none of the choices (1, 2, 4, 8)");
    expect(ownWords(numbers, ["3"])).toEqual({ answers: [["3"]], own_words: true });
  });

  it.each(["9", "0", "Alpah"])("refuses %s, which looks like a choice and is none, with the choices", (text) => {
    expect(() => chosen(question(false), [text])).toThrow(/none of the choices \(1: Alpha, 2: Beta\).*--text/);
  });

  it("takes numbers as they are where there is nothing to choose", () => {
    const open = { id: "que_1", questions: [{ question: "Port?", header: "", multiple: false, options: [] }] };
    expect(chosen(open as unknown as InteractionView, ["8080"]).answers).toEqual([["8080"]]);
  });
});
