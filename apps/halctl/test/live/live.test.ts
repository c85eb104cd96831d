import { createServer } from "node:net";
import type { MessageView, SessionView } from "@hal/protocol";
import { afterEach, describe, expect, it } from "vitest";
import { runCli } from "../../src/cli.ts";
import { type ContractServer, startContractServer, TOKEN } from "../support/contract-server.ts";
import { halctl, terminal } from "../support/run.ts";
import { command, event, interaction, message, pending, reply, session, STATUS } from "../support/views.ts";

type Told = ReturnType<typeof event>;

const user = event(11, "session.message", { messageId: "msg_user", role: "user" });
const busy = event(12, "session.busy");
const answer = event(13, "session.message", { messageId: "msg_answer", parentId: "msg_user", role: "assistant" });
const idle = event(14, "session.idle");

let server: ContractServer | undefined;
afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  server = undefined;
});

/** A session whose turn goes as `told` says; it has its answer only once that is told. */
async function turn(
  told: readonly Told[],
  end: Partial<SessionView> = {},
  answers: readonly MessageView[] = [message()],
) {
  let isOver = false;
  let isAsking = false;
  server = await startContractServer({
    "status.get": () => STATUS,
    "sessions.prompt": () => reply(),
    "sessions.get": () => session(isOver ? end : { status: "busy" }),
    "sessions.messages": () => (isOver ? answers : []),
    "interactions.list": () => (isAsking ? [interaction()] : []),
    "events.stream": ({ type: only }) => {
      const asked = told.filter(({ item }) => item.type === "interaction.asked");
      if (only !== undefined) {
        isAsking = asked.length > 0;
        return asked;
      }
      isOver = true;
      return told;
    },
  });
  return server;
}

async function served(answers: Parameters<typeof startContractServer>[0]) {
  server = await startContractServer({ "status.get": () => STATUS, ...answers });
  return server;
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { interval: 10 }).toBe(true);
}

/** A port where whoever dials is cut off, until so many did. */
async function cutOff(port: number, times: number): Promise<void> {
  const dialled = Promise.withResolvers<void>();
  let count = 0;
  const deaf = createServer((socket) => {
    socket.destroy();
    count += 1;
    if (count === times) dialled.resolve();
  });
  await new Promise<void>((resolve) => deaf.listen(port, "127.0.0.1", resolve));
  await dialled.promise;
  await new Promise((resolve) => deaf.close(resolve));
}

