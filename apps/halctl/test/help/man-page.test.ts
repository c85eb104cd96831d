import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { GROUPS, VERBS } from "../../src/command-table.ts";
import { manPage } from "../../src/help/man-page.ts";

const page = manPage("9.9.9");

describe("the manual", () => {
  it("has each command that help shows, with its examples", () => {
    const shown = VERBS.filter(({ isHidden }) => isHidden !== true).length;
    const verbs = GROUPS.reduce((sum, group) => sum + group.verbs.length, 0);
    expect(page.match(/^\.SS /gm)).toHaveLength(shown + verbs);
    expect(page).not.toContain("inject");
    expect(page).toContain("halctl tokens create ci \\-\\-role operator");
    expect(page).toContain(".TP\n11\nThe session waits for a permission.");
  });

  it("says to troff only what it knows", () => {
    const requests = new Set(page.match(/^[.'].*/gm)?.map((line) => line.split(" ")[0]));
    const known = [".B", ".I", ".PP", ".SH", ".SS", ".TH", ".TP", ".br", ".fi", ".nf"];
    expect(requests).toEqual(new Set(known));
    // a backslash only as one of these
    expect(page.replaceAll(/\\(-|e|&|\(en)/g, "")).not.toContain("\\");
  });

  const groff = spawnSync("groff", ["-man", "-Tascii", "-ww", "-z"], { input: page, encoding: "utf8" });
  it.skipIf(groff.error !== undefined)("is read by groff without a warning", () => {
    expect([groff.status, groff.stderr]).toEqual([0, ""]);
  });
});
