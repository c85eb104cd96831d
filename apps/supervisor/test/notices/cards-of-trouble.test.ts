import type { SessionView } from "@hal/protocol";
import { describe, expect, it } from "vitest";
import { nodeCard, type ShownNode } from "../../src/capabilities/notices/compose/node-card.ts";
import { sessionCard, type ShownSession } from "../../src/capabilities/notices/compose/session-card.ts";

const SINCE = Date.UTC(2026, 10, 28, 1);

const SESSION = {
  id: "ses_1",
  node_id: "n1",
  node: "box",
  project: "web",
  title: "mend the tests",
  status: "idle",
  health: [],
  context: { tokens: 45_231, limit: 200_000, percent: 22.6 },
  tree_cost: 3.2,
  compactions: 2,
  asked: [],
  started_at: "2026-11-28T00:00:00.000Z",
  last_activity: "2026-11-28T00:14:00.000Z",
} as unknown as SessionView;

function shown(session: Partial<SessionView>, more: Partial<ShownSession> = {}): ShownSession {
  return {
    session: { ...SESSION, ...session },
    because: "finished its turn",
    since: SINCE,
    asked: [],
    answered: [],
    prompt: "  fix the tests\nand then the docs",
    buttons: { since: SINCE, isHeld: false, canRestart: true },
    pressed: [],
    now: SINCE + 60_000,
    ...more,
  };
}

const textOf = (card: ReturnType<typeof sessionCard>): string =>
  [
    card.message.title,
    card.message.text,
    ...(card.message.fields ?? []).map(({ name, value }) => `${name}: ${value}`),
    ...(card.acts ?? []).map(({ label }) => `[${label}]`),
  ].join("\n");

describe("the card of a session", () => {
  it("that rests has what it came to, and what can be done", () => {
    const card = sessionCard(shown({}));
    expect(textOf(card)).toBe(
      [
        "web on box rests: finished its turn",
        "",
        "Node: box",
        "Task: mend the tests",
        "Tokens: 45,231 / 200,000 (23 %)",
        "Cost: $3.20",
        "Compactions: 2",
        "Duration: 14 min",
        "Told last: fix the tests",
        "[Resume]",
        "[Restart…]",
        "[Kill…]",
      ].join("\n"),
    );
    expect([card.message.tone, card.message.at, card.isOver]).toEqual(["good", SINCE, true]);
  });

  it("that failed says why, since when, what it was told and what to do", () => {
    const card = sessionCard(shown({ status: "error" }, { because: "APIError: overloaded" }));
    expect(textOf(card)).toMatch(
      /^web on box failed: APIError: overloaded\nResume has it go on where it failed; Restart goes on from what it writes down\.\nAll that is known of it: why ses_1\n/,
    );
    expect([card.message.tone, card.message.at, card.isOver]).toEqual(["bad", SINCE, false]);
    const full = sessionCard(shown({ status: "error", context: { tokens: 190_000, limit: 200_000, percent: 95 } }));
    expect(full.message.text).toMatch(/^Its context is nearly full: Restart goes on from what it writes down\./);
  });

  it("that does not get on says since when that is, and is restarted or killed", () => {
    const health = [{ mark: "stuck" as const, since: "2026-11-28T00:30:00.000Z", reason: "nothing moved for 30 min" }];
    const card = sessionCard(shown({ status: "busy", health }));
    expect(card.message).toMatchObject({
      title: "web on box does not get on: nothing moves in it",
      tone: "warn",
      at: Date.parse("2026-11-28T00:30:00.000Z"),
    });
    expect(card.acts?.map(({ label }) => label)).toEqual(["Restart…", "Kill…"]);
    expect(textOf(card)).not.toMatch(/\d+ min(?!\n)/);
  });

  it("says who did what, offers it no more, and is not over before that is seen", () => {
    const pressed = [{ key: `resume/${SINCE}`, label: "Resume", by: "slack:U1", at: SINCE + 30_000 }];
    const card = sessionCard(shown({}, { pressed }));
    expect(card.message.text).toBe("slack:U1 pressed Resume at 01:00 UTC");
    expect([card.acts?.map(({ label }) => label), card.isOver]).toEqual([["Restart…", "Kill…"], false]);
    expect(sessionCard(shown({}, { pressed, now: SINCE + 700_000 })).isOver).toBe(true);
    const killed = [{ command_id: "cmd_1", type: "session.kill", actor: "token", at: "" }];
    expect(sessionCard(shown({ asked: killed }))).toMatchObject({ acts: [], isOver: false });
  });
});

describe("the card of a node", () => {
  const NODE: ShownNode = {
    id: "n1",
    node: {
      name: "box",
      hostname: "box.example",
      connected: false,
      status: { status: "offline" },
      opencode: { state: "up" },
    },
    reason: "no heartbeat",
    since: SINCE,
    atWork: ["web", "api", "web"],
  };

  it("that is away says since when, what was at work there, and what to do", () => {
    expect(nodeCard(NODE)).toMatchObject({
      message: {
        title: "box is offline: no heartbeat",
        tone: "bad",
        text: expect.stringMatching(
          /^systemctl status hal-agent: on box\.example: does its agent run.*\nhalctl nodes list -w: see/,
        ),
        fields: [{ name: "At work there", value: "web, api" }],
        at: SINCE,
      },
      isOver: false,
    });
  });

  it("that is back says no more than that", () => {
    const node = { ...NODE.node, connected: true, status: { status: "online" } };
    const card = nodeCard({ ...NODE, node, reason: "", since: undefined });
    expect(card).toEqual({ message: { title: "box is online", tone: "good", footer: "n1" }, isOver: true });
  });
});
