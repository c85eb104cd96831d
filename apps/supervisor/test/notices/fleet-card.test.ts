import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fleetCard, type FleetSession, type ShownFleet } from "../../src/capabilities/notices/compose/fleet-card.ts";

const EMPTY: ShownFleet = {
  nodes: [],
  sessions: [],
  openInteractions: 0,
  spentToday: 0,
  timeZone: "UTC",
  isHeld: false,
};
const WEB: FleetSession = {
  id: "ses_1",
  project: "proj-a",
  node: "node-b",
  status: "busy",
  health: [],
  context: { tokens: 84_000, limit: 200_000, percent: 42 },
  spentToday: 3.2,
};
const STUCK = [{ mark: "stuck", since: "2026-11-28T00:00:00.000Z", reason: "nothing moved for 92 min" }] as const;

describe("the fleet in one message", () => {
  it("has a line for each session, those first that need somebody", () => {
    const { message, isOver } = fleetCard({
      ...EMPTY,
      nodes: [
        { name: "node-b", status: "online" },
        { name: "box", status: "offline" },
      ],
      sessions: [
        WEB,
        { ...WEB, id: "ses_2", project: "api", status: "error", context: null, spentToday: 0 },
        { ...WEB, id: "ses_3", project: "docs", status: "waiting", spentToday: 0 },
        { ...WEB, id: "ses_4", project: "tools", health: [...STUCK] },
      ],
      openInteractions: 1,
      spentToday: 12.4,
    });
    expect(message).toMatchObject({
      title: "The fleet: 1 question waits, 1 session failed, 1 session does not get on, 1 node is offline",
      tone: "bad",
      text: [
        "🟡 docs — ctx 42 % — waiting — node-b",
        "🔴 api — error — node-b",
        "🟡 tools — ctx 42 %, $3.20 today — busy, does not get on — node-b",
        "🟢 proj-a — ctx 42 %, $3.20 today — busy — node-b",
      ].join("\n"),
      fields: [
        { name: "Nodes", value: "box offline, node-b online" },
        { name: "Sessions", value: "2 at work, 1 waiting for a person, 1 failed" },
        { name: "Today (UTC)", value: "$12.40" },
      ],
    });
    expect(isOver).toBe(false);
  });

  it("says so where nothing needs anybody", () => {
    expect(fleetCard(EMPTY).message).toMatchObject({
      title: "The fleet: nothing needs a person",
      tone: "good",
      fields: [{ value: "none has come yet" }, { value: "none at work" }, { value: "$0" }],
    });
  });

  it("is short, however big the fleet is, and says what it leaves out", () => {
    const nodes = Array.from({ length: 300 }, (_, index) => ({
      name: `node-${index}`,
      status: index < 40 ? ("offline" as const) : ("online" as const),
    }));
    const sessions = Array.from({ length: 200 }, (_, index) => ({ ...WEB, id: `ses_${index}` }));
    const { text = "", fields = [] } = fleetCard({ ...EMPTY, nodes, sessions }).message;
    expect(text.split("\n")).toHaveLength(21);
    expect(text).toMatch(/and 180 more: halctl sessions list$/);
    expect(fields[0]?.value).toMatch(/^260 of 300 online, node-0 offline, .*, 25 more$/);
  });

  it("is the same in whatever order things are known, so that it is changed only where something is", () => {
    const some = fc.uniqueArray(
      fc.record({
        ...Object.fromEntries(Object.entries(WEB).map(([name, value]) => [name, fc.constant(value)])),
        id: fc.string(),
        project: fc.constantFrom("a", "b"),
        status: fc.constantFrom("busy", "error", "waiting"),
      }) as fc.Arbitrary<FleetSession>,
      { selector: ({ id, project }) => `${project}/${id}` },
    );
    fc.assert(
      fc.property(some, (sessions) => {
        expect(fleetCard({ ...EMPTY, sessions: sessions.toReversed() })).toEqual(fleetCard({ ...EMPTY, sessions }));
      }),
    );
  });
});