describe("prompt --wait", () => {
  it("prints the answer with tokens and cost when the turn is over", async () => {
    const { url } = await turn([user, busy, answer, idle]);
    const { code, out } = await halctl(url, ["sessions", "prompt", "engine", "hi", "--wait"]);
    expect(code).toBe(0);
    expect(out).toBe(`forty-two\n\n── ${session().id}: idle, 45,231 tokens, $0.0342 ($0.0500 with children)\n`);
  });

  it("asks for the events from before the prompt was sent, so that a quick answer is not missed", async () => {
    const { url, calls } = await turn([user, busy, answer, idle]);
    await halctl(url, ["inject", "engine", "hi", "--wait"]);
    const names = calls.map(({ operation }) => operation);
    expect(names.indexOf("status.get")).toBeLessThan(names.indexOf("sessions.prompt"));
    expect(calls.find(({ operation }) => operation === "events.stream")?.input).toMatchObject({ after: "log:10" });
  });

  it("does not take the end of the turn before for its own", async () => {
    const before = [event(8, "session.error", { name: "E", message: "old" }), event(9, "session.idle")];
    const { url } = await turn([...before, user, busy, answer, idle]);
    const { code } = await halctl(url, ["inject", "engine", "hi", "--wait"]);
    expect(code).toBe(0);
  });

  it("ends when a turn is stopped before it answered", async () => {
    const { url } = await turn([user, busy, idle], {}, []);
    const { code, out } = await halctl(url, ["inject", "engine", "hi", "--wait"]);
    expect(code).toBe(0);
    expect(out).toMatch(/^── ses_/);
  });

  it("shows the question that holds the turn up, with how to answer, and waits on", async () => {
    const { id, kind, summary } = interaction();
    const asked = event(13, "interaction.asked", { interactionId: id, kind, summary });
    const { url } = await turn([user, busy, asked, answer, idle]);
    const { code, err } = await halctl(url, ["inject", "engine", "hi", "--wait", "--for", "idle"]);
    expect(code).toBe(0);
    expect(err).toContain("waits for a person: bash: git push");
    expect(err).toContain(`halctl interactions allow ${id}`);
  });

  it.each([
    [[], "permission", 11],
    [[], "question", 10],
    [["--for", "question"], "question", 10],
  ] as const)("ends at what waits for a person, also of a child: %j %s", async (args, kind, code) => {
    server = await startContractServer({
      "status.get": () => STATUS,
      "sessions.prompt": () => reply(),
      "sessions.get": () => session({ status: "waiting" }),
      "sessions.messages": () => [],
      "interactions.list": () => [interaction({ kind, session_id: "ses_child" })],
      "events.stream": () => [],
    });
    const ran = await halctl(server.url, ["inject", "engine", "hi", "--wait", "-o", "json", ...args]);
    expect(ran.code).toBe(code);
    expect(JSON.parse(ran.out)).toMatchObject({ settled: kind, interaction: { id: interaction().id } });
  });

  it("shows what waited before the prompt came, because it waits its turn behind it", async () => {
    let reads = 0;
    server = await startContractServer({
      "status.get": () => STATUS,
      "sessions.prompt": () => reply(),
      "sessions.get": () => session({ status: (reads += 1) === 1 ? "waiting" : "idle" }),
      "sessions.messages": () => (reads === 0 ? [] : [message()]),
      "interactions.list": () => [interaction()],
      "events.stream": () => [
        event(11, "interaction.asked", {
          interactionId: interaction().id,
          kind: "permission",
          summary: "bash: git push",
        }),
        user,
        busy,
        answer,
        idle,
      ],
    });
    const { code, err } = await halctl(server.url, ["inject", "engine", "hi", "--wait", "--for", "idle"]);
    expect(code).toBe(0);
    expect(err.split(`halctl interactions allow ${interaction().id}`)).toHaveLength(2);
  });

  it("waits for a node that is away, and then for the answer", async () => {
    let asked = 0;
    server = await startContractServer({
      "status.get": () => STATUS,
      "sessions.start": () => ({
        ...reply({ state: "queued", reason: "waits for ada, which is offline", session_id: null }),
        session_id: null,
        message_id: null,
      }),
      "commands.get": () =>
        (asked += 1) === 1
          ? command({ state: "queued", session_id: null })
          : command({ session_id: null, output: { sessionId: session().id, messageId: "msg_user" } }),
      "sessions.get": () => session(),
      "sessions.messages": () => [message()],
      "interactions.list": () => [],
      "events.stream": () => [user, busy, answer, idle],
    });
    const { code, out, err } = await halctl(server.url, ["start", "engine", "hi", "--wait"]);
    expect(code).toBe(0);
    expect(out).toContain("forty-two");
    expect(err).toContain("is queued: waits for ada, which is offline; waiting for it");
  });

  it("fails with the session's error", async () => {
    const failed = event(13, "session.error", { name: "APIError", message: "no credit" });
    const { url } = await turn([user, busy, failed], { status: "error", reason: "APIError: no credit" }, []);
    const { code, err } = await halctl(url, ["inject", "engine", "hi", "--wait"]);
    expect(code).toBe(1);
    expect(err).toContain("APIError: no credit");
  });

  it("gives up at its time limit, and says that the session goes on", async () => {
    const { url } = await turn([user, busy]);
    const { code, err } = await halctl(url, ["inject", "engine", "hi", "--wait", "--timeout", "100ms"]);
    expect(code).toBe(6);
    expect(err).toContain(`the session goes on: halctl sessions logs ${session().id} -f`);
  });

  it("leaves at Ctrl-C without stopping the session, and says so", async () => {
    const { url, calls } = await turn([user, busy]);
    const left = new AbortController();
    const running = halctl(url, ["inject", "engine", "hi", "--wait"], { interrupted: left.signal });
    await until(() => calls.some(({ operation }) => operation === "events.stream"));
    left.abort();
    expect(await running).toMatchObject({ code: 1, err: expect.stringContaining("the session goes on") });
    expect(calls.map(({ operation }) => operation)).not.toContain("sessions.abort");
  });

  it("says nothing to do with a prompt that waits, and that a prompt waits is no failure", async () => {
    const prompt = pending();
    const { url, calls } = await served({ "sessions.prompt": () => ({ ...reply(), command: null, prompt }) });
    const ran = await halctl(url, ["inject", "engine", "hi"]);
    expect([ran.code, ran.out]).toEqual([
      0,
      `prm_1 waits: the turn that runs comes first; see: halctl prompts list --session ${session().id}\n`,
    ]);
    expect(calls.at(-1)?.input).toEqual({ ref: "engine", text: "hi", delivery: "queue" });
    await halctl(url, ["inject", "engine", "hi", "--steer", "--anyway"]);
    expect(calls.at(-1)?.input).toEqual({ ref: "engine", text: "hi", delivery: "steer", anyway: true });
    expect((await halctl(url, ["inject", "engine", "hi", "--steer", "--queue"])).code).toBe(2);
  });

  it("waits until a prompt that waits is sent, and then for its answer", async () => {
    let reads = 0;
    const { url } = await served({
      "sessions.prompt": () => ({ ...reply(), command: null, message_id: null, prompt: pending() }),
      "prompts.get": () => pending((reads += 1) === 1 ? {} : { state: "sent", command_id: "cmd_1", place: null }),
      "commands.get": () => command({ output: { sessionId: session().id, messageId: "msg_user" } }),
      "sessions.get": () => session(),
      "sessions.messages": () => [message()],
      "interactions.list": () => [],
      "events.stream": () => [user, busy, answer, idle],
    });
    const ran = await halctl(url, ["inject", "engine", "hi", "--wait"]);
    expect([ran.code, ran.out]).toEqual([0, expect.stringContaining("forty-two")]);
    expect(reads).toBe(2);
  });

  it("fails where what waits is taken back", async () => {
    const { url } = await served({
      "sessions.prompt": () => ({ ...reply(), command: null, message_id: null, prompt: pending() }),
      "prompts.get": () => pending({ state: "cancelled", reason: "taken back by ada", place: null }),
    });
    const ran = await halctl(url, ["inject", "engine", "hi", "--wait"]);
    expect([ran.code, ran.err]).toEqual([1, expect.stringContaining("prm_1 is cancelled: taken back by ada")]);
  });

  it("returns at once where a repeated key names a turn that is over", async () => {
    server = await startContractServer({
      "status.get": () => STATUS,
      "sessions.prompt": () => reply(),
      "sessions.get": () => session(),
      "sessions.messages": () => [message()],
      "events.stream": () => [],
    });
    const args = ["inject", "engine", "hi", "--wait", "--idempotency-key", "k", "--timeout", "60s"];
    expect(await halctl(server.url, args)).toMatchObject({ code: 0, out: expect.stringContaining("forty-two") });
  });
});

