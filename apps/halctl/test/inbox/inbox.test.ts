import type { InboxItemView, InboxView } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { inboxPage, itemPage } from "../../src/capabilities/inbox/pages.ts";
import { type ContractServer, startContractServer } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { inboxItem, inboxView, NOW } from "../support/views.ts";

const look = { now: NOW, wide: false, columns: undefined };
const unpainted = (text: string): string => text.replaceAll(/[\u{10ff00}-\u{10ffff}]/gu, "");
const before = (minutes: number): string => new Date(NOW - minutes * 60_000).toISOString();

const [item, view] = [inboxItem, inboxView];

let server: ContractServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

describe("the page of the inbox", () => {
  it("says of each item since when, where, why, and what can be typed", () => {
    const one = view({ items: [item()], counts: { ...view().counts, failed: 1 } });
    expect(unpainted(inboxPage(one, look))).toBe(
      `FAILED  ses_df50cb48  engine on ada "Mend the engine", for ann, for 16 min
  error for 16 min: APIError: invalid key
  → halctl sessions logs ${item().id} -n 5  (read its last messages)
`,
    );
    expect(unpainted(inboxPage(one, { ...look, wide: true }))).toContain(`→ halctl why ${item().id}`);
  });

  it("names a schedule or a project that started nothing", () => {
    const nowhere = { node: null, node_id: null, session_id: null, title: "", owner: null };
    const page = (changes: Partial<InboxItemView>): string =>
      unpainted(inboxPage(view({ items: [item({ ...nowhere, ...changes })] }), look));
    expect(page({ id: "nightly", kind: "schedule" })).toMatch(/^FAILED {2}nightly {2}schedule of engine, for 16 min\n/);
    expect(page({ id: "engine", kind: "project" })).toMatch(/^FAILED {2}engine {2}project, for 16 min\n/);
  });

  it("says how many of each tier are not shown", () => {
    const counts = { blocked: 1, failed: 3, stuck: 0, finished: 12 };
    const page = unpainted(inboxPage(view({ items: [item()], counts }), look));
    expect(page).toContain("not shown: 1 blocked, 2 failed, 12 finished");
  });

  it.each<[what: string, changes: Partial<InboxView>, text: string]>([
    [
      "nothing needs anybody",
      {},
      "nothing needs you: nothing is open, failed or stuck, and nothing has finished since 90 min ago\n",
    ],
    [
      "nobody knows",
      { unreachable: { nodes: ["ada", "box"], sessions: 3 } },
      "NOT KNOWN  what 3 sessions on ada, box may need: nobody can reach them (see: halctl sessions list --status unreachable)\n",
    ],
    [
      "there is something of another tier",
      { counts: { ...view().counts, stuck: 1 } },
      "nothing in the inbox is of that tier\n",
    ],
  ])("says which kind of empty it is: %s", (_what, changes, text) => {
    expect(unpainted(inboxPage(view(changes), look))).toContain(text);
  });

  it("says how many are put aside, and of each that is shown all the same until when", () => {
    const hidden = { snoozed: 2, acknowledged: 1, answered: 0 };
    const put = "put aside: 2 snoozed, 1 acknowledged (see: halctl inbox --all)";
    expect(unpainted(inboxPage(view({ hidden }), look))).toContain(put);
    const snoozed = item({ state: "snoozed", until: new Date(NOW + 20 * 60_000).toISOString() });
    const all = unpainted(inboxPage(view({ hidden, items: [snoozed] }), look));
    expect(all).not.toContain(put);
    expect(all).toContain("(snoozed: it is back when it moves, or in 20 min)");
  });

  it.each<[Partial<InboxItemView>, string]>([
    [{ state: "open" }, "it is in your inbox"],
    [{ state: "acknowledged" }, "acknowledged: it is back when it moves"],
    [{ state: "snoozed" }, "snoozed: it is back when it moves"],
    [{ state: "answered" }, "an answer is on its way to it"],
  ])("says after a note of %j what that means", (changes, text) => {
    expect(
      unpainted(itemPage(item(changes), look))
        .trimEnd()
        .split("\n")
        .at(-1),
    ).toBe(`  ${text}`);
  });

  it("has first what is held", () => {
    const hold = {
      id: "hold_1",
      node: null,
      node_id: null,
      project: null,
      since: before(5),
      by: "ann",
      release: "halctl release --all",
    };
    expect(unpainted(inboxPage(view({ holds: [hold] }), look))).toMatch(
      /^HELD .*halctl release --all\nnothing needs you/,
    );
  });
});

describe("halctl inbox", () => {
  it("is what its first verb is, also with options", async () => {
    const asked: unknown[] = [];
    server = await startContractServer({
      "inbox.list": (input) => {
        asked.push(input);
        return view({ items: [item()] });
      },
    });
    for (const args of [["inbox"], ["inbox", "list"], ["inbox", "--tier", "failed", "--all"]])
      expect((await halctl(server.url, args)).out).toContain("FAILED");
    expect(asked.map((input) => (input as { readonly tier?: string }).tier)).toEqual([undefined, undefined, "failed"]);
    const { out } = await halctl(server.url, ["inbox", "-o", "json"]);
    expect(JSON.parse(out)).toMatchObject({ items: [{ id: item().id }], counts: {} });
  });

  it("says of an empty project that it is that one's, and how all of them are seen", async () => {
    server = await startContractServer({ "inbox.list": () => view() });
    const { out } = await halctl(server.url, ["inbox", "--project", "engine"]);
    expect(out).toMatch(/^nothing needs you in engine: .*; all projects: halctl inbox\n$/);
  });

  it("puts an item off for a span as it is typed, acknowledges, reopens, and says that one has looked", async () => {
    const asked: unknown[] = [];
    const note = (state: InboxItemView["state"]) => (input: unknown) => {
      asked.push(input);
      return item({ state });
    };
    server = await startContractServer({
      "inbox.snooze": note("snoozed"),
      "inbox.acknowledge": note("acknowledged"),
      "inbox.reopen": note("open"),
      "inbox.look": () => ({ last_look: before(0) }),
    });
    for (const args of [["snooze", "ses_1", "--for", "30m"], ["acknowledge", "ses_1"], ["reopen", "ses_1"], ["look"]])
      expect((await halctl(server.url, ["inbox", ...args])).code).toBe(0);
    expect(asked).toEqual([{ item: "ses_1", for_ms: 1_800_000 }, { item: "ses_1" }, { item: "ses_1" }]);
  });

  it("refuses what it does not know", async () => {
    server = await startContractServer({ "inbox.list": () => view() });
    const { code, err } = await halctl(server.url, ["inbox", "clean"]);
    expect(code).toBe(2);
    expect(err).toContain("clean");
  });
});
