import { describe, expect, it } from "vitest";
import { eventLine } from "../../src/capabilities/events/event-line.ts";
import { withoutPaint } from "../../src/output/paint.ts";
import { table, width } from "../../src/output/table.ts";
import { messageText } from "../../src/capabilities/sessions/conversation/transcript.ts";
import { commandTable } from "../../src/capabilities/commands/pages.ts";
import { interactionTable } from "../../src/capabilities/interactions/pages.ts";
import type { Look } from "../../src/output/look.ts";
import { nodeTable } from "../../src/capabilities/nodes/pages.ts";
import { sessionCard, sessionTable } from "../../src/capabilities/sessions/pages.ts";
import { statusPage } from "../../src/capabilities/state/status-page.ts";
import { command, event, interaction, message, node, NOW, session, STATUS } from "../support/views.ts";

const look: Look = { wide: false, now: NOW, columns: undefined };
const wide: Look = { ...look, wide: true };

describe("reasons below a table", () => {
  const narrow = { wide: false, now: NOW, columns: 80 };
  const away = session({
    status: "unreachable",
    reason: "unreachable: its node is offline: no heartbeat for 5 min (10 missed)",
  });

  it("are told on a terminal for what is not as it should be, within its width", () => {
    const text = withoutPaint(sessionTable([session({ id: "ses_a" }), { ...away, id: "ses_b" }], narrow));
    expect(text).toMatch(/\n\nses_b {2}unreachable: its node is offline: no heartbeat for 5 min \(10 missed\)\n$/);
    for (const line of text.split("\n")) expect(width(line)).toBeLessThanOrEqual(80);
    expect(withoutPaint(nodeTable([node({ status: "offline", reason: "offline: it was stopped" })], narrow))).toMatch(
      /\n\nada {2}offline: it was stopped\n$/,
    );
  });

  it("are told once: in their column, or below", () => {
    const wide120 = { ...narrow, columns: 120 };
    const nodes = [node(), node({ id: "b", name: "bob", status: "offline", reason: "offline: it was stopped" })];
    const text = withoutPaint(nodeTable(nodes, wide120));
    expect(text.split("it was stopped")).toHaveLength(2);
    expect(text).toContain("online; opencode 1.18.33 is up");
    const commands = [command({ state: "failed", reason: "failed: no credit" }), command({ reason: "done in 2 s" })];
    const listed = withoutPaint(commandTable(commands, wide120));
    expect(listed.split("no credit")).toHaveLength(2);
    expect(listed).toContain("done in");
  });

  it("are left out where all is well, where the table has them, and where a program reads it", () => {
    expect(sessionTable([session()], narrow)).not.toContain("\n\n");
    expect(sessionTable([away], { ...narrow, wide: true })).not.toContain("\n\n");
    expect(sessionTable([away], { ...narrow, columns: undefined })).not.toContain("\n\n");
  });
});

