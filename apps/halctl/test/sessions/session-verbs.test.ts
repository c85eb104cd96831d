import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CommandView, HalError, type SessionView, type StopAllView, type WaitView } from "@hal/protocol";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runCli } from "../../src/cli.ts";
import type { Terminal } from "../../src/terminal.ts";
import { type ContractServer, startContractServer, TOKEN } from "../support/contract-server.ts";
import { halctl, terminal } from "../support/run.ts";
import { command, event, interaction, message, reply, session, STATUS, waiting } from "../support/views.ts";

let server: ContractServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

async function serve(answers: Parameters<typeof startContractServer>[0]): Promise<ContractServer> {
  server = await startContractServer({ "status.get": () => STATUS, ...answers });
  return server;
}

const inputsOf = (operation: string): unknown[] =>
  server?.calls.filter((call) => call.operation === operation).map(({ input }) => input) ?? [];

/** Lines as somebody types them, each when it is its turn. */
function typing(lines: readonly string[], whenDone: Promise<void> = Promise.resolve()): Partial<Terminal> {
  return {
    lines: async function* typed() {
      yield* lines;
      await whenDone;
    },
  };
}

describe("sessions wait", () => {
  async function wait(ends: readonly Partial<WaitView>[], args: readonly string[] = []) {
    let reads = 0;
    const { url } = await serve({
      "sessions.get": () => session(),
      "sessions.wait": () => waiting(ends[Math.min((reads += 1), ends.length) - 1]),
    });
    return halctl(url, ["sessions", "wait", "engine", ...args]);
  }
  const busy: Partial<WaitView> = { status: "busy", settled: null };

  it.each<[string, readonly Partial<WaitView>[], number]>([
    ["rests already", [{}], 0],
    ["comes to rest", [busy, busy, {}], 0],
    ["fails", [busy, { settled: "error", status: "error", reason: "error for 1 s: no credit" }], 1],
    ["is killed", [{ settled: "error", status: "ended", reason: "ended: killed" }], 1],
    ["asks a question", [busy, { settled: "question", status: "waiting", interaction: interaction() }], 10],
    ["asks for a permission", [busy, { settled: "permission", status: "waiting", interaction: interaction() }], 11],
  ])("a session that %s", async (_name, ends, code) => {
    const ran = await wait(ends);
    expect(ran.code).toBe(code);
    expect(ran.out).toContain(ends.at(-1)?.reason ?? session().reason);
    expect((inputsOf("sessions.wait")[0] as { readonly wait_ms: number }).wait_ms).toBe(0);
  });

  it("says of what it waits, and gives programs all of it", async () => {
    await wait([{}], ["--for", "idle"]);
    expect(inputsOf("sessions.wait")).toMatchObject([{ for: "idle" }]);
    await server?.[Symbol.asyncDispose]();
    const ran = await wait([{}], ["-o", "json"]);
    expect(JSON.parse(ran.out)).toEqual(waiting());
  });

  it("shows what holds it up, and times out with 6", async () => {
    const over = new AbortController();
    const limits = vi.spyOn(AbortSignal, "timeout").mockReturnValue(over.signal);
    const held = { ...busy, status: "waiting" as const, interaction: interaction() };
    const running = wait([held], ["--timeout", "7ms", "--for", "idle"]);
    await expect.poll(() => inputsOf("sessions.wait").length).toBeGreaterThan(1);
    over.abort();
    const { code, err } = await running;
    limits.mockRestore();
    expect(code).toBe(6);
    expect(err.split(`halctl interactions allow ${interaction().id}`)).toHaveLength(2);
    expect(err).toContain("goes on: halctl sessions watch");
  });

  it("goes on waiting while its node is away, and says so once, also to a program", async () => {
    const away = { ...busy, status: "unreachable" as const, reason: "unreachable: its node is offline" };
    const ran = await wait([away, away, busy, {}], ["-o", "json"]);
    expect(ran.code).toBe(0);
    expect(ran.err.split("waiting for it to come back")).toHaveLength(2);
  });

  it.each([
    ['{"count":3}', null, 0, ""],
    ["three", { count: 3 }, 0, ""],
    ['{"count":"three"}', null, 1, "does not have the shape that was asked for: /count must be integer"],
    ["three", null, 1, "it is no JSON"],
  ])("looks whether its answer has a shape: %s", async (text, structured, code, problem) => {
    await using file = await schemaFile({ type: "object", properties: { count: { type: "integer" } } });
    const ran = await wait([{ answer: message({ text, structured }) }], ["--schema", file.path]);
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(problem)]);
  });

  it("refuses a shape that is none before anything is asked", async () => {
    await using file = await schemaFile({ type: "nothing" });
    const ran = await wait([{}], ["--schema", file.path]);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining("is no JSON Schema")]);
    expect((await wait([{}], ["--schema", "/nowhere"])).err).toContain("cannot read /nowhere: ENOENT");
    expect(server?.calls).toEqual([]);
  });

  it("waits as long as was said and not for ever, be it less than a timer's tick or more than a timer holds", async () => {
    expect((await wait([busy], ["--timeout", "0.2ms"])).code).toBe(6);
    await server?.[Symbol.asyncDispose]();
    expect((await wait([{}], ["--timeout", "24d"])).code).toBe(0);
    await server?.[Symbol.asyncDispose]();
    for (const [verb, ...words] of [["wait"], ["start", "hi", "--wait"], ["prompt", "hi", "--wait"]] as const) {
      const { url } = await serve({});
      const ran = await halctl(url, ["sessions", verb, "engine", ...words, "--timeout", "25d"]);
      expect([verb, ran.code, ran.err]).toEqual([verb, 2, expect.stringContaining("say 24d at most")]);
      expect(server?.calls).toEqual([]);
      await server?.[Symbol.asyncDispose]();
    }
  });
});

