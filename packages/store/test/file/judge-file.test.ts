import { describe, expect, it } from "vitest";
import { type FileFacts, judgeFile } from "../../src/file/judge-file.ts";
import type { Remembered } from "../../src/file/state-file.ts";

const OLD = 11;
const MINE = 22;
const NEXT = 33;

const file = (stamp: number, more: Partial<FileFacts> = {}): FileFacts => ({
  header: { stamp, sizeBytes: 8192 },
  sizeBytes: 8192,
  mtimeMs: 5,
  wal: undefined,
  ...more,
});
const closed: Remembered = { stamps: [MINE], closed: { sizeBytes: 8192, mtimeMs: 5 } };
const open: Remembered = { stamps: [MINE], closed: undefined };
const counted: Remembered = { ...open, isCounted: true };
const moving: Remembered = { stamps: [MINE, NEXT], closed: undefined };

describe("a database since it was used last", () => {
  it.each<[string, FileFacts, Remembered | undefined, string]>([
    ["was closed in order", file(MINE), closed, "closed"],
    ["lost its process", file(MINE), open, "crashed"],
    ["lost its process while its stamp changed, before the file had it", file(MINE), moving, "crashed"],
    ["lost its process while its stamp changed, after the file had it", file(NEXT), moving, "crashed"],
    ["was found damaged while it was in use", file(MINE), { ...open, isSuspect: true }, "suspect"],
    ["was replaced by a backup", file(OLD), closed, "replaced"],
    ["was replaced after a crash", file(OLD), open, "replaced"],
    ["was replaced by something else", file(MINE, { header: undefined }), open, "replaced"],
    ["was written to by another program after its close", file(MINE, { mtimeMs: 6 }), closed, "replaced"],
    ["has a WAL although it was closed", file(MINE, { wal: new Set() }), closed, "replaced"],
    ["lost its process, with all its checkpoints", file(MINE, { wal: new Set([MINE + 1]) }), counted, "crashed"],
    ["lost its process before it told of the last", file(MINE + 1, { wal: new Set([MINE + 1]) }), counted, "crashed"],
    ["lost its power and the memory of some", file(MINE + 9, { wal: new Set([MINE + 10]) }), counted, "crashed"],
    ["lost its process, and another program moved its WAL into it", file(MINE + 1), counted, "crashed"],
    ["was replaced by a copy of its own main file", file(MINE - 1, { wal: new Set([MINE + 1]) }), counted, "replaced"],
    [
      "was replaced by one that a power cut makes look new",
      file(MINE + 3, { wal: new Set([MINE + 10]) }),
      counted,
      "replaced",
    ],
    ["was replaced by a copy, and its WAL was taken away", file(MINE), counted, "replaced"],
    ["is of the life after", file(MINE + 5_000), counted, "replaced"],
    ["is not remembered", file(MINE), undefined, "unknown"],
  ])("%s", (_, facts, remembered, origin) => {
    expect(judgeFile(facts, remembered).origin).toBe(origin);
  });

  it.each<[string, FileFacts, Remembered | undefined, string]>([
    ["there is none", file(MINE), open, "none"],
    ["it has the stamp that comes next", file(MINE, { wal: new Set([MINE + 1]) }), counted, "apply"],
    ["a checkpoint was not told of", file(MINE + 1, { wal: new Set([MINE + 1]) }), counted, "apply"],
    ["it goes on from a later checkpoint", file(MINE, { wal: new Set([MINE + 2]) }), counted, "foreign"],
    ["it names no stamp, and goes on from a later one", file(MINE, { wal: new Set() }), counted, "foreign"],
    ["it names no stamp yet", file(MINE + 1, { wal: new Set() }), counted, "apply"],
    ["file and WAL are elsewhere now, together", file(MINE, { wal: new Set([MINE + 1]) }), undefined, "apply"],
    ["its first pages are of this file", file(MINE, { wal: new Set([MINE]) }), open, "apply"],
    ["it has no first page, and the file is the one that was used", file(MINE, { wal: new Set() }), open, "apply"],
    ["it lies beside a backup that was put in place", file(OLD, { wal: new Set([MINE]) }), open, "foreign"],
    ["it may be another's, and the file is a stranger", file(OLD, { wal: new Set() }), open, "foreign"],
    ["file and WAL were moved here together", file(OLD, { wal: new Set([OLD]) }), undefined, "apply"],
    ["nobody remembers, and it is another's", file(OLD, { wal: new Set([MINE]) }), undefined, "foreign"],
    ["the file is no database", file(OLD, { header: undefined, wal: new Set([MINE]) }), open, "foreign"],
  ])("whose WAL: %s", (_, facts, remembered, wal) => {
    expect(judgeFile(facts, remembered).wal).toBe(wal);
  });

  it("is cut where it is shorter than it says, unless its WAL completes it", () => {
    expect(judgeFile(file(MINE, { sizeBytes: 4096 }), open).isCut).toBe(true);
    expect(judgeFile(file(MINE, { sizeBytes: 4096, wal: new Set([MINE]) }), open).isCut).toBe(false);
    expect(judgeFile(file(MINE, { header: { stamp: MINE, sizeBytes: undefined } }), open).isCut).toBe(false);
  });
});