describe("events -f", () => {
  it("goes on behind the last event when the supervisor comes back, and prints one object a line", async () => {
    const told = [event(11, "session.busy")];
    const answers = { "status.get": () => STATUS, "events.stream": () => told };
    server = await startContractServer(answers);
    const left = new AbortController();
    const { terminal: made, written } = terminal({
      env: { HALCTL_SUPERVISOR_URL: server.url, HALCTL_AUTH_TOKEN: TOKEN },
      interrupted: left.signal,
    });
    const running = runCli(["events", "-f", "-o", "json"], made, "9.9.9");
    await until(() => written.out.includes("session.busy"));
    const port = Number(new URL(server.url).port);
    await server[Symbol.asyncDispose]();
    await until(() => written.err.includes("waiting for it to come back"));
    told.splice(0, 1, event(12, "session.idle"));
    await cutOff(port, 2);
    server = await startContractServer(answers, { port });
    await until(() => written.out.includes("session.idle"));
    expect(server.calls.at(-1)).toMatchObject({ operation: "events.stream", input: { after: "log:11" } });
    left.abort();
    expect(await running).toBe(0);
    expect(
      written.out
        .trim()
        .split("\n")
        .map((line) => (JSON.parse(line) as { id: number }).id),
    ).toEqual([11, 12]);
    expect(written.err.trim().split("\n")).toHaveLength(1);
  });

  it("begins with what came since the asked time", async () => {
    server = await startContractServer({
      "status.get": () => STATUS,
      "events.list": () => [event(9, "session.idle").item, event(8, "session.busy").item],
      "events.stream": () => [event(11, "session.busy")],
    });
    const left = new AbortController();
    const { terminal: made, written } = terminal({
      env: { HALCTL_SUPERVISOR_URL: server.url, HALCTL_AUTH_TOKEN: TOKEN },
      interrupted: left.signal,
    });
    const running = runCli(["events", "-f", "--since", "10m", "-o", "json"], made, "9.9.9");
    await until(() => written.out.split("\n").length === 4);
    left.abort();
    await running;
    expect(server.calls.find(({ operation }) => operation === "events.list")?.input).toMatchObject({
      since: "2026-11-24T11:50:00.000Z",
    });
    expect(server.calls.at(-1)?.input).toMatchObject({ after: "log:9" });
    expect(written.out.match(/"id":\d+/g)).toEqual(['"id":8', '"id":9', '"id":11']);
  });
});

