import type { HoldView, KeptHoldView, StopAllView } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { heldLines, holdsPage, releasedPage } from "../../src/capabilities/holds/pages.ts";
import { statusPage } from "../../src/capabilities/state/status-page.ts";
import { type ContractServer, startContractServer } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { NOW, STATUS } from "../support/views.ts";

let server: ContractServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

const look = { now: NOW, wide: false, columns: undefined };
const hold = (changes: Partial<HoldView> = {}): HoldView => ({
  id: "hold_1",
  node: null,
  node_id: null,
  project: null,
  since: new Date(NOW - 300_000).toISOString(),
  by: "ann",
  release: "halctl release --all",
  ...changes,
});
const kept = (lacking: KeptHoldView["lacking"] = []): KeptHoldView => ({ ...hold(), lacking });
const unpainted = (text: string): string => text.replaceAll(/[\u{10ff00}-\u{10ffff}]/gu, "");

describe("what is held", () => {
  it("is the first line of the status, with the command that releases it", () => {
    const page = unpainted(statusPage({ ...STATUS, holds: [hold()] }, [], look));
    expect(page).toMatch(
      /^HELD {2}ann holds the fleet for 5 min now, and nothing begins there until it is released: halctl release --all\n\nsupervisor/,
    );
    // a supervisor of before does not say
    expect(statusPage(STATUS, [], look)).not.toContain("HELD");
  });

  it.each<[Partial<HoldView>, string]>([
    [{ node: "box" }, "ann holds node box"],
    [{ project: "p1" }, "ann holds project p1 "],
    [{ node: "box", project: "p1" }, "ann holds project p1 on node box"],
  ])("is said by its place: %j", (changes, text) => {
    expect(heldLines([hold(changes)], look)).toContain(text);
  });

  it("is listed with the nodes that do not hold it themselves, and an empty list says that it is one", () => {
    const lacking = [{ node: "old", reason: "its agent is too old" }];
    expect(
      unpainted(holdsPage([kept(lacking), kept(lacking)], look)).match(/NOT YET {2}old: its agent is too old/g),
    ).toHaveLength(1);
  });

  it("is told apart from what a release released", () => {
    const released = [hold({ node: "box" })];
    expect(unpainted(releasedPage({ released, remaining: [hold()] }, look))).toMatch(
      /^RELEASED {2}ann holds node box no more\nHELD {2}ann holds the fleet .*halctl release --all\n$/,
    );
    expect(releasedPage({ released: [], remaining: [] }, look)).toBe("nothing was released: nothing is held\n");
    expect(unpainted(releasedPage({ released: [], remaining: [hold()] }, look))).toMatch(/^nothing was released\nHELD/);
  });
});

describe("stop --all", () => {
  async function stopped(holds: StopAllView["holds"]) {
    const none = { sessions: [], unknown: [], cancelled: [], kept: [] };
    server = await startContractServer({ "sessions.stopAll": () => ({ ...none, ...(holds && { holds }) }) });
    return halctl(server.url, ["stop", "--all", "--yes"]);
  }

  it("asks for a hold and shows it", async () => {
    const ran = await stopped([kept([{ node: "old", reason: "its agent is too old" }])]);
    expect(server?.calls.map(({ input }) => input)).toMatchObject([{ hold: true }]);
    expect(ran.out).toMatch(
      /nothing was at work\nHELD .*halctl release --all\nNOT YET {2}old: its agent is too old\n$/,
    );
    expect(ran.code).toBe(0);
  });

  it("says so where the supervisor is too old to hold", async () => {
    expect((await stopped(undefined)).err).toContain("this supervisor is too old to hold anything");
    await server?.[Symbol.asyncDispose]();
    expect((await stopped([])).err).toBe("");
  });
});
