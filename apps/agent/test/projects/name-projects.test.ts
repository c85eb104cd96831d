import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameProjects } from "../../src/capabilities/projects/name-projects.ts";

describe("projects that were only said by their directories", () => {
  it.each([
    ["the one that somebody is in", ["."], [["app", "/home/me/app"]]],
    ["one beside it", ["../other"], [["other", "/home/me/other"]]],
    ["one by its whole path", ["/srv/my site"], [["my-site", "/srv/my site"]]],
    ["the root of everything", ["/"], [["root", "/"]]],
    [
      "two of the same name",
      ["/a/x", "/b/x"],
      [
        ["x", "/a/x"],
        ["x-2", "/b/x"],
      ],
    ],
    ["one that is said twice", [".", "/home/me/app/"], [["app", "/home/me/app"]]],
  ])("%s", (_name, typed, projects) => {
    expect(nameProjects(typed, "/home/me/app").map(({ name, directory }) => [name, directory])).toEqual(projects);
  });

  it("have different names without slashes and spaces, and absolute directories, each once", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "b", " ", "/", ".", "\t", "é") })), (typed) => {
        const projects = nameProjects(typed, "/here");
        const names = projects.map(({ name }) => name);
        expect(new Set(names).size).toBe(names.length);
        for (const name of names) expect(name).toMatch(/^[^/\s]+$/);
        expect(new Set(projects.map(({ directory }) => directory)).size).toBe(names.length);
        for (const { directory } of projects) expect(directory).toMatch(/^\//);
      }),
    );
  });
});