describe("sessions that do not get on", () => {
  const narrow = { wide: false, now: NOW, columns: 120 };
  const since = new Date(NOW - 17 * 60_000).toISOString();
  const stuck = session({
    id: "ses_s",
    status: "busy",
    reason: "busy for 20 min: a turn is running",
    health: [
      { mark: "stuck", since, reason: "nothing moved for 17 min: last was bash `npm test`, which is still running" },
    ],
    task: { text: "Mend the\nengine", written_at: since },
  });

  it("come before those that do, with their mark, how full their context is, and the reason below", () => {
    const waiting = session({ id: "ses_w", status: "waiting", context: null });
    const text = withoutPaint(sessionTable([session({ id: "ses_i" }), stuck, waiting], narrow));
    expect(
      text
        .split("\n")
        .slice(1, 4)
        .map((line) => line.slice(0, 5)),
    ).toEqual(["ses_w", "ses_s", "ses_i"]);
    expect(text).toMatch(/ses_s.* busy stuck .* 42 %/);
    expect(text).toMatch(/ses_w.* waiting .* -  /);
    expect(text.replaceAll(/\s+/g, " ")).toContain("stuck: nothing moved for 17 min: last was bash `npm test`");
  });

  it("are shown on one page with since when, their context and their task", () => {
    const page = withoutPaint(sessionCard(stuck, { now: NOW }));
    expect(page).toMatch(/^status +busy stuck$/m);
    expect(page).toMatch(/^stuck +17 min: nothing moved for 17 min/m);
    expect(page).toMatch(/^context +ctx 42 %, 42,000 of 100,000 tokens$/m);
    expect(page).toMatch(/^task +Mend the engine \(written 17 min ago\)$/m);
    const unlimited = sessionCard({ ...stuck, context: { tokens: 7, limit: null, percent: null } }, { now: NOW });
    expect(withoutPaint(unlimited)).toMatch(/^context +7 tokens; how many its model takes is not known$/m);
  });

  it("have a line on the page of the fleet, where there are some", () => {
    const page = (changes: object) => withoutPaint(statusPage({ ...STATUS, ...changes }, [], look));
    expect(page({ health: { stuck: 2, looping: 1 } })).toMatch(/^of them +2 stuck, 1 looping \(see: /m);
    for (const none of [{}, { health: { stuck: 0, looping: 0 } }]) expect(page(none)).not.toContain("of them");
  });
});

describe("tables", () => {
  it("show a node's projects, load and opencode where they are wide", () => {
    const missing = { name: "notes", directory: "/srv/notes", state: "missing" as const, reason: "no such directory" };
    const text = nodeTable([node({ projects: [...node().projects, missing] })], wide);
    for (const part of ["engine, notes (missing)", "12 %", "1.6 GiB of 24 GiB", "1.18.33 up"])
      expect(text).toContain(part);
  });

  it("name the node of a session, unless two nodes have that name", () => {
    const twin = session({ id: "ses_other0000", node_id: "01a20af9-0000-7000-8000-000000000000" });
    expect(sessionTable([session()], look)).toMatch(/ {2}ada {2}/);
    const both = sessionTable([session(), twin], look);
    expect(both).toContain("01a20af2-e01");
    expect(both).toContain("01a20af9-000");
    expect(both).not.toMatch(/ {2}ada {2}/);
  });

  it("lengthen an id until it names one session", () => {
    const text = sessionTable([session({ id: "ses_0123456789a" }), session({ id: "ses_0123456789b" })], look);
    expect(text).toContain("ses_0123456789a ");
    expect(text).toContain("ses_0123456789b ");
  });

  it("number the choices of a question", () => {
    const options = ["SQLite", "Postgres"].map((label) => ({ label, description: "" }));
    const questions = [{ question: "Which database?", header: "", multiple: false, options }];
    expect(interactionTable([interaction({ kind: "question", questions })], look)).toContain(
      "Which database? [1: SQLite, 2: Postgres]",
    );
  });

  it("fit the terminal, wide letters counted as two columns", () => {
    const text = table(["WHAT"], [["修理エンジン"], ["short"]], 8);
    expect(text).toBe("WHAT\n修理エ…\nshort\n");
  });
});

it("shows a session's own cost beside that of its tree", () => {
  const text = sessionCard(session(), look);
  expect(text).toMatch(/cost\s+\$0\.0342, with children \$0\.0500/);
  expect(text).toMatch(/tokens\s+45,231 \(in 40,000, out 5,000, reasoning 231/);
});

describe("the transcript", () => {
  it("tells who, when, for how much, with which tools", () => {
    const tools = [{ tool: "bash", title: "run the tests", status: "completed" }];
    const text = messageText(message({ tools }), look);
    expect(text).toContain("── scripted/scripted-model  ");
    expect(text).toContain("45,231 tokens  $0.0342\n  ⚙ bash run the tests (completed)\nforty-two\n");
  });

  it("says that an answer was cut short, and why", () => {
    const broken = message({ state: "error", text: "", error: { name: "APIError", message: "no credit" } });
    expect(messageText(broken, look)).toMatch(/\[error\].*\n {2}✗ APIError: no credit\n$/);
  });

  it.each([
    [{ extent: "whole", removed: false }, "[undone]"],
    [{ extent: "part", removed: false }, "[undone in part]"],
    [{ extent: "whole", removed: true }, "[removed]"],
    [{ extent: "part", removed: true }, "[removed in part]"],
  ] as const)("marks what does not count any more, and shows it all the same: %j", (undone, mark) => {
    const text = messageText(message({ undone }), look);
    expect(text.split("\n")[0]).toContain(`  ${mark}  45,231 tokens  $0.0342`);
    expect(text).toContain("forty-two\n");
  });
});

it("keeps an event to one line, whatever its type and data", () => {
  const events = [
    event(1, "session.message", { role: "user", state: "complete", text: "two\nlines" }),
    event(2, "from.the.future", { anything: 1 }),
    event(3, "session.idle", null),
  ];
  for (const { item } of events) expect(eventLine(item, look)).not.toContain("\n");
});

it("the fleet on one page has a line for stops that wait, where some do", () => {
  const page = (changes: object) => statusPage({ ...STATUS, ...changes }, [], look);
  expect(page({ commands_in_flight: 3, stops_waiting: 2 })).toMatch(
    /^stops that wait +2 \(see: halctl commands list\)$/m,
  );
  // a supervisor of before does not say
  for (const none of [{}, { stops_waiting: 0 }]) expect(page(none)).not.toContain("stops that wait");
});
