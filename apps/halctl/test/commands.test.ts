import { HalError } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ContractServer, startContractServer } from "./support/contract-server.ts";
import { halctl, type Ran } from "./support/run.ts";
import { command, interaction, message, node, reply, session, STATUS } from "./support/views.ts";

const question = interaction({
  id: "que_1",
  kind: "question",
  summary: "Which database?",
  permission: null,
  questions: [
    {
      question: "Which database?",
      header: "Database",
      multiple: false,
      options: [
        { label: "SQLite", description: "" },
        { label: "Postgres", description: "" },
      ],
    },
  ],
});

describe("halctl over the control channel", () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer({
      "nodes.list": () => [node()],
      "nodes.get": ({ id }) => {
        if (id !== "ada") throw new HalError("not_found", `no node ${id}; see: halctl nodes list`);
        return node();
      },
      "sessions.list": ({ project }) => (project === "empty" ? [] : [session()]),
      "sessions.get": ({ ref }) => {
        if (ref === "notes")
          throw new HalError("ambiguous", "notes means several sessions; say which: ada/notes, bob/notes");
        return session();
      },
      "sessions.messages": () => [message()],
      "sessions.start": ({ project }) =>
        project === "away"
          ? reply({ state: "queued", reason: "waits for bob, which is offline" })
          : { ...reply(), message_id: null },
      "sessions.prompt": () => reply(),
      "sessions.kill": () => ({
        ...reply({
          state: "failed",
          reason: "no such session",
          error: { code: "not_found", message: "no such session" },
        }),
      }),
      "interactions.list": () => [interaction(), question],
      "interactions.answer": ({ reply: chosen }) => ({
        command: command(),
        interaction: interaction({ state: "answered", reply: chosen }),
      }),
      "commands.get": () =>
        command({ state: "failed", error: { code: "opencode_error", message: "broke" }, reason: "broke" }),
      "status.get": () => STATUS,
      "whoami.get": () => ({ actor: "token:ci", role: "operator", expires_at: null }),
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const run = (...args: string[]): Promise<Ran> => halctl(server.url, args);
  const lastInput = (): unknown => server.calls.at(-1)?.input;

  it("shows the guide's columns for nodes", async () => {
    const { code, out } = await run("nodes", "list");
    expect(code).toBe(0);
    const [header, row] = out.split("\n");
    expect(header?.split(/\s{2,}/).slice(0, 5)).toEqual(["ID", "HOSTNAME", "STATUS", "LAST_HEARTBEAT", "CONNECTED_AT"]);
    expect(row).toContain("3 s ago");
    expect(node().id.startsWith(row?.split(" ")[0] ?? "?")).toBe(true);
  });

  it("shows the guide's columns for sessions, and under the header that there are none", async () => {
    const header = ["ID", "NODE_ID", "PROJECT", "STATUS", "MODEL", "TOKENS", "COST", "STARTED_AT"];
    const { out } = await run("sessions", "list");
    expect(
      out
        .split("\n")[0]
        ?.split(/\s{2,}/)
        .slice(0, 8),
    ).toEqual(header);
    expect(out).toContain("45,231");
    const empty = await run("sessions", "list", "--project", "empty");
    expect(empty.code).toBe(0);
    expect(empty.out.trim().split("\n")[1]).toBe(
      "no sessions with --project empty; there are others: halctl sessions list",
    );
  });

  it("shows whole ids, reason and tree cost where the table is wide", async () => {
    const { out } = await run("sessions", "list", "-o", "wide");
    for (const text of [session().id, node().id, "TREE_COST", "$0.0500", session().reason]) expect(out).toContain(text);
  });

  it.each([
    ["behind the command", ["nodes", "list", "--format", "json"]],
    ["before it", ["-o", "json", "nodes", "list"]],
  ])("prints what HTTP calls data and nothing else, with the flag %s", async (_where, args) => {
    const { out, err } = await run(...args);
    expect(JSON.parse(out)).toEqual([node()]);
    expect(err).toBe("");
  });

  it.each<[string, string[], number, string]>([
    ["a node that is not there", ["nodes", "get", "nope"], 5, "no node nope; see: halctl nodes list"],
    ["a project on several nodes, with the choices", ["sessions", "get", "notes"], 2, "ada/notes, bob/notes"],
    ["a command that failed", ["kill", "engine"], 5, "session.prompt failed: no such session"],
    ["a command without an outcome yet", ["start", "away", "hi"], 6, "halctl commands get cmd_"],
    ["a prompt without text", ["inject", "engine"], 2, "or on standard input"],
    ["rows that cannot be", ["sessions", "list", "--limit", "0"], 2, "from 1 to 1000, and not 0"],
  ])("%s", async (_name, args, code, text) => {
    const ran = await run(...args);
    expect(ran.err).toContain(text);
    expect(ran).toMatchObject({ code, out: "" });
  });

  it("says which actor a token belongs to", async () => {
    const { code, out } = await run("whoami");
    expect([code, out]).toEqual([0, "actor    token:ci\nrole     operator\nexpires  never\n"]);
  });

  it.each<[string[], object]>([
    [[], {}],
    [["--all"], { state: "all" }],
    [
      ["--state", "answered", "--session", "engine", "--limit", "5"],
      { state: "answered", session: "engine", limit: 5 },
    ],
  ])("lists the interactions that %j asks for", async (args, input) => {
    expect((await run("interactions", "list", ...args)).code).toBe(0);
    expect(lastInput()).toEqual(input);
  });

  it("refuses a wrong token and a missing one with what to do", async () => {
    const env = { HALCTL_SUPERVISOR_URL: server.url };
    const wrong = await halctl(server.url, ["nodes", "list", "--auth-token", "wrong"]);
    expect(wrong).toMatchObject({
      code: 4,
      out: "",
      err: expect.stringContaining("check --auth-token or HALCTL_AUTH_TOKEN"),
    });
    const missing = await halctl(server.url, ["nodes", "list"], { env });
    expect(missing).toMatchObject({ code: 4, err: expect.stringContaining("no token was given") });
  });

  it("takes a prompt from arguments, else from standard input", async () => {
    await run("sessions", "prompt", "engine", "two", "words");
    expect(lastInput()).toMatchObject({ ref: "engine", text: "two words" });
    const piped = await halctl(server.url, ["inject", "engine"], { readInput: () => Promise.resolve("from a file\n") });
    expect(piped.code).toBe(0);
    expect(lastInput()).toMatchObject({ text: "from a file" });
  });

  it("keeps words that look like flags for the prompt behind --", async () => {
    await run("inject", "engine", "--", "explain", "--wait");
    expect(lastInput()).toMatchObject({ text: "explain --wait" });
  });

  it.each<[string[], object]>([
    [["allow", "per_1"], { id: "per_1", reply: "once" }],
    [["allow", "per_20af", "--always"], { id: interaction().id, reply: "always" }],
    [["deny", "per_1", "--reason", "not on a Friday"], { id: "per_1", reply: "reject", message: "not on a Friday" }],
    [["answer", "que_1", "2"], { id: "que_1", reply: "answer", answers: [["Postgres"]] }],
    [
      ["answer", "que", "neither", "of", "them"],
      { id: "que_1", reply: "answer", answers: [["neither of them"]], own_words: true },
    ],
    [["answer", "que_1", "--text", "9"], { id: "que_1", reply: "answer", answers: [["9"]], own_words: true }],
  ])("interactions %j", async (args, input) => {
    const { code } = await run("interactions", ...args);
    expect(code).toBe(0);
    expect(lastInput()).toEqual(input);
  });

  it("shows what was sent, and refuses what is no choice", async () => {
    expect((await run("interactions", "answer", "que_1", "2")).out).toContain(' answered "Postgres": ');
    const wrong = await run("interactions", "answer", "que_1", "9");
    expect(wrong).toMatchObject({
      code: 2,
      err: expect.stringContaining("9 is none of the choices (1: SQLite, 2: Postgres)"),
    });
    expect((await run("interactions", "answer", "que_1")).code).toBe(2);
    expect((await run("interactions", "answer", "que_1", "1", "--text", "x")).code).toBe(2);
  });

  it.each(["5", "yesterday", "2026-13-01", "99"])("refuses --since %s, which is not a time", async (text) => {
    for (const verb of ["events", "audit"])
      expect(await run(verb, "--since", text)).toMatchObject({
        code: 2,
        err: expect.stringContaining("is not a time"),
      });
  });

  it("asks before a session is ended, where somebody sits at the terminal", async () => {
    const at = (...typed: string[]) => ({
      isInputTerminal: true,
      lines: async function* lines() {
        yield* typed;
      },
    });
    const before = server.calls.length;
    const refused = await halctl(server.url, ["kill", "engine"], at("no"));
    expect(refused).toMatchObject({
      code: 1,
      err: expect.stringContaining(`End ${session().id} (Mend the engine; ada/engine, `),
    });
    expect((await halctl(server.url, ["kill", "engine"], at())).code).toBe(1);
    expect(server.calls.slice(before).map(({ operation }) => operation)).toEqual(["sessions.get", "sessions.get"]);
    await halctl(server.url, ["kill", "engine"], at("yes"));
    expect(lastInput()).toEqual({ ref: session().id });
    await halctl(server.url, ["sessions", "kill", "engine", "-y"], at());
    expect(lastInput()).toEqual({ ref: "engine" });
  });

  it("says that a permission is not answered in words", async () => {
    const { code, err } = await run("interactions", "answer", "per", "yes");
    expect(code).toBe(2);
    expect(err).toContain("halctl interactions allow per_20af4f1c1001e8ZZ0IJjPxzUqD");
  });

  it("puts what waits for a person first on the status page", async () => {
    const { out } = await run("status");
    expect(out.indexOf("bash: git push")).toBeGreaterThan(-1);
    expect(out.indexOf("bash: git push")).toBeLessThan(out.indexOf("supervisor"));
    expect(JSON.parse((await run("status", "-o", "json")).out)).toEqual(STATUS);
  });

  it("shows why a command failed", async () => {
    const { out } = await run("commands", "get", "cmd_1");
    expect(out).toMatch(/error\s+opencode_error: broke/);
  });
});
