import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { remoteOf } from "../../src/capabilities/projects/domain/claim.ts";
import { readClaim } from "../../src/capabilities/projects/read-claim.ts";

describe("a remote repository", () => {
  it.each([
    ["https://git.example/team/engine.git", "git.example/team/engine"],
    ["https://Git.Example/team/engine/", "git.example/team/engine"],
    ["https://bob:hunter2@git.example:8443/team/engine.git", "git.example/team/engine"],
    ["https://hunter2@git.example/team/engine", "git.example/team/engine"],
    ["https://git.example/team/engine.git?token=hunter2", "git.example/team/engine"],
    ["ssh://git@git.example:2222/team/engine.git", "git.example/team/engine"],
    ["git@git.example:team/engine.git", "git.example/team/engine"],
    ["git.example:/team/engine", "git.example/team/engine"],
    ["/srv/git/engine.git", undefined],
    ["../engine", undefined],
    ["file:///srv/git/engine.git", undefined],
    ["C:\\git\\engine", undefined],
    ["", undefined],
    ["https://git.example/", undefined],
  ])("%s is %s", (url, remote) => {
    expect(remoteOf(url)).toBe(remote);
  });

  // I15
  it("is told without what opens it, whatever that is like", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9%!$&'()*+,;=._~-]{6,20}$/);
    fc.assert(
      fc.property(word, word, fc.constantFrom("https", "http", "ssh"), (name, secret, protocol) => {
        const told = remoteOf(`${protocol}://${name}:${secret}@git.example/team/engine.git`);
        expect(told).toBe("git.example/team/engine");
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(remoteOf(text) ?? "").not.toMatch(/[@?#]/);
      }),
    );
  });
});

describe("what a project is of", () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "hal claim ")));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const git = (directory: string, ...args: string[]): void => {
    execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@localhost", ...args], { cwd: directory });
  };

  it("is what git says, in a directory of it and in a worktree, too", () => {
    const main = join(folder, "main");
    mkdirSync(join(main, "part"), { recursive: true });
    expect(readClaim(main)).toBeUndefined();
    git(main, "init", "--quiet", "--initial-branch", "work/a");
    expect(readClaim(main)).toBeUndefined();
    git(main, "remote", "add", "origin", "https://bob:hunter2@git.example/team/engine.git");
    const claim = { remote: "git.example/team/engine", branch: "work/a" };
    expect(readClaim(join(main, "part"))).toEqual(claim);
    git(main, "commit", "--quiet", "--allow-empty", "--message", "first");
    git(main, "worktree", "add", "--quiet", "-b", "other", join(folder, "tree"));
    expect(readClaim(join(folder, "tree"))).toEqual({ ...claim, branch: "other" });
    git(main, "remote", "add", "fork", "git@git.example:me/engine.git");
    git(main, "config", "branch.work/a.remote", "fork");
    expect(readClaim(main)).toEqual({ ...claim, remote: "git.example/me/engine" });
    git(main, "checkout", "--quiet", "--detach");
    expect(readClaim(main)).toBeUndefined();
  });
});
