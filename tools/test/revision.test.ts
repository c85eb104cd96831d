import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Revision } from "../revision.ts";

let folder: string;
let whole: string;
let shallow: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "hal revision "));
  whole = path.join(folder, "whole");
  shallow = path.join(folder, "shallow");
  const author = ["-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"];
  execFileSync("git", ["init", "--quiet", whole]);
  for (const message of ["first", "second"])
    execFileSync("git", [...author, "commit", "--quiet", "--allow-empty", "--message", message], { cwd: whole });
  execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${whole}`, shallow]);
});
afterAll(() => rmSync(folder, { recursive: true }));

it("a commit that there is not is named, and where the history was left out, how to get it", () => {
  expect(() => new Revision(whole, "v0")).toThrow(`there is no commit v0 in ${whole}`);
  expect(() => new Revision(whole, "v0")).not.toThrow("shallow");
  expect(() => new Revision(shallow, "HEAD~1")).toThrow("this clone is shallow: git fetch --unshallow");
});
