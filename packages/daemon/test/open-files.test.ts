import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openToEverybody } from "../src/secrets.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "hal open files "));
});
afterAll(() => rmSync(folder, { recursive: true }));

// I15
it.each([
  [0o600, undefined],
  [0o640, undefined],
  [0o660, undefined],
  [0o604, "0604"],
  [0o644, "0644"],
  [0o602, "0602"],
  [0o601, "0601"],
  [0o777, "0777"],
])("a file with a secret and the mode %o is open to everybody: %s", (mode, shown) => {
  const file = join(folder, `file-${mode}`);
  writeFileSync(file, "secret");
  chmodSync(file, mode);
  const text = `${file} is open to everybody on this machine (mode ${shown}); chmod 640 ${file}`;
  expect(openToEverybody(file)).toBe(shown === undefined ? undefined : text);
});