/** A file with a schema, which is gone afterwards. */
async function schemaFile(schema: object): Promise<AsyncDisposable & { readonly path: string }> {
  const folder = await mkdtemp(join(tmpdir(), "hal schema "));
  const path = join(folder, "schema.json");
  await writeFile(path, JSON.stringify(schema));
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

describe("sessions attach", () => {
  const watched = {
    "sessions.get": () => session(),
    "sessions.messages": () => [message()],
    "interactions.list": () => [interaction()],
    "events.stream": () => [],
    "sessions.watch": () => [],
  };

  it("sends what is typed, answers what is asked, and leaves the session alone at the end", async () => {
    const { url } = await serve({
      ...watched,
      "sessions.prompt": () => reply(),
      "sessions.abort": () => reply(),
      "interactions.answer": ({ reply: chosen }) => ({
        command: command(),
        interaction: interaction({ reply: chosen }),
      }),
    });
    const { code, err } = await halctl(url, ["sessions", "attach", "engine"], {
      isInputTerminal: true,
      ...typing(["go on", "", "//slash is text", "/allow always", "/deny not today", "/abort", "/dance", "/help"]),
    });
    expect(code).toBe(0);
    expect(inputsOf("sessions.prompt")).toEqual([
      { ref: session().id, text: "go on" },
      { ref: session().id, text: "/slash is text" },
    ]);
    expect(inputsOf("interactions.answer")).toEqual([
      { id: interaction().id, reply: "always" },
      { id: interaction().id, reply: "reject", message: "not today" },
    ]);
    expect(inputsOf("sessions.abort")).toHaveLength(1);
    expect(err).toContain("there is no /dance");
    expect(err).toContain("a line is a prompt");
  });

  it("waits for the answer to what came through a pipe", async () => {
    const told = [
      event(11, "session.message", {
        messageId: "msg_answer",
        parentId: "msg_user",
        role: "assistant",
        state: "complete",
        text: "forty-two",
        createdAt: 1,
      }),
      event(12, "session.idle"),
    ];
    let asked = false;
    const { url } = await serve({
      ...watched,
      "sessions.get": () => session(asked ? { status: "busy" } : {}),
      "sessions.messages": () => (asked ? [message()] : []),
      "sessions.prompt": () => {
        asked = true;
        return reply();
      },
      "events.stream": () => told,
    });
    const { code, out } = await halctl(url, ["sessions", "attach", "engine"], typing(["what is it?"]));
    expect(code).toBe(0);
    expect(out).toContain("forty-two");
    expect(inputsOf("events.stream").length).toBe(3);
  });

  it("says why a prompt did not go out, and takes the next one", async () => {
    const { url } = await serve({
      ...watched,
      "sessions.prompt": ({ text }) =>
        text === "one"
          ? reply({ state: "failed", reason: "it has ended", error: { code: "conflict", message: "it has ended" } })
          : reply(),
    });
    const { code, err } = await halctl(url, ["sessions", "attach", "engine"], {
      isInputTerminal: true,
      ...typing(["one", "two"]),
    });
    expect(code).toBe(0);
    expect(err).toContain("halctl: the prompt is failed: it has ended");
    expect(inputsOf("sessions.prompt")).toHaveLength(2);
  });

  it("is left by Ctrl-C with exit code 0", async () => {
    const made = await serve(watched);
    const interrupt = new AbortController();
    const { terminal: given, written } = terminal({
      env: { HALCTL_SUPERVISOR_URL: made.url, HALCTL_AUTH_TOKEN: TOKEN },
      interrupted: interrupt.signal,
      isInputTerminal: true,
      lines: async function* silent(signal) {
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        yield* [];
      },
    });
    const ended = runCli(["sessions", "attach", "engine"], given, "9.9.9");
    await expect.poll(() => made.calls.map(({ operation }) => operation)).toContain("sessions.watch");
    interrupt.abort();
    expect(await ended).toBe(0);
    // the last messages came first, though the session rests
    expect(written.out).toContain("forty-two");
    expect(written.err).toContain(`halctl: left ${session().id}; nothing was stopped.`);
  });
});

describe("stop", () => {
  const row = {
    session_id: "ses_1",
    project: "engine",
    node: "ada",
    stopped: true,
    reason: "idle",
    command_id: "cmd_1",
  };

  async function stop(view: StopAllView, args: readonly string[], changes: Partial<Terminal> = {}) {
    const { url } = await serve({ "sessions.stopAll": () => view, "sessions.abort": () => reply() });
    return halctl(url, ["stop", ...args], changes);
  }

  it.each<[string, StopAllView, number, RegExp]>([
    ["everything rests", { sessions: [row], unknown: [], cancelled: [], kept: [] }, 0, /all 1 rest/],
    ["nothing was at work", { sessions: [], unknown: [], cancelled: [], kept: [] }, 0, /nothing was at work/],
    [
      "a node is away",
      {
        sessions: [],
        unknown: [{ node: "bo", project: null, reason: "offline", command_id: "cmd_7" }],
        cancelled: [],
        kept: [],
      },
      1,
      /NOT KNOWN +bo: offline; the stop waits there: halctl commands cancel cmd_7 takes it back\nit is not known everywhere what is at work/,
    ],
    [
      "one goes on",
      {
        sessions: [row, { ...row, session_id: "ses_2", stopped: false, reason: "queued: offline" }],
        unknown: [],
        cancelled: ["cmd_9"],
        kept: [],
      },
      1,
      /ses_2 +ada\/engine +NOT STOPPED +queued: offline\n\n1 of 2 are NOT stopped.*1 command\(s\) were taken back/,
    ],
    [
      "a start had begun",
      {
        sessions: [],
        unknown: [],
        cancelled: [],
        kept: [{ command_id: "cmd_8", node: "ada", project: "engine" }],
      },
      0,
      /^KEPT BACK {2}ada\/engine: cmd_8 had begun, and its prompt does not reach opencode any more\nnothing was at work\n$/,
    ],
  ])("--all: %s", async (_name, view, code, text) => {
    const ran = await stop(view, ["--all", "--yes", "--project", "engine"]);
    expect(ran.code).toBe(code);
    expect(ran.out).toMatch(text);
    expect(inputsOf("sessions.stopAll")).toMatchObject([{ project: "engine" }]);
  });

  it("asks first where a person sits, and stops nothing without a yes", async () => {
    const view = { sessions: [], unknown: [], cancelled: [], kept: [] };
    const no = await stop(view, ["--all"], { isInputTerminal: true, ...typing(["no"]) });
    expect(no).toMatchObject({ code: 1, err: expect.stringContaining("Type yes: halctl: nothing was stopped") });
    expect(inputsOf("sessions.stopAll")).toEqual([]);
    await server?.[Symbol.asyncDispose]();
    expect((await stop(view, ["--all"], { isInputTerminal: true, ...typing(["yes"]) })).code).toBe(0);
    expect(inputsOf("sessions.stopAll")).toHaveLength(1);
    await server?.[Symbol.asyncDispose]();
    expect(await stop(view, ["--all"])).toMatchObject({ code: 2, err: expect.stringContaining("say --yes") });
  });

  it("stops one session by name, and says what is missing", async () => {
    expect((await stop({ sessions: [], unknown: [], cancelled: [], kept: [] }, ["engine"])).out).toContain(
      "aborted; it takes prompts",
    );
    await server?.[Symbol.asyncDispose]();
    expect((await stop({ sessions: [], unknown: [], cancelled: [], kept: [] }, [])).code).toBe(2);
  });
});

describe("kill, where somebody sits at the terminal", () => {
  const kill = async (get: () => SessionView) => {
    const { url } = await serve({ "sessions.get": get, "sessions.kill": () => reply() });
    return halctl(url, ["kill", "engine"], { isInputTerminal: true, ...typing(["yes"]) });
  };

  it("asks about the session that the supervisor says a kill would end, and ends that one", async () => {
    const { code, err } = await kill(() => session());
    expect([code, err.includes("Type yes")]).toEqual([0, true]);
    expect(inputsOf("sessions.get")).toEqual([{ ref: "engine", for: "kill" }]);
    expect(inputsOf("sessions.kill")).toEqual([{ ref: session().id }]);
  });

  it("asks nothing where the supervisor refuses it", async () => {
    const { code, err } = await kill(() => {
      throw new HalError("ambiguous", "engine has several sessions; say which to kill: ses_1 (Mend), ses_2 (Paint)");
    });
    expect([code, err.includes("Type yes")]).toEqual([2, false]);
    expect(err).toContain("say which to kill: ses_1 (Mend), ses_2 (Paint)");
    expect(inputsOf("sessions.kill")).toEqual([]);
  });
});

describe("an abort or a kill that is not done when halctl stops waiting", () => {
  it.each<[verb: string, type: CommandView["type"], state: CommandView["state"], deadline: string | null, RegExp]>([
    ["abort", "session.abort", "queued", null, /the abort still stands: .*back; take it back: halctl commands cancel /],
    ["kill", "session.kill", "sent", null, /the kill still stands: .*node; take it back: halctl commands cancel cmd_/],
    ["kill", "session.kill", "running", null, /the kill is still under way; see: halctl commands get cmd_/],
    ["kill", "session.kill", "sent", "2026-11-24T11:00:00.000Z", /\n {2}see: halctl commands get cmd_/],
  ])("%s: %s that is %s (until %s)", async (verb, type, state, deadline, text) => {
    const asked = () => reply({ type, state, deadline_at: deadline, finished_at: null });
    const { url } = await serve({ "sessions.abort": asked, "sessions.kill": asked });
    const { code, err } = await halctl(url, ["sessions", verb, "engine"]);
    expect(code).toBe(6);
    expect(err).toMatch(text);
  });
});

describe("todo, diff and tail", () => {
  it("shows the list with its marks, and that it is old where the node is away", async () => {
    let source: "opencode" | "log" = "opencode";
    const { url } = await serve({
      "sessions.todo": () => ({
        session_id: "ses_1",
        source,
        as_of: "2026-11-24T11:00:00.000Z",
        todos: [
          { content: "read", status: "completed", priority: "" },
          { content: "mend", status: "in_progress", priority: "" },
          { content: "test", status: "pending", priority: "" },
          { content: "odd", status: "constructor", priority: "" },
        ],
      }),
    });
    const { out } = await halctl(url, ["sessions", "todo", "engine"]);
    expect(out).toBe("✓ read\n▸ mend\n· test\n· odd\n");
    source = "log";
    expect((await halctl(url, ["sessions", "todo", "engine"])).out).toContain(
      "its node is away; this was told 60 min ago",
    );
  });

  it("shows a diff as git does, its sums, and what was too big", async () => {
    const files = [
      { file: "a.txt", status: "modified" as const, additions: 1, deletions: 1, patch: "@@ -1 +1 @@\n-old\n+new\n" },
      { file: "b.bin", status: "added" as const, additions: 9, deletions: 0, patch: null },
    ];
    const { url } = await serve({
      "sessions.diff": ({ ref }) => ({ session_id: ref, files: ref === "none" ? [] : files, cut: ref !== "none" }),
    });
    const { out } = await halctl(url, ["sessions", "diff", "engine"]);
    expect(out).toMatch(/^@@ -1 \+1 @@\n-old\n\+new\n\nSTATUS +ADDED +DELETED +FILE\nmodified +\+1 +-1 +a\.txt\nadded/);
    expect(out).toContain("too big");
    expect((await halctl(url, ["sessions", "diff", "engine", "--stat"])).out).not.toContain("+new");
    expect((await halctl(url, ["sessions", "diff", "none"])).out).toBe("it changed no file\n");
    const coloured = await halctl(url, ["sessions", "diff", "engine"], { isTerminal: true, columns: 80 });
    expect(coloured.out).toContain("\u001b[32m+new\u001b[0m");
  });

  it("tail begins with ten messages", async () => {
    const made = await serve({
      "sessions.get": () => session(),
      "sessions.messages": () => [message()],
      "events.stream": () => [],
    });
    const interrupt = new AbortController();
    const { terminal: given, written } = terminal({
      env: { HALCTL_SUPERVISOR_URL: made.url, HALCTL_AUTH_TOKEN: TOKEN },
      interrupted: interrupt.signal,
    });
    const ended = runCli(["sessions", "tail", "engine"], given, "9.9.9");
    await expect.poll(() => written.out).toContain("forty-two");
    await expect.poll(() => inputsOf("events.stream")).toHaveLength(1);
    interrupt.abort();
    expect(await ended).toBe(0);
    expect(inputsOf("sessions.messages")).toEqual([{ ref: session().id, limit: 10 }]);
  });
});
