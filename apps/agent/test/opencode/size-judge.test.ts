import { describe, expect, it } from "vitest";
import { SizeJudge } from "../../src/opencode/process/domain/size-judge.ts";

const look = (isReplacement: boolean, ...sizes: number[]): string[] => {
  const judge = new SizeJudge({ mostBytes: 100, isReplacement });
  return sizes.map((size) => judge.look(size));
};

describe("the size of a server", () => {
  it("is too big above the limit", () => {
    expect(look(false, 100, 101, 90)).toEqual(["fine", "too big", "fine"]);
  });

  it("is not too big in a replacement that needs as much from the beginning, until it has grown by half", () => {
    expect(look(true, 120, 120, 180, 181)).toEqual(["needs more", "fine", "fine", "too big"]);
  });

  it("is measured by the limit in a replacement that needs less", () => {
    expect(look(true, 60, 90, 100, 101)).toEqual(["fine", "fine", "fine", "too big"]);
  });
});
