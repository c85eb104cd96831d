import type { SessionView, WatchItem } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli.ts";
import { type ContractServer, startContractServer, TOKEN } from "../support/contract-server.ts";
import { terminal } from "../support/run.ts";
import { event, interaction, message, NOW, session, STATUS } from "../support/views.ts";

let server: ContractServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

const open: WatchItem = { kind: "lane", open: true, reason: "text comes from ada as it is written" };
const begins: WatchItem = { kind: "message", message_id: "msg_live", model: "p/m", end: false };

function text(offset: number, said: string, changes: Partial<Extract<WatchItem, { text: string }>> = {}): WatchItem {
  return {
    kind: "text",
    message_id: "msg_live",
    part_id: "prt_1",
    offset,
    text: said,
    end: false,
    cut: false,
    ...changes,
  };
}

function tool(status: string): WatchItem {
  return {
    kind: "tool",
    message_id: "msg_live",
    part_id: "prt_tool",
    tool: "bash",
    title: "ls",
    status,
    end: status === "completed",
  };
}

function final(id: number, said: string, changes: object = {}) {
  const data = {
    messageId: "msg_live",
    role: "assistant",
    state: "complete",
    text: said,
    createdAt: NOW,
    model: "p/m",
  };
  return event(id, "session.message", { ...data, cut: false, tools: [], ...changes });
}

const prompt = event(11, "session.message", {
  messageId: "msg_user",
  role: "user",
  state: "complete",
  text: "count",
  createdAt: NOW,
});

interface Watched {
  readonly out: () => string;
  readonly err: () => string;
  readonly ended: Promise<number>;
  leave(): void;
  live(...items: readonly WatchItem[]): void;
  told(...events: readonly ReturnType<typeof event>[]): void;
  until(condition: () => boolean): Promise<void>;
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { interval: 10 }).toBe(true);
}

/** Watches a session that is as `changes` say, against a server that tells what the test tells it. */
async function watch(args: readonly string[], changes: Partial<SessionView> = { status: "busy" }): Promise<Watched> {
  server = await startContractServer({
    "status.get": () => STATUS,
    "sessions.get": () => session({ reason: "busy for 3 s", ...changes }),
    "sessions.messages": () => [
      message({ id: "msg_old", text: "of an earlier turn" }),
      message({ id: "msg_prompt", role: "user", text: "what was asked", parent_id: null }),
      message({ id: "msg_step", text: "a step that is final" }),
    ],
    "interactions.list": () => [interaction()],
    "sessions.watch": () => [{ item: open }],
    "events.stream": () => [],
  });
  const { url } = server;
  const told: ContractServer["tell"] = (...one) => server?.tell(...one);
  const left = new AbortController();
  const { terminal: made, written } = terminal({
    env: { HALCTL_SUPERVISOR_URL: url, HALCTL_AUTH_TOKEN: TOKEN },
    interrupted: left.signal,
  });
  const ended = runCli(["sessions", "watch", "engine", ...args], made, "9.9.9");
  return {
    out: () => written.out,
    err: () => written.err,
    ended,
    leave: () => left.abort(),
    live: (...items) => items.forEach((item) => told({ item }, "sessions.watch")),
    told: (...events) => events.forEach((one) => told(one)),
    until,
  };
}

/** Whether both streams were asked for this often. */
function streamsOpen(times = 1): boolean {
  const names = server?.calls.map(({ operation }) => operation) ?? [];
  return ["sessions.watch", "events.stream"].every((stream) => names.filter((name) => name === stream).length >= times);
}

