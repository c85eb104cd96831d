import { judgeBlocks, readMessage, slackTranscript } from "@hal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Message, renderSlack } from "../../src/index.ts";

/** What agents and their tools write, at its worst. */
const nasty = fc.oneof(
  fc.constantFrom(
    "<!channel>",
    "<!here|x>",
    "<@U0123>",
    "@everyone",
    "@channel",
    "<!subteam^S1>",
    "<https://evil.example|click>",
    "https://evil.example/a?b=c&d=<e>",
    "```",
    "````",
    "`",
    "&lt;!channel&gt;",
    "&amp;",
    "&",
    "<",
    ">",
    "<!date^1^{date}|x>",
    "*_~",
    "\u0000",
    "\u001b[31m",
    "\ud83d",
    "👩‍👩‍👧‍👦",
    "\r\n",
    "\n",
    " ",
    "\u2028",
  ),
  fc.string({ unit: "binary" }),
);
const text = fc.oneof(
  fc.array(nasty, { maxLength: 12 }).map((parts) => parts.join("")),
  fc.tuple(nasty, fc.integer({ min: 1, max: 4_000 })).map(([part, times]) => part.repeat(times).slice(0, 9_000)),
);
const button = fc.oneof(
  fc.record({
    label: text,
    id: fc.constant("x"),
    style: fc.constantFrom("main", "plain", "danger"),
    isDisabled: fc.boolean(),
  }),
  fc.record({ label: text, url: fc.oneof(text, fc.webUrl()) }),
);
const message: fc.Arbitrary<Message> = fc
  .record(
    {
      title: text,
      tone: fc.constantFrom("good", "warn", "bad", "neutral"),
      text,
      code: text,
      fields: fc.array(fc.record({ name: text, value: text, isShort: fc.boolean() }), { maxLength: 30 }),
      footer: text,
      at: fc.integer({ min: 0, max: 4_000_000_000_000 }),
      buttons: fc
        .array(button, { maxLength: 30 })
        .map((all) => all.map((one, index) => ("id" in one ? { ...one, id: `v1:${index}`.padEnd(100, "x") } : one))),
    },
    { requiredKeys: ["title", "tone"] },
  )
  .map((one) => one as Message);

describe("a message on Slack", () => {
  test("fits, whatever it says, calls nobody and is well formed", () => {
    fc.assert(
      fc.property(message, (one) => {
        const { text: said, blocks } = renderSlack(one);
        expect(judgeBlocks(blocks)).toEqual([]);
        expect(JSON.stringify(blocks).length).toBeLessThanOrEqual(13_200);
        expect(said.length).toBeLessThanOrEqual(4_000);
        expect(said.isWellFormed()).toBe(true);
        expect(readMessage(said, blocks)).toEqual({ calls: [], links: [], broken: [] });
      }),
      { numRuns: 500 },
    );
  });

  test("calls whom it is to call, and nobody else", () => {
    fc.assert(
      fc.property(message, fc.constantFrom("user", "role"), (one, kind) => {
        const { text: said, blocks } = renderSlack({ ...one, ping: { kind, id: "W0123" } });
        expect(readMessage(said, blocks).calls).toEqual([kind === "user" ? "@W0123" : "!subteam^W0123"]);
      }),
    );
  });

  test.each(["channel", "U1>", "!here", "<@U1>", ""])("has no call by the id %j, which is none of Slack's", (id) => {
    const { text: said, blocks } = renderSlack({ title: "x", tone: "bad", ping: { kind: "role", id } });
    expect(readMessage(said, blocks)).toEqual({ calls: [], links: [], broken: [] });
  });

  test("says its tone by a sign and a word, and all that matters in its first line", () => {
    const { text: said, blocks } = renderSlack({
      title: "alpha/web needs\napproval",
      tone: "warn",
      text: "rm -rf build",
    });
    expect(said).toBe("🟡 ATTENTION alpha/web needs approval\nrm -rf build");
    expect(blocks[0]).toEqual({
      type: "header",
      text: { type: "plain_text", text: "🟡 ATTENTION alpha/web needs approval", emoji: false },
    });
  });

  test("says a title once more, in full, where a header has no room for it", () => {
    const title = "word ".repeat(60).trim();
    const { blocks } = renderSlack({ title, tone: "bad" });
    expect(blocks).toMatchObject([{ type: "header" }, { type: "section", text: { text: `🔴 PROBLEM ${title}` } }]);
  });

  test("keeps the end of code, and its back-ticks, unless they would end it", () => {
    const { blocks } = renderSlack({ title: "x", tone: "bad", code: `${"start\n".repeat(900)}\`a\` \`\`\`b\n<last>` });
    const [, section] = blocks as unknown as readonly { readonly text: { readonly text: string } }[];
    expect(section?.text.text.startsWith("```\n…\nstart")).toBe(true);
    expect(section?.text.text.endsWith("start\n`a` ˋˋˋb\n&lt;last&gt;\n```")).toBe(true);
  });

  test("puts five buttons into a row, and names those that cannot be pressed", () => {
    const buttons = [
      ...Array.from({ length: 6 }, (_, index) => ({ label: `B${index}`, id: `b${index}` })),
      { label: "Gone", id: "gone", isDisabled: true },
      { label: "Open", url: "https://example.com/" },
    ];
    const { text: said, blocks } = renderSlack({ title: "x", tone: "good", buttons, footer: "node-b", at: 0 });
    const shown = slackTranscript([{ ...SAID, text: said, blocks }]);
    expect(shown).toBe(
      [
        "HAL:",
        "  **🟢 OK x**",
        "  Not available: Gone · node-b · 1970-01-01 00:00 UTC",
        "  [B0] [B1] [B2] [B3] [B4]",
        "  [B5] [Open → https://example.com/]",
      ].join("\n"),
    );
  });

  test("becomes shorter in all its parts where all of them together are too long", () => {
    const long = "&".repeat(5_000);
    const fields = Array.from({ length: 25 }, () => ({ name: long, value: long, isShort: true }));
    const { blocks } = renderSlack({ title: long, tone: "bad", text: long, code: long, fields });
    expect(JSON.stringify(blocks).length).toBeLessThanOrEqual(12_000);
    expect(JSON.stringify(blocks)).toContain("5 more");
  });
});

const SAID = {
  channel: "C1",
  ts: "1.1",
  threadTs: undefined,
  user: "U0HAL",
  isOwn: true,
  ephemeralTo: undefined,
  metadata: undefined,
  files: [],
  edits: 0,
};
