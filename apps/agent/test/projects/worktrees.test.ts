import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { folderOf, worktreeNameOf } from "../../src/capabilities/projects/domain/worktree-names.ts";
import { type Worktree, Worktrees } from "../../src/capabilities/projects/worktrees.ts";

const COMMAND = "cmd_01a21f93-fc29-7394-8345-d9ed34bd02b3";

let folder: string;
let worktrees: Worktrees;
const project = { name: "engine", directory: "" };

function git(directory: string, ...args: string[]): string {
  const author = ["-c", "user.name=x", "-c", "user.email=x@localhost", "-c", "commit.gpgsign=false"];
  return execFileSync("git", [...author, ...args], { cwd: directory, encoding: "utf8" }).trim();
}

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "hal worktrees ")));
  project.directory = join(folder, "engine");
  mkdirSync(join(project.directory, "part"), { recursive: true });
  writeFileSync(join(project.directory, "part", "a.txt"), "a\n");
  git(project.directory, "init", "--quiet");
  git(project.directory, "add", ".");
  git(project.directory, "commit", "--quiet", "--message", "first");
  mkdirSync(join(folder, "data"));
  worktrees = open();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(projects = [project], data = "data"): Worktrees {
  return new Worktrees(join(folder, data), projects, process.env);
}

async function made(): Promise<Worktree & { readonly directory: string }> {
  const directory = await worktrees.make(project, COMMAND);
  return { ...(worktrees.of(directory) as Worktree), directory };
}

const branches = (): string[] => git(project.directory, "branch", "--format=%(refname:short)").split("\n");

describe("names of worktrees", () => {
  it("are another one for each project and each start, and need no quotes", () => {
    const names = fc.oneof(
      fc.string({ minLength: 1 }),
      fc.constantFrom("a b", "a-b", "ä", "ö", "..", ".", "日本", "web", "Web"),
    );
    fc.assert(
      fc.property(names, names, (one, other) => {
        const called = folderOf(one);
        return /^[A-Za-z0-9_-]{1,57}$/.test(called) && (called === folderOf(other)) === (one === other);
      }),
    );
    expect(folderOf("engine")).toMatch(/^engine-[0-9a-f]{16}$/);
    expect(worktreeNameOf(COMMAND)).toBe("d9ed34bd02b3");
  });
});