describe("sessions watch", () => {
  it("shows the running turn, then the text as it is written, and what the log has more at its end", async () => {
    const watched = await watch([]);
    await until(() => streamsOpen());
    watched.live(begins, text(0, "one "), text(4, "two "), tool("pending"), tool("running"), tool("completed"));
    await until(() => watched.out().includes("(completed)"));
    watched.live(text(0, "after ", { part_id: "prt_2" }));
    await until(() => watched.out().includes("after"));
    watched.told(final(12, "one two after all"), event(13, "session.idle"));
    await until(() => watched.err().includes("the turn is over"));
    watched.leave();
    expect(await watched.ended).toBe(0);
    const shown = watched.out().replaceAll(/\d\d:\d\d:\d\d/g, "TIME");
    expect(shown).toBe(
      [
        "── user  TIME",
        "what was asked",
        "── scripted/scripted-model  TIME",
        "a step that is final",
        "── p/m  TIME",
        "one two ",
        "  ⚙ bash ls (running)",
        "  ⚙ bash ls (completed)",
        "after all",
        "",
      ].join("\n"),
    );
  });

  it("shows nothing twice when the supervisor comes back and begins anew", async () => {
    const watched = await watch(["--until-idle"]);
    await until(() => streamsOpen());
    watched.live(begins, text(0, "once upon "));
    await until(() => watched.out().includes("upon"));
    server?.cut();
    await until(() => watched.err().includes("waiting for it to come back"));
    await until(() => streamsOpen(2));
    watched.live(begins, text(0, "once upon a time"));
    await until(() => watched.out().includes("a time"));
    watched.told(final(12, "once upon a time"), event(13, "session.idle"));
    expect(await watched.ended).toBe(0);
    expect(watched.out().match(/once/g)).toHaveLength(1);
    expect(watched.err().match(/waiting for it/g)).toHaveLength(1);
  });

  it("marks a text whose beginning is not known, and shows the whole when there is one", async () => {
    const watched = await watch(["--until-idle"]);
    await until(() => streamsOpen());
    watched.live(text(0, "the end of it", { cut: true }), text(0, "It is the end of it", { end: true }));
    await until(() => watched.out().includes("It is"));
    watched.told(final(12, "It is the end of it"), event(13, "session.idle"));
    await watched.ended;
    expect(watched.out()).toContain("… the end of it\nIt is the end of it\n");
    expect(watched.out().match(/It is/g)).toHaveLength(1);
  });

  it("shows what the live lane lost when the log has it, and how a message ended", async () => {
    const watched = await watch(["--until-idle"]);
    await until(() => streamsOpen());
    const error = { name: "APIError", message: "no credit" };
    watched.told(prompt, final(12, "never seen", { state: "error", error }), event(13, "session.error", error));
    expect(await watched.ended).toBe(1);
    expect(watched.out()).toMatch(
      /── user .*\ncount\n── p\/m .*\nnever seen\n {2}\[error\]\n {2}✗ APIError: no credit\n$/,
    );
    expect(watched.err()).toContain("the turn failed: APIError: no credit");
  });

  it("tells apart what is thought and what is said", async () => {
    const watched = await watch([]);
    await until(() => streamsOpen());
    const thought = { kind: "reasoning", part_id: "prt_0" } as const;
    watched.live(begins, text(0, "let me ", thought), text(7, "think", { ...thought, end: true }), text(0, "done"));
    await until(() => watched.out().includes("done"));
    watched.leave();
    await watched.ended;
    expect(watched.out()).toContain("  thinking: let me think\ndone\n");
  });

  it("shows what waits for a person, with how to answer, and that it was answered", async () => {
    const watched = await watch([], { status: "waiting" });
    await until(() => streamsOpen());
    const { id, kind, summary } = interaction({ id: "per_two", summary: "bash: rm" });
    watched.told(event(12, "interaction.asked", { interactionId: id, kind, summary }));
    watched.told(event(13, "interaction.answered", { interactionId: id, reply: "once" }));
    await until(() => watched.err().includes("answered: once"));
    watched.leave();
    await watched.ended;
    expect(watched.err()).toContain("waits for a person: bash: git push");
    expect(watched.err()).toContain("waits for a person: bash: rm\n  halctl interactions allow per_two");
  });

  it("says why no text comes, and when it comes again", async () => {
    const watched = await watch([]);
    await until(() => streamsOpen());
    watched.live({ kind: "lane", open: false, reason: "node ada is offline; text comes when it is back" }, open);
    await until(() => watched.err().includes("text comes from ada"));
    watched.leave();
    await watched.ended;
    expect(watched.err()).toContain("node ada is offline");
  });

  it("leaves a session that rests at once where it was asked to leave when the turn is over", async () => {
    const watched = await watch(["--until-idle"], { status: "idle", reason: "idle for 60 s: finished its turn" });
    expect(await watched.ended).toBe(0);
    expect(watched.out()).toBe("");
    expect(watched.err()).toContain("idle for 60 s: finished its turn");
  });

  it("prints one JSON object a line for programs", async () => {
    const watched = await watch(["--until-idle", "-o", "json"]);
    await until(() => streamsOpen());
    watched.live(begins, text(0, "hi"));
    await until(() => watched.out().includes('"hi"'));
    watched.told(event(13, "session.idle"));
    await watched.ended;
    const lines = watched.out().trim().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as { kind: string }).kind)).toEqual([
      "session",
      "logged",
      "logged",
      "lane",
      "message",
      "text",
      "event",
    ]);
    expect(watched.err()).toBe("");
  });

  it("lets nothing that a model writes paint the screen", async () => {
    const watched = await watch([]);
    await until(() => streamsOpen());
    watched.live(begins, text(0, "red \u001B[31m alert"));
    await until(() => watched.out().includes("alert"));
    watched.leave();
    await watched.ended;
    expect(watched.out()).not.toContain("\u001B");
  });
});
