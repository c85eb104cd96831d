import type { FleetProjectView } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { projectCard, projectTable } from "../../src/capabilities/projects/pages.ts";
import { withoutPaint } from "../../src/output/paint.ts";
import { NOW } from "../support/views.ts";

const LOOK = { now: NOW, wide: true, columns: undefined };
const before = (seconds: number): string => new Date(NOW - seconds * 1000).toISOString();

function project(changes: Partial<FleetProjectView> = {}): FleetProjectView {
  return {
    name: "web",
    task: "open",
    reason: "nobody has said that it is completed",
    completed: null,
    nodes: [{ node_id: "n", node: "mac", directory: "/srv/web", state: "ready", reason: "" }],
    depends_on: [],
    needed_by: [],
    start: null,
    sessions: {},
    ...changes,
  };
}
const start = { at: before(120), after: "api", command_id: null, session_id: null, code: null, not_started: null };

describe("projects in a terminal", () => {
  it("are a line each, with why one was not started, and of one that waits that only once", () => {
    const held = { ...start, code: "held", not_started: "ann holds project web" };
    const waits = { ...start, code: "waits", not_started: "it waits for docs, which is not completed" };
    const page = projectTable(
      [
        project({ name: "api", task: "completed", reason: "ann says that it is completed", sessions: { idle: 2 } }),
        project({ start: held }),
        project({ name: "site", reason: "it waits for docs, which is not completed", nodes: [], start: waits }),
      ],
      LOOK,
    );
    expect(withoutPaint(page).split("\n")).toEqual([
      "PROJECT  TASK       NODES  SESSIONS  REASON",
      "api      completed  mac    2 idle    ann says that it is completed",
      "web      open       mac    -         nobody has said that it is completed; not started 2 min ago, after api was completed: ann holds project web",
      "site     open       -      -         it waits for docs, which is not completed",
      "",
    ]);
  });

  it("are shown one by one with what they wait for and what waits for them", () => {
    const card = projectCard(
      project({
        depends_on: [
          { project: "api", completed: true },
          { project: "docs", completed: false },
        ],
        needed_by: ["site"],
        start: { ...start, command_id: "cmd_1", session_id: "ses_1" },
        completed: { at: before(60), by: "file", title: null, node_id: "n", session_id: "ses_1" },
      }),
      LOOK,
    );
    expect(withoutPaint(card).split("\n")).toEqual([
      "project     web",
      "task        open",
      "reason      nobody has said that it is completed",
      "completed   60 s ago",
      "session     ses_1",
      "on          mac  /srv/web  ready",
      "sessions    -",
      "depends on  api (completed)",
      "depends on  docs (not completed)",
      "needed by   site",
      "last start  2 min ago, after api was completed: ses_1",
      "",
    ]);
  });
});
