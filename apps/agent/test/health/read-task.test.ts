import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { taskLines } from "../../src/capabilities/health/domain/task-lines.ts";
import { readTask } from "../../src/capabilities/health/read-task.ts";

describe("the lines of a task", () => {
  it.each([
    ["# Current Task\n\nMend the engine\n", "Mend the engine"],
    ["# Mend the engine\n\n- [ ] find the leak\n- [x] drain it\n* four\n", "Mend the engine\nfind the leak\ndrain it"],
    ["---\n<!-- by\nthe agent -->\n## CURRENT_TASK:\n> Mend it\n```sh\n", "Mend it"],
    ["x".repeat(5_000), "x".repeat(300)],
    ["", undefined],
    ["# Current task\n\n---\n", undefined],
    ["<!-- never ended", undefined],
  ])("of %j", (text, expected) => {
    expect(taskLines(text)).toBe(expected);
  });

  it("are few and short, whatever the file holds", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (text) => {
        const lines = taskLines(text);
        expect(lines?.length ?? 1).toBeGreaterThan(0);
        expect((lines ?? "").length).toBeLessThanOrEqual(300);
        expect((lines ?? "").split("\n").length).toBeLessThanOrEqual(3);
      }),
    );
  });
});

describe("the task of a session", () => {
  let folder: string;
  let directory: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "hal task "));
    directory = join(folder, "project");
    file = join(directory, ".context", "CURRENT_TASK.md");
    await mkdir(join(directory, ".context"), { recursive: true });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("is what its file says, and when that was written", async () => {
    expect(await readTask(directory)).toBeUndefined();
    await writeFile(file, "# Mend the \u202eengine\n");
    await utimes(file, 1_700_000_000, 1_700_000_000);
    expect(await readTask(directory)).toEqual({ text: "Mend the \ufffdengine", writtenAt: 1_700_000_000_000 });
    // through a link to the directory, too
    await symlink(directory, join(folder, "link"));
    expect((await readTask(join(folder, "link")))?.text).toContain("Mend");
  });

  it("is read as far as it may be long", async () => {
    await writeFile(file, `Mend it\n${"x".repeat(50_000_000)}`);
    expect((await readTask(directory))?.text).toHaveLength(300);
    await writeFile(file, `${"\n".repeat(100_000)}too far down`);
    expect(await readTask(directory)).toBeUndefined();
  });

  it("is in no file outside of its directory, however that is reached", async () => {
    await writeFile(join(folder, "secret"), "a secret\n");
    await symlink(join(folder, "secret"), file);
    expect(await readTask(directory)).toBeUndefined();
    await rm(join(directory, ".context"), { recursive: true });
    await mkdir(join(folder, "other"));
    await writeFile(join(folder, "other", "CURRENT_TASK.md"), "of another project\n");
    await symlink(join(folder, "other"), join(directory, ".context"));
    expect(await readTask(directory)).toBeUndefined();
    // a neighbour whose name begins alike
    await mkdir(`${directory}2`);
    await writeFile(join(`${directory}2`, "CURRENT_TASK.md"), "of a neighbour\n");
    await rm(join(directory, ".context"));
    await symlink(`${directory}2`, join(directory, ".context"));
    expect(await readTask(directory)).toBeUndefined();
  });

  it("is a link to a file of the directory as well", async () => {
    await writeFile(join(directory, "TASK.md"), "Mend it\n");
    await symlink("../TASK.md", file);
    expect((await readTask(directory))?.text).toBe("Mend it");
  });

  it("is no pipe, no device and no directory, and nothing waits for one", async () => {
    execFileSync("sh", ["-c", 'mkfifo "$0"', file]);
    expect(await readTask(directory)).toBeUndefined();
    await rm(file);
    await mkdir(file);
    expect(await readTask(directory)).toBeUndefined();
    await rm(file, { recursive: true });
    await symlink("/dev/zero", file);
    expect(await readTask(directory)).toBeUndefined();
    expect(await readTask(join(folder, "nowhere"))).toBeUndefined();
  });
});