describe("sessions logs -f", () => {
  it("prints a message once, though it is in the conversation and among the events", async () => {
    server = await startContractServer({
      "status.get": () => STATUS,
      "sessions.get": () => session(),
      "sessions.messages": () => [message()],
      "events.stream": () => [answer, event(15, "session.ended", { reason: "killed" })],
    });
    const left = new AbortController();
    const { terminal: made, written } = terminal({
      env: { HALCTL_SUPERVISOR_URL: server.url, HALCTL_AUTH_TOKEN: TOKEN },
      interrupted: left.signal,
    });
    const running = runCli(["sessions", "logs", "engine", "-f"], made, "9.9.9");
    await until(() => written.err.includes("session ended: killed"));
    left.abort();
    expect(await running).toBe(0);
    expect(written.out.match(/forty-two/g)).toHaveLength(1);
  });

  it.each([
    [[], ["forty-two", "[undone]", "[brought back]", "[removed]"]],
    [
      ["-o", "json"],
      ['"undone":null', '"removed":false', '"undone":null', '"removed":true'],
    ],
  ])(
    "says of a message that was shown when it does not count any more, and when it does again: %j",
    async (args, said) => {
      const undone = (removed: boolean) => message({ undone: { extent: "whole", removed } });
      // as it is each time that the conversation is read
      const states = [message(), undone(false), message(), undone(true)];
      const facts = (more: object) => ({ title: "t", createdAt: 1, updatedAt: 1, ...more });
      server = await startContractServer({
        "status.get": () => STATUS,
        "sessions.get": () => session(),
        "sessions.messages": () => [states.length > 1 ? (states.shift() ?? message()) : (states[0] ?? message())],
        "events.stream": () => [
          event(15, "session.updated", facts({ undoneFrom: { messageId: "msg_answer" } })),
          event(16, "session.updated", facts({})),
          event(17, "message.removed", { messageId: "msg_answer" }),
          event(18, "session.updated", facts({})),
        ],
      });
      const left = new AbortController();
      const { terminal: made, written } = terminal({
        env: { HALCTL_SUPERVISOR_URL: server.url, HALCTL_AUTH_TOKEN: TOKEN },
        interrupted: left.signal,
      });
      const running = runCli(["sessions", "logs", "engine", "-f", ...args], made, "9.9.9");
      await until(() => written.out.includes(said.at(-1) ?? ""));
      left.abort();
      expect(await running).toBe(0);
      const words = /forty-two\n|\[undone\]|\[brought back\]|\[removed\]|"undone":null|"removed":(true|false)/g;
      expect((written.out.match(words) ?? []).map((word) => word.trim())).toEqual(said);
    },
  );
});
