import type { InteractionView, NodeView, SessionView } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { changedRows } from "../../src/live/changed-rows.ts";
import { runCli } from "../../src/cli.ts";
import type { Terminal } from "../../src/terminal.ts";
import { type ContractServer, startContractServer, TOKEN } from "../support/contract-server.ts";
import { terminal } from "../support/run.ts";
import { event, inboxItem, inboxView, interaction, node, session, STATUS } from "../support/views.ts";

let server: ContractServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

/** A fleet that the test changes, and a halctl that watches it. */
async function watching(args: readonly string[], changes: Partial<Terminal> = {}, more: object = {}) {
  const fleet = {
    sessions: [session()] as SessionView[],
    nodes: [node()] as NodeView[],
    open: [] as InteractionView[],
  };
  const answers = {
    "status.get": () => ({ ...STATUS, open_interactions: fleet.open.length }),
    "sessions.list": () => fleet.sessions,
    "nodes.list": () => fleet.nodes,
    "interactions.list": () => fleet.open,
    "commands.list": () => [],
    "events.stream": () => [],
    ...more,
  };
  const made = await startContractServer(answers);
  server = made;
  const interrupt = new AbortController();
  const { terminal: given, written } = terminal({
    env: { HALCTL_SUPERVISOR_URL: made.url, HALCTL_AUTH_TOKEN: TOKEN, NO_COLOR: "1" },
    interrupted: interrupt.signal,
    ...changes,
  });
  const ended = runCli([...args], given, "9.9.9");
  await expect.poll(() => made.calls.map(({ operation }) => operation)).toContain("events.stream");
  return {
    fleet,
    written,
    calls: made.calls,
    cut: () => made.cut(),
    tell: (type: string) => made.tell(event(11, type)),
    /** what a program has read so far */
    lines: () =>
      written.out
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    async leave(): Promise<number> {
      interrupt.abort();
      return ended;
    },
  };
}

describe("a list that is watched", () => {
  it("of the inbox is one JSON object for each item, whatever else is on its page", async () => {
    const [first, second] = [inboxItem({ id: "ses_one" }), inboxItem({ id: "ses_two" })];
    let items = [first];
    const list = await watching(["inbox", "-w", "-o", "json"], {}, { "inbox.list": () => inboxView({ items }) });
    await expect.poll(list.lines).toEqual([{ kind: "added", row: first }]);
    items = [second];
    list.tell("session.error");
    await expect.poll(list.lines).toEqual([
      { kind: "added", row: first },
      { kind: "added", row: second },
      { kind: "removed", id: "ses_one" },
    ]);
    expect(await list.leave()).toBe(0);
  });

  it("is one JSON object for each row that came, changed or went, and Ctrl-C is no failure", async () => {
    const list = await watching(["sessions", "list", "-w", "-o", "json"]);
    await expect.poll(list.lines).toHaveLength(1);
    expect(list.lines()[0]).toEqual({ kind: "added", row: session() });
    const busy = session({ status: "busy", reason: "busy for 0 s: a turn is running" });
    list.fleet.sessions = [busy, session({ id: "ses_other" })];
    list.tell("session.busy");
    await expect.poll(() => list.lines().length).toBe(3);
    list.fleet.sessions = [{ ...busy, reason: "busy for 9 s: a turn is running" }];
    list.tell("session.ended");
    await expect.poll(() => list.lines().length).toBe(4);
    expect(list.lines().slice(1)).toEqual([
      { kind: "changed", row: busy },
      { kind: "added", row: session({ id: "ses_other" }) },
      // that time passed is no change
      { kind: "removed", id: "ses_other" },
    ]);
    expect(await list.leave()).toBe(0);
    expect(list.written.err).toBe("");
  });

  it("is not read again for events that have nothing to do with it", async () => {
    const list = await watching(["nodes", "list", "-w", "-o", "json"]);
    await expect.poll(list.lines).toHaveLength(1);
    const reads = (): number => list.calls.filter(({ operation }) => operation === "nodes.list").length;
    const before = reads();
    list.tell("session.message");
    list.fleet.nodes = [node({ status: "offline", reason: "offline: it was stopped" })];
    list.tell("node.offline");
    await expect.poll(() => list.lines().length).toBe(2);
    expect(reads()).toBe(before + 1);
    expect(await list.leave()).toBe(0);
  });

  it("is drawn over itself on a terminal, as high and as wide as that is now", async () => {
    const size = { rows: 6, columns: 60 };
    const list = await watching(["sessions", "list", "-w"], {
      isTerminal: true,
      get rows() {
        return size.rows;
      },
      get columns() {
        return size.columns;
      },
    });
    await expect.poll(() => list.written.out).toContain("sessions, ");
    list.fleet.sessions = Array.from({ length: 9 }, (_, index) => session({ id: `ses_${index}_and_more_of_it` }));
    list.tell("session.started");
    await expect.poll(() => list.written.out).toContain("… and 7 more");
    expect(await list.leave()).toBe(0);
    const pages = list.written.out.split("\u001b[H").slice(1);
    for (const page of pages) expect(page.split("\n").length).toBeLessThanOrEqual(6);
    for (const line of pages.at(-1)?.split("\u001b[K\n") ?? [])
      expect(line.length - (line.startsWith("\u001b") ? 3 : 0)).toBeLessThanOrEqual(60);
    // the cursor is back, and the last picture stays
    expect(list.written.out.endsWith("\u001b[J\u001b[?25h")).toBe(true);
  });

  it("says on the screen that the supervisor is away, and goes on when it is back", async () => {
    const list = await watching(["status", "-w"], { isTerminal: true, rows: 40, columns: 100 });
    await expect.poll(() => list.written.out).toContain("waiting for you");
    list.cut();
    await expect.poll(() => list.written.out).toContain("waiting for it to come back");
    list.fleet.open = [interaction()];
    await expect.poll(() => list.written.out).toContain("bash: git push");
    expect(list.written.err).toBe("");
    expect(await list.leave()).toBe(0);
  });

  it("is the table anew for each change where its output is a file", async () => {
    const list = await watching(["interactions", "list", "-w"]);
    await expect.poll(() => list.written.out).toMatch(/^no question waits for a person; .*\n$/);
    list.fleet.open = [interaction()];
    list.tell("interaction.asked");
    await expect.poll(() => list.written.out).toMatch(/\n\nID .*\nper_20af4f1c/);
    expect(await list.leave()).toBe(0);
  });

  it("ends with the reason where it cannot go on", async () => {
    const { terminal: given, written } = terminal({ env: { HALCTL_SUPERVISOR_URL: "ws://127.0.0.1:1" } });
    expect(await runCli(["commands", "list", "-w"], given, "9.9.9")).toBe(3);
    expect(written.err).toContain("connection refused");
  });
});

describe("rows that changed", () => {
  it.each<[string, object, string[]]>([
    ["a heartbeat", { last_heartbeat: "2026-11-24T12:00:09.000Z" }, []],
    ["time", { reason: "offline: no heartbeat for 3 h 20 min (12 missed)" }, []],
    ["another reason", { reason: "offline: the agent was stopped 9 s ago" }, ["changed"]],
    ["a status", { status: "degraded" }, ["changed"]],
  ])("%s", (_name, changes, kinds) => {
    const { now } = changedRows(new Map(), [
      node({ status: "offline", reason: "offline: no heartbeat for 2 h (3 missed)" }),
    ]);
    const next = node({ status: "offline", reason: "offline: no heartbeat for 3 h 5 min (4 missed)", ...changes });
    expect(changedRows(now, [next]).changes.map(({ kind }) => kind)).toEqual(kinds);
  });
});
