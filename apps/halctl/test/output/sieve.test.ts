import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { OperatorClient } from "@hal/protocol";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { doctorPage } from "../../src/capabilities/doctor/doctor-page.ts";
import { eventLine } from "../../src/capabilities/events/event-line.ts";
import { tokenCard, tokenTable } from "../../src/capabilities/access/pages.ts";
import { auditTable } from "../../src/capabilities/audit/audit-table.ts";
import { note, print, printLine, type Prose } from "../../src/output/print.ts";
import { said, saidBy } from "../../src/output/said.ts";
import { diffPage, sessionCard, sessionTable, todoPage } from "../../src/capabilities/sessions/pages.ts";
import { width } from "../../src/output/table.ts";
import { logPage } from "../../src/capabilities/sessions/conversation/transcript.ts";
import { commandCard, commandTable } from "../../src/capabilities/commands/pages.ts";
import { interactionTable } from "../../src/capabilities/interactions/pages.ts";
import type { Look } from "../../src/output/look.ts";
import { nodeCard, nodeTable } from "../../src/capabilities/nodes/pages.ts";
import { WatchScreen } from "../../src/capabilities/sessions/watch/watch-screen.ts";
import { whyPage } from "../../src/capabilities/why/why-page.ts";
import { terminal } from "../support/run.ts";
import { command, event, interaction, message, node, session } from "../support/views.ts";

/** Others' words as nobody wants them: each character of the kinds that steer, hide, forge or flood, among others. */
const nasty = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."\u001b[2J|\u009b31m|\u0007|\r|\n|\t|\u0085|\u202e|\u2066|\u061c|\u200b|\u200d|\u2028|\u2029|\u00ad|\ufeff|\ud800|\udc00".split(
          "|",
        ),
        "\u{10ff00}",
        "\u{10ff01}",
        "\u{10ff06}",
        "\ue000",
        "\u{e0041}",
        "\u{e0100}",
        "\u3164",
        "\u0301".repeat(40),
        "⚠️",
        "👨‍👩‍👧",
        "\u0378",
        "修",
      ),
      fc.string({ unit: "binary", maxLength: 4 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(""));

const SGR = new RegExp(String.raw`\u001b\[\d*m`, "g");
const FORBIDDEN = /(?![\n\t])\p{C}|\p{Zl}|\p{Zp}|\p{Default_Ignorable_Code_Point}|[\p{Mn}\p{Me}]{6}/u;

interface Surface {
  readonly name: string;
  readonly render: (text: string, show: Show) => void;
  /** it may have as many lines as its prose has */
  readonly hasProse?: boolean;
}
type Show = <T>(data: T, render: (data: T, look: Look) => string, prose?: Prose) => void;

const reasons = (text: string) => ({ reason: text, status: "error" as const });
const SURFACES: readonly Surface[] = [
  { name: "nodes list", render: (text, show) => show([node({ hostname: text, name: text, reason: text })], nodeTable) },
  {
    name: "nodes get",
    render: (text, show) =>
      show(
        node({ hostname: text, projects: [{ name: text, directory: text, state: "missing", reason: text }] }),
        nodeCard,
      ),
  },
  {
    name: "sessions list",
    render: (text, show) => show([session({ title: text, project: text, node: text, ...reasons(text) })], sessionTable),
  },
  {
    name: "sessions get",
    render: (text, show) => show(session({ id: text, title: text, model: text, ...reasons(text) }), sessionCard),
  },
  {
    name: "interactions list",
    render: (text, show) =>
      show(
        [
          interaction({ summary: text, project: text }),
          interaction({
            id: text,
            kind: "question",
            questions: [
              { question: text, header: text, multiple: false, options: [{ label: text, description: text }] },
            ],
          }),
        ],
        interactionTable,
      ),
  },
  {
    name: "commands list",
    render: (text, show) => show([command({ reason: text, actor: text, state: "failed" })], commandTable),
  },
  {
    name: "commands get",
    render: (text, show) =>
      show(command({ output: { [text]: text }, error: { code: "internal", message: text } }), (one, { now }) =>
        commandCard(one, { now }),
      ),
  },
  {
    name: "events",
    render: (text, show) => {
      const one = { ...event(1, "session.error", { name: text, message: text }).item, session_id: text };
      show(one, eventLine);
      show({ ...one, type: text }, eventLine);
    },
  },
  {
    name: "why",
    render: (text, show) =>
      show(
        {
          answer: text,
          findings: [
            { topic: text, level: "problem" as const, text, since: null },
            { topic: "event", level: "note" as const, text, since: event(1, "x").item.timestamp },
          ],
          next: [{ command: text, purpose: text }],
        },
        (one, look) => whyPage(one as unknown as Parameters<typeof whyPage>[0], look),
      ),
  },
  {
    name: "doctor",
    render: (text, show) =>
      show([{ name: text, level: "problem" as const, text, fix: text }], (checks, { columns }) =>
        doctorPage(checks, columns),
      ),
  },
  {
    name: "todo",
    render: (text, show) =>
      show(
        { todos: [{ content: text, status: text, priority: text }], source: "opencode" as const, as_of: null },
        (todos, look) => todoPage(todos as unknown as Parameters<typeof todoPage>[0], look),
      ),
  },
  {
    name: "diff",
    hasProse: true,
    render: (text, show) =>
      show(
        { files: [{ file: text, status: text, additions: 1, deletions: 1, patch: text }], cut: false },
        (diff) => diffPage(diff as unknown as Parameters<typeof diffPage>[0], false),
        ["patch"],
      ),
  },
  {
    name: "logs",
    hasProse: true,
    render: (text, show) =>
      show(
        [
          message({
            text,
            model: text,
            tools: [{ tool: text, title: text, status: text }],
            error: { name: text, message: text },
          }),
        ],
        logPage,
        ["text"],
      ),
  },
  {
    name: "audit",
    render: (text, show) =>
      show(
        [
          {
            timestamp: event(1, "x").item.timestamp,
            actor: text,
            role: text,
            action: text,
            target: text,
            args: { [text]: text },
            result: "ok",
            reason: null,
            duration_ms: 1,
            surface: text,
            ip: text,
          },
        ],
        (rows, look) => auditTable(rows as unknown as Parameters<typeof auditTable>[0], look),
      ),
  },
  {
    name: "tokens",
    render: (text, show) => {
      const token = {
        id: text,
        name: text,
        role: "viewer",
        state: "valid",
        fingerprint: text,
        last_used_at: null,
        expires_at: null,
        revoked_at: null,
        nodes: [text],
        created_at: event(1, "x").item.timestamp,
        created_by: text,
      };
      show([token], (rows, look) => tokenTable(rows as unknown as Parameters<typeof tokenTable>[0], look));
      show(token, (one, look) => tokenCard(one as unknown as Parameters<typeof tokenCard>[0], look));
    },
  },
];

const LOOKS = [
  { format: "table", columns: 80 },
  { format: "table", columns: undefined },
  { format: "wide", columns: 200 },
] as const;

/** What a surface writes on a terminal that takes colours. */
function written({ render }: Surface, text: string, { format, columns }: (typeof LOOKS)[number]): string {
  const { terminal: made, written: all } = terminal({ isTerminal: columns !== undefined, columns });
  render(text, (data, page, prose) => print({ terminal: made, format }, data, page, prose));
  return all.out;
}

// I16
describe.each(SURFACES)("$name", (surface) => {
  it("lets no forbidden character through, paints nothing by others' marks, and has no line more", () => {
    fc.assert(
      fc.property(nasty, fc.constantFrom(...LOOKS), (text, look) => {
        const bare = written(surface, "x", look);
        const page = written(surface, text, look);
        expect(page.replaceAll(SGR, "")).not.toMatch(FORBIDDEN);
        if (surface.hasProse === true) return;
        // a narrow page wraps what is long
        const isCounted = look.columns === undefined;
        expect(isCounted ? page.split("\n").length : 0).toBe(isCounted ? bare.split("\n").length : 0);
        expect((page.match(SGR) ?? []).length).toBeLessThanOrEqual((bare.match(SGR) ?? []).length);
      }),
      { numRuns: 60 },
    );
  });
});

it("says the same in JSON, whatever it is, in characters that no terminal obeys", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const { terminal: made, written: all } = terminal({ isTerminal: true });
      const data = { [`k${text}`]: [text, { text }] };
      print({ terminal: made, format: "json" }, data, () => "");
      printLine({ terminal: made, format: "json" }, data, () => "");
      expect(all.out).not.toMatch(FORBIDDEN);
      const lines = all.out.trimEnd().split("\n");
      expect(JSON.parse(lines.at(-1) ?? "")).toEqual(data);
      expect(JSON.parse(lines.slice(0, -1).join("\n"))).toEqual(data);
    }),
  );
});