// I30
describe("a worktree", () => {
  it("is made at the project's commit, is the project's, and is known by where it is alone", async () => {
    const { directory, path, name } = await made();
    expect(directory).toBe(join(folder, "data", "worktrees", folderOf("engine"), "d9ed34bd02b3"));
    expect(git(directory, "rev-parse", "HEAD", "--abbrev-ref", "HEAD")).toBe(
      `${git(project.directory, "rev-parse", "HEAD")}\nhal/${name}`,
    );
    for (const known of [worktrees, open()]) {
      expect(known.of(join(directory, "part"))).toEqual({ name, project: "engine", path });
      expect(known.all()).toEqual([{ name, project: "engine", path }]);
    }
    expect(worktrees.of(project.directory)).toBeUndefined();
    expect(worktrees.of(join(folder, "data", "worktrees", folderOf("engine")))).toBeUndefined();
    expect(open([{ ...project, name: "other" }]).all()).toEqual([]);
  });

  it("of a project that is a part of its repository begins in that part", async () => {
    const part = { name: "part", directory: join(project.directory, "part") };
    worktrees = open([part]);
    const directory = await worktrees.make(part, COMMAND);
    expect(directory.endsWith(join("d9ed34bd02b3", "part"))).toBe(true);
    expect(existsSync(join(directory, "a.txt"))).toBe(true);
    expect(await worktrees.directoryFor(part, COMMAND)).toBe(directory);
  });

  it("is known where the data directory is reached by a link", async () => {
    symlinkSync(join(folder, "data"), join(folder, "link"));
    worktrees = open([project], "link");
    expect((await made()).directory.startsWith(join(folder, "data"))).toBe(true);
  });

  it("is not made where the project is no repository, or has no commit, and says so in one line", async () => {
    const plain = { name: "plain", directory: join(folder, "plain") };
    mkdirSync(plain.directory);
    await expect(open([plain]).make(plain, COMMAND)).rejects.toThrow(
      /^project plain is no git repository, so a session cannot have a worktree of its own there: [^\n]+$/,
    );
    git(plain.directory, "init", "--quiet");
    await expect(open([plain]).make(plain, COMMAND)).rejects.toThrow("has no commit yet");
  });

  it("is removed with its branch where nothing was done in it", async () => {
    const worktree = await made();
    expect(await worktrees.remove(worktree, false)).toEqual({ state: "removed" });
    expect(worktrees.isThere(worktree)).toBe(false);
    expect(branches()).toHaveLength(1);
    expect(git(project.directory, "worktree", "list", "--porcelain")).not.toContain("d9ed34bd02b3");
    expect(await worktrees.branchOf(worktree)).toBeUndefined();
  });

  it("leaves its branch where that has commits of its own, and takes it where they are on another one", async () => {
    const worktree = await made();
    writeFileSync(join(worktree.path, "b.txt"), "b\n");
    git(worktree.path, "add", ".");
    git(worktree.path, "commit", "--quiet", "--message", "work");
    const tip = git(worktree.path, "rev-parse", "HEAD");
    expect(await worktrees.remove(worktree, false)).toEqual({ state: "removed" });
    expect(await worktrees.branchOf(worktree)).toBe("hal/d9ed34bd02b3");
    expect(git(project.directory, "rev-parse", "hal/d9ed34bd02b3")).toBe(tip);
    git(project.directory, "branch", "-m", "hal/d9ed34bd02b3", "kept");
    const again = await made();
    git(again.path, "reset", "--quiet", "--hard", "kept");
    expect(await worktrees.remove(again, false)).toEqual({ state: "removed" });
    expect(branches()).not.toContain("hal/d9ed34bd02b3");
  });

  it.each<[string, (path: string) => void, RegExp]>([
    ["a file is new", (path) => writeFileSync(join(path, "new.txt"), "x"), /^one file is not committed$/],
    [
      "files are changed",
      (path) => {
        writeFileSync(join(path, "part", "a.txt"), "x");
        writeFileSync(join(path, "b.txt"), "x");
      },
      /^2 files are not committed$/,
    ],
    ["a file is deleted", (path) => rmSync(join(path, "part", "a.txt")), /^one file is not committed$/],
    [
      "something is staged",
      (path) => {
        writeFileSync(join(path, "b.txt"), "x");
        git(path, "add", ".");
      },
      /^one file is not committed$/,
    ],
    [
      "commits are on no branch",
      (path) => {
        git(path, "checkout", "--quiet", "--detach");
        writeFileSync(join(path, "b.txt"), "x");
        git(path, "add", ".");
        git(path, "commit", "--quiet", "--message", "loose");
      },
      /^its commits are on no branch$/,
    ],
    ["it is locked", (path) => git(path, "worktree", "lock", path), /locked/],
    ["it is no worktree any more", (path) => rmSync(join(path, ".git")), /^git cannot say what is in it: /],
  ])("is kept, with the reason, where %s", async (_, change, reason) => {
    const worktree = await made();
    change(worktree.path);
    expect(await worktrees.remove(worktree, false)).toEqual({ state: "kept", reason: expect.stringMatching(reason) });
    expect(worktrees.isThere(worktree)).toBe(true);
  });

  it("is removed half-written where nobody has worked in it, and kept where somebody left a file", async () => {
    const worktree = await made();
    rmSync(join(worktree.path, "part"), { recursive: true });
    writeFileSync(join(worktree.path, "mine.txt"), "x");
    expect(await worktrees.remove(worktree, true)).toMatchObject({ state: "kept" });
    rmSync(join(worktree.path, "mine.txt"));
    expect(await worktrees.remove(worktree, true)).toEqual({ state: "removed" });
  });
});
