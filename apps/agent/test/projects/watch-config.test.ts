import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@hal/daemon";
import { HalError } from "@hal/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Directories } from "../../src/capabilities/projects/per-directory.ts";
import { ConfigWatch } from "../../src/capabilities/projects/watch-config.ts";
import { ConfigError } from "../../src/domain/config-error.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let folder: string;
let file: string;
let directories: Directories;
let watch: ConfigWatch;
/** when the run began: the file was there, broken, before it */
let began: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hal config "));
  file = join(folder, "opencode.json");
  writeFileSync(file, "{ ");
  began = statSync(file).ctimeMs;
  directories = new Directories(systemClock);
  watch = new ConfigWatch({ clock: systemClock, directories });
});
afterEach(() => rmSync(folder, { recursive: true }));

async function fails(error: unknown = new ConfigError("it is broken", file)): Promise<void> {
  const ask = async () => {
    throw error;
  };
  await directories.askAll(new OpencodeApiDouble(), [folder], { about: "comparison", ask });
}

/** Does it again until the file's time is another one: a kernel's clock has ticks. */
async function change(how: () => void): Promise<void> {
  await expect
    .poll(() => {
      how();
      return statSync(file).ctimeMs;
    })
    .toBeGreaterThan(began);
}

it("a file that is as it was when opencode failed at it is no reason for another run", async () => {
  await fails();
  expect(watch.due(began)).toEqual([]);
});

it.each<[string, () => void]>([
  ["was written", () => writeFileSync(file, "{}")],
  [
    "was replaced by one that is older",
    () => {
      writeFileSync(`${file}.new`, "{}");
      utimesSync(`${file}.new`, 1, 1);
      renameSync(`${file}.new`, file);
    },
  ],
])("a file that %s since is one", async (_how, how) => {
  await fails();
  await change(how);
  expect(watch.due(began)).toEqual([{ file, changedAt: statSync(file).ctimeMs }]);
});

it("a file that is gone is one, once", async () => {
  await fails();
  rmSync(file);
  const due = watch.due(began);
  expect(due).toEqual([{ file, changedAt: undefined }]);
  watch.take(due);
  expect(watch.due(began)).toEqual([]);
});

it.each<[string, () => Promise<void>]>([
  ["of a directory that fails at something else", () => fails(new HalError("opencode_error", "it is broken"))],
  ["of no directory that fails", async () => undefined],
  ["that is none, of a configuration that the agent gave", () => fails(new ConfigError("it is broken", undefined))],
])("a file %s is none", async (_which, fail) => {
  await fail();
  await change(() => writeFileSync(file, "{}"));
  expect(watch.due(began)).toEqual([]);
});