it("keeps what is told beside it to its line", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const { terminal: made, written: all } = terminal();
      note({ terminal: made, format: "table" }, said`waits: ${text}, and ${1}`);
      note({ terminal: made, format: "table" }, saidBy(text));
      expect(all.err).not.toMatch(FORBIDDEN);
      expect(all.err.split("\n")).toHaveLength(3);
    }),
  );
});

it("keeps a conversation that is being written from steering, too", () => {
  fc.assert(
    fc.property(nasty, (text) => {
      const { terminal: made, written: all } = terminal({ isTerminal: true });
      const screen = new WatchScreen({ terminal: made, format: "table", client: {} as OperatorClient });
      screen.final(message({ text, model: text, tools: [{ tool: text, title: text, status: text }] }));
      screen.say(said`${text}`);
      expect(all.out + all.err).not.toMatch(FORBIDDEN);
    }),
  );
});

it("shows what a person decides on with all that is invisible in it", () => {
  const summary = "bash: rm \u202e\u2066\u200b-rf\u2028~\n\techo \u{10ff00}ok\u001b[2K";
  const surface = SURFACES.find(({ name }) => name === "interactions list") as Surface;
  const page = written(surface, summary, LOOKS[1]);
  expect(page).toContain("bash: rm \\u{202e}\\u{2066}\\u{200b}-rf\\u{2028}~↵\\u{9}echo \\u{10ff00}ok\\u{1b}[2K");
});

it("counts the columns of what is shown", () => {
  expect(["a", "修", "e\u0301", "⚠", "✅", "ｱ", "한"].map(width)).toEqual([1, 2, 1, 1, 2, 1, 2]);
});

it("is the only way to a terminal", () => {
  const sources = join(import.meta.dirname, "../../src");
  const doors = new Set(["main.ts", "output/print.ts", "output/screen.ts"]);
  const others = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !doors.has(file))
    .filter((file) => /\b(?:out|err|stdout|stderr)\.write\(|console\./.test(readFileSync(join(sources, file), "utf8")));
  expect(others).toEqual([]);
});
