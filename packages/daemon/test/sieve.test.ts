import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, it } from "vitest";
import { createLogger, type LogFormat, printText } from "../src/index.ts";

const FORBIDDEN = /(?![\n\t])\p{C}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}/u;
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "\u001b]0;x\u0007",
        "\u009b31m",
        "\u202e",
        "\u2028",
        "\n",
        "\n<2>hal: FATAL",
        "\u{10ff00}",
        "\u200b",
        "\ud800",
      ),
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(""));

function logged(format: LogFormat, text: string): string[] {
  const lines: string[] = [];
  const log = createLogger({ name: "hal", format, destination: { write: (line) => lines.push(line) } });
  log.info({ host: text, [`k${text}`]: text, nested: { words: [text] } }, text);
  log.error({ error: new Error(text) }, "failed");
  return lines;
}

// I16
it.each<LogFormat>(["human", "journal", "json"])(
  "writes entries that nobody else's words can steer or forge: %s",
  (format) => {
    fc.assert(
      fc.property(nasty, (text) => {
        const [told = "", failed = ""] = logged(format, text);
        expect(told + failed).not.toMatch(FORBIDDEN);
        expect(told.trimEnd().split("\n")).toHaveLength(1);
        // what follows the first line of a failure is indented, and so is no entry
        for (const line of failed.trimEnd().split("\n").slice(1)) expect(line).toMatch(/^ {4}/);
      }),
    );
  },
);

it("says in JSON what was logged, character for character", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const [told = ""] = logged("json", text);
      expect(JSON.parse(told)).toMatchObject({ host: text, msg: text, nested: { words: [text] } });
    }),
  );
});

it("prints what a person is told in its own lines", () => {
  const written: string[] = [];
  printText({ write: (text) => written.push(text) }, "two\nlines \u001b[2J\u202e");
  expect(written).toEqual(["two\nlines �[2J�\n"]);
});

it("is the only way of the daemons to a terminal", () => {
  const root = join(import.meta.dirname, "../../..");
  const doors = new Set(["packages/daemon/src/print-text.ts", "apps/supervisor/src/main.ts", "apps/agent/src/main.ts"]);
  const others = [
    "packages/daemon/src",
    "packages/store/src",
    "packages/protocol/src",
    "apps/supervisor/src",
    "apps/agent/src",
  ]
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((file) => `${folder}/${file}`),
    )
    .filter((file) => file.endsWith(".ts") && !doors.has(file))
    .filter((file) =>
      /\b(?:stdout|stderr)\.write\(|\bconsole\.\w+\(|writeSync\([12],/.test(readFileSync(join(root, file), "utf8")),
    );
  expect(others).toEqual([]);
});
