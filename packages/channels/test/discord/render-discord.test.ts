import { blemishesOf, callsOf, discordBody, judgeDiscordMessage, readMarkdown } from "@hal/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Message, renderDiscord } from "../../src/index.ts";
import { escapeDiscord } from "../../src/discord/escape-discord.ts";

/** What agents and their tools write, at its worst. */
const nasty = fc.oneof(
  fc.constantFrom(
    "@everyone",
    "@here",
    "<@600000000000000001>",
    "<@!600000000000000001>",
    "<@&600000000000000001>",
    "<#600000000000000001>",
    "<:x:600000000000000001>",
    "<t:1:R>",
    "</kill:600000000000000001>",
    "[click](https://evil.example)",
    "https://evil.example/a_b_c?d=*e*",
    "<https://evil.example>",
    "```",
    "````",
    "`",
    "**a**",
    "__a__",
    "~~a~~",
    "||a||",
    "\n# head",
    "\n-# small",
    "\n> said",
    "\n>>> said",
    "\n- item",
    "\n  * item",
    "\n12. item",
    "\\",
    "\\`",
    "\u0000",
    "\u001b[31m",
    "\ud83d",
    "👩‍👩‍👧‍👦",
    "\r\n",
    "\n",
    " ",
    "\u200b",
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

describe("a message on Discord", () => {
  test("fits, whatever it says, calls nobody, unfurls nothing and is well formed", () => {
    fc.assert(
      fc.property(message, (one) => {
        const rendered = renderDiscord(one, "ref-1");
        const { content, embeds, allowed_mentions } = rendered;
        expect(judgeDiscordMessage({ ...rendered, nonce: "ref-1" })).toEqual([]);
        expect(JSON.stringify(rendered).isWellFormed()).toBe(true);
        expect(callsOf(content, allowed_mentions)).toEqual([]);
        expect(blemishesOf(content, embeds, 0)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  test("calls whom it is to call, and nobody else", () => {
    fc.assert(
      fc.property(message, fc.constantFrom("user", "role"), (one, kind) => {
        const { content, allowed_mentions } = renderDiscord({ ...one, ping: { kind, id: "600000000000000007" } });
        expect(callsOf(content, allowed_mentions)).toEqual(["600000000000000007"]);
      }),
    );
  });

  test.each(["everyone", "1>", "@here", "<@600000000000000001>", ""])(
    "has no call by the id %j, which is none of Discord's",
    (id) => {
      const { content, allowed_mentions } = renderDiscord({ title: "x", tone: "bad", ping: { kind: "role", id } });
      expect([content, allowed_mentions]).toEqual(["", { parse: [] }]);
    },
  );

  test("shows a text as it was written", () => {
    fc.assert(
      fc.property(text, (one) => {
        const written = one.toWellFormed().replaceAll("\uE000", "?");
        expect(readMarkdown(escapeDiscord(written)).text).toBe(written);
      }),
    );
  });

  test("says its tone by a sign and a word, and all that matters in its first line", () => {
    const { embeds } = renderDiscord({ title: "alpha/web needs\napproval", tone: "warn", text: "rm -rf build" });
    expect(embeds).toEqual([
      { author: { name: "🟡 ATTENTION alpha/web needs approval" }, color: 0xd2_99_22, description: "rm -rf build" },
    ]);
  });

  test("says a title once more, in full, where the first line has no room for it", () => {
    const title = "word ".repeat(60).trim();
    const { embeds } = renderDiscord({ title, tone: "bad" });
    expect(embeds[0]?.description).toBe(`🔴 PROBLEM ${title}`);
  });

  test("keeps the end of code, and its back-ticks, unless they would end it", () => {
    const { embeds } = renderDiscord({
      title: "x",
      tone: "bad",
      code: `${"start\n".repeat(900)}\`a\` \`\`\`b\n<last>`,
    });
    const description = embeds[0]?.description ?? "";
    expect(description.startsWith("```\n…\nstart")).toBe(true);
    expect(description.endsWith("start\n`a` ˋˋˋb\n<last>\n```")).toBe(true);
  });

  test("puts five buttons into a row, and shows those that cannot be pressed as that", () => {
    const buttons = [
      ...Array.from({ length: 6 }, (_, index) => ({ label: `B${index}`, id: `b${index}` })),
      { label: "Gone", id: "gone", isDisabled: true },
      { label: "Open", url: "https://example.com/" },
    ];
    const rendered = renderDiscord({ title: "x", tone: "good", buttons, footer: "node-b", at: 0 });
    expect(discordBody({ ...SAID, ...rendered })).toBe(
      [
        "**🟢 OK x**",
        "node-b · 1970-01-01 00:00 UTC",
        "[B0] [B1] [B2] [B3] [B4]",
        "[B5] [Gone (off)] [Open → https://example.com/]",
      ].join("\n"),
    );
  });

  test("becomes shorter in all its parts where all of them together are too long", () => {
    const long = "*".repeat(5_000);
    const fields = Array.from({ length: 28 }, () => ({ name: long, value: long, isShort: true }));
    const rendered = renderDiscord({ title: long, tone: "bad", text: long, code: long, fields, footer: long });
    expect(judgeDiscordMessage({ ...rendered })).toEqual([]);
    expect(rendered.embeds[0]?.footer?.text).toMatch(/^3 more · /);
  });
});

const SAID = {
  channel: "1",
  id: "1",
  author: "1",
  isOwn: true,
  nonce: undefined,
  ephemeralTo: undefined,
  files: [],
  calls: [],
  isThinking: false,
  edits: 0,
};
