import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { projectOf, sameProjects } from "../../src/capabilities/projects/domain/projects.ts";
import { Places, refuseSameDirectory } from "../../src/capabilities/projects/places.ts";

let folder: string;
let now: number;
const clock = { now: () => now, monotonic: () => now };

beforeEach(() => {
  now = 0;
  folder = realpathSync(mkdtempSync(join(tmpdir(), "hal places ")));
  for (const path of ["real/inner/src", "other", "büro 100%25"]) mkdirSync(join(folder, path), { recursive: true });
  symlinkSync("real", join(folder, "link"));
  symlinkSync(folder, join(folder, "other", "up"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Ways to write a path that change nothing about where it leads. */
const detour = fc.constantFrom("/", "//", "/./", "/other/../", "/other/up/", "/other/up/link/../");

describe("a directory", () => {
  it("is the same however it is spelt, and so is what lies in it", () => {
    const spelling = fc.tuple(fc.array(detour), fc.constantFrom("real", "link"), fc.constantFrom("", "/", "/.", "//"));
    fc.assert(
      fc.property(spelling, spelling, ([way, name, end], [otherWay, otherName, otherEnd]) => {
        const configured = `${folder}${way.join("")}/${name}${end}`;
        const asked = `${folder}${otherWay.join("")}/${otherName}${otherEnd}`;
        const places = new Places([{ name: "p", directory: configured }], clock);
        expect(places.real(configured)).toBe(join(folder, "real"));
        expect(places.projectOf(asked)).toBe("p");
        expect(places.projectOf(`${asked}/inner/src`)).toBe("p");
        expect(places.projectOf(join(folder, "other"))).toBeUndefined();
        expect(() =>
          refuseSameDirectory([
            { name: "p", directory: configured },
            { name: "q", directory: asked },
          ]),
        ).toThrow(/are the same directory; take one of them out/);
      }),
    );
  });

  it("belongs to the deepest project around it", () => {
    const places = new Places(
      [
        { name: "inner", directory: join(folder, "link/inner") },
        { name: "outer", directory: join(folder, "real") },
      ],
      clock,
    );
    expect(places.projectOf(join(folder, "real/inner/src"))).toBe("inner");
    expect(places.projectOf(join(folder, "real/other"))).toBe("outer");
    expect(places.projectOf(`${folder}/real-not`)).toBeUndefined();
  });

  it("that vanished is known by its path, and by what is there when it is back", () => {
    const directory = join(folder, "link");
    const places = new Places([{ name: "p", directory }], clock);
    expect(places.projectOf(join(folder, "real"))).toBe("p");
    rmSync(join(folder, "real"), { recursive: true });
    now = 60_000;
    expect([places.real(directory), places.projectOf(join(folder, "real", "inner"))]).toEqual([
      join(folder, "real"),
      "p",
    ]);
    mkdirSync(join(folder, "real"));
    now = 120_000;
    expect(places.projectOf(`${folder}/real/`)).toBe("p");
  });

  it("that a link leads to is looked up again, because the link may be made anew", () => {
    const directory = join(folder, "link");
    const places = new Places([{ name: "p", directory }], clock);
    expect(places.projectOf(join(folder, "other"))).toBeUndefined();
    rmSync(directory);
    symlinkSync("other", directory);
    now = 60_000;
    expect(places.projectOf(join(folder, "other"))).toBe("p");
  });

  it("with letters that are written in more than one way has one path", () => {
    const directory = join(folder, "büro 100%25");
    const places = new Places([{ name: "p", directory: `${directory}/` }], clock);
    expect(basename(places.real(directory))).toBe("büro 100%25");
  });
});

describe("projects", () => {
  it("are the same where anything names both, such as one directory in two cases", () => {
    const [one, other] = [
      { name: "a", ids: ["path /Src", "inode 1 7"] },
      { name: "b", ids: ["path /src", "inode 1 7"] },
    ];
    expect(sameProjects([one, { name: "c", ids: ["path /c"] }, other])).toEqual([one, other]);
    expect(projectOf([one], [["path /src/below"], ["path /src", "inode 1 7"]])).toBe("a");
  });
});
