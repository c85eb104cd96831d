import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLogger, systemClock } from "@hal/daemon";
import { type HalEvent, HalError } from "@hal/protocol";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withProblems } from "../../src/capabilities/projects/domain/project-problems.ts";
import { DurableLog } from "../../src/capabilities/sessions/durable-log.ts";
import { Directories } from "../../src/capabilities/projects/per-directory.ts";
import { Places } from "../../src/capabilities/projects/places.ts";
import { ProjectWatch } from "../../src/capabilities/projects/watch-projects.ts";
import { OpencodeApiDouble } from "../support/opencode-api-double.ts";

let folder: string;
let told: HalEvent[];
let lines: string[];
let directories: Directories;
let watch: ProjectWatch;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hal watch "));
  for (const name of ["a", "b/below"]) mkdirSync(join(folder, name), { recursive: true });
  symlinkSync("b", join(folder, "link"));
  const configured = [
    { name: "a", directory: join(folder, "a") },
    { name: "b", directory: join(folder, "link") },
  ];
  [told, lines] = [[], []];
  const log = createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } });
  directories = new Directories(systemClock);
  const places = new Places(configured, systemClock);
  const saved = { directory: join(places.real(join(folder, "b")), "below") };
  const book = { all: () => [{ id: "ses_1", managed: true, saved }] } as never;
  const durable = new DurableLog();
  watch = new ProjectWatch(configured, { book, clock: systemClock, directories, durable, log, places }, (event) => {
    told.push(event);
  });
});
afterEach(() => rmSync(folder, { recursive: true }));

async function answers(directory: string, reason?: string): Promise<void> {
  const ask = async () => {
    if (reason !== undefined) throw new HalError("opencode_error", reason);
  };
  await directories.askAll(new OpencodeApiDouble(), [directory], { about: "comparison", ask });
}

const problems = () => watch.reports.map(({ name, state, problem }) => [name, state, problem?.reason]);

describe("a project that opencode fails at", () => {
  it("is told once with the reason, and once more when it is over; the others stay as they are", async () => {
    const places = new Places([], systemClock);
    const real = places.real(join(folder, "b"));
    for (const reason of ["broken", "broken", undefined, undefined]) {
      await answers(real, reason);
      expect(problems()).toEqual([
        ["a", "ready", undefined],
        ["b", "ready", reason],
      ]);
    }
    expect(told.map(({ type }) => type)).toEqual(["projects.changed", "projects.changed"]);
    expect(lines.filter((line) => line.includes("opencode fails at a project"))).toHaveLength(1);
    expect(lines.filter((line) => line.includes("answers for the project again"))).toHaveLength(1);
  });

  it("is said of all that have no other problem where opencode cannot say what was written, and hides of no session what it does", () => {
    const project = (name: string, state = "ready" as "ready" | "missing") => ({ name, directory: `/${name}`, state });
    const broken = { directory: "/b", reason: "broken", since: 2, project: "b", isWhole: true, sessions: ["ses_1"] };
    const unread = { reason: "it answered 500 to history", since: 1 };
    expect(withProblems([project("a"), project("b"), project("c", "missing")], [broken], unread)).toEqual([
      { ...project("a"), problem: { reason: expect.stringContaining(unread.reason), since: 1, sessions: [] } },
      { ...project("b"), problem: { reason: "broken", since: 2 } },
      project("c", "missing"),
    ]);
  });

  it("names its sessions where it is only a directory below it that fails", async () => {
    await answers(new Places([], systemClock).real(join(folder, "b/below")), "broken");
    expect(watch.reports[1]?.problem).toMatchObject({
      reason: expect.stringMatching(/^in .*below: broken$/),
      sessions: ["ses_1"],
    });
  });
});
