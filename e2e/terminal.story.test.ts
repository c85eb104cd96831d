import type { CommandReply, CommandView, MessageView, SessionView, TokenView } from "@hal/protocol";
import { OFFLINE_OPENCODE } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { AtTerminal } from "./harness/at-terminal.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { executable, type ProgramName } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

const PUSH = `[[tool: bash {"command": "git push nowhere", "description": "push"}]] [[say: it said no]]`;

/** How long opencode's own screen may take on a busy machine. */
const SCREEN_MS = 60_000;

describe("halctl at a terminal", () => {
  let stage: Stage;
  let tess: Agent;
  const opened: AtTerminal[] = [];
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    tess = stage.agent("tess", { permission: { bash: { "*": "allow", "git push*": "ask" } } });
    await stage.startSupervisor();
    tess.start();
    await stage.nodeUp(tess);
  });
  afterAll(async () => {
    for (const terminal of opened) terminal.close();
    await stage[Symbol.asyncDispose]();
  });

  /** A program of ours as a person types it, and whatever is to follow it on the same line. */
  function at(name: ProgramName, words: string, env: NodeJS.ProcessEnv, size = "rows 40 cols 150"): AtTerminal {
    const terminal = new AtTerminal(`stty ${size}; '${process.execPath}' '${executable(name)}' ${words}`, {
      cwd: stage.folder,
      env: { PATH: process.env["PATH"], HOME: stage.folder, TERM: "xterm-256color", ...env },
    });
    opened.push(terminal);
    return terminal;
  }

  const settings = () => ({
    HALCTL_SUPERVISOR_URL: `ws://127.0.0.1:${stage.ports.socket}`,
    HALCTL_AUTH_TOKEN: stage.token,
  });
  const typed = (...args: string[]): AtTerminal => at("halctl", args.join(" "), settings());

  const begin = async (prompt: string): Promise<string> => {
    const { session_id: id } = await stage.halctl.json<CommandReply>("sessions", "start", "tess", prompt);
    return id as string;
  };

  /** Status and reason of sessions, without how long it is so. */
  const shown = async (ids: readonly string[]): Promise<string[]> => {
    const sessions = await Promise.all(ids.map((id) => stage.session(id)));
    return sessions.map(({ reason }) => reason.replace(/ for [^:]*/, ""));
  };

  test.each([
    ["yes", 0, "nothing was at work"],
    ["no", 1, "nothing was stopped"],
  ])(
    "stop --all that is answered with %s ends with %d, and takes no more of what is typed",
    async (word, code, says) => {
      const terminal = typed("stop", '--all; code=$?; read -r next; echo "<$next>"; exit $code');
      await terminal.shows("Type yes: ");
      terminal.type(word);
      await terminal.shows(says);
      terminal.type("the next command");
      expect(await terminal.ended).toBe(code);
      expect(terminal.shown).toContain("<the next command>");
      expect((await stage.halctl.run("release", "--all")).code).toBe(0);
    },
  );

  test.each([
    ["no", 1, "nothing was changed", "valid"],
    ["yes", 0, "revoked", "revoked"],
  ])("tokens revoke asks, and does what is answered: %s", async (word, code, says, state) => {
    const name = `phone-${word}`;
    await stage.halctl.json("tokens", "create", name, "--role", "viewer");
    const terminal = typed("tokens", "revoke", name);
    await terminal.shows(`Revoke ${name} and close every connection opened with it? Type yes: `);
    terminal.type(word);
    expect(await terminal.ended).toBe(code);
    expect(terminal.shown).toContain(says);
    const tokens = await stage.halctl.json<TokenView[]>("tokens", "list");
    expect(tokens.find((one) => one.name === name)?.state).toBe(state);
  });

  test("a terminal that does not say how large it is shows tables whole", async () => {
    const terminal = at("halctl", "nodes list", settings(), "rows 0 cols 0");
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown).toMatch(/ tess \(.*online; opencode /);
  });

  test("stop --all that is left with Ctrl-C stops nothing", async () => {
    const terminal = typed("stop", "--all");
    await terminal.shows("Type yes: ");
    terminal.type("\u0003");
    expect(await terminal.ended).not.toBe(0);
    expect(terminal.shown).not.toContain("at work");
  });

  test("stop --all leaves five sessions aborted that worked or waited for a person, and nothing else of them, ever", async () => {
    const working = [await begin("[[slow: 600]]"), await begin("[[slow: 600]]")];
    const asking = [await begin(PUSH), await begin(PUSH), await begin(PUSH)];
    const ids = [...working, ...asking];
    for (const id of working) await stage.sessionIn(id, "busy");
    for (const id of asking) await stage.sessionIn(id, "waiting");

    const terminal = typed("stop", "--all");
    await terminal.shows("Stop 5 sessions, and let nothing begin until it is released? Type yes: ");
    terminal.type("yes");
    expect(await terminal.ended).toBe(0);
    expect(terminal.shown).toContain("all 5 rest");
    const aborted = ids.map(() => "idle: its turn was aborted");
    expect(await shown(ids)).toEqual(aborted);
    expect((await stage.halctl.run("release", "--all")).code).toBe(0);

    // what an agent compares anew when it starts says the same
    const { pid } = tess.opencode();
    await tess.program.kill();
    tess.start();
    await stage.nodeUp(tess);
    expect(tess.opencode().pid).toBe(pid);
    const compared = await stage.halctl.json<{ session: SessionView }>("start", "tess", "[[say: hello]]", "--wait");
    expect(compared.session.status).toBe("idle");
    expect(await shown(ids)).toEqual(aborted);
    for (const id of ids) {
      expect(await stage.events({ session_id: id, type: "session.error" })).toEqual([]);
      const told = await stage.events({ session_id: id, type: "session.idle" });
      expect(told.map(({ data }) => data)).toMatchObject([{ aborted: true }]);
      expect((await stage.messages(id)).map(({ state }) => state)).toEqual(["complete", "aborted"]);
    }
    const next = await stage.halctl.json<{ messages: MessageView[] }>(
      "inject",
      ids.at(-1) as string,
      "[[say: fine]]",
      "--wait",
    );
    expect(next.messages.at(-1)?.text).toBe("fine");
  });

  test("hal-agent attach puts a person at the agent's own opencode, and what is typed there is on every screen", async () => {
    const { session } = await stage.halctl.json<{ session: SessionView }>(
      "start",
      "tess",
      "[[say: forty-two]]",
      "--wait",
    );
    const env = { CONFIG_PATH: tess.config, ...OFFLINE_OPENCODE };
    const terminal = at("hal-agent", `attach tess --session ${session.id}`, env);
    await terminal.shows("forty-two", SCREEN_MS);
    terminal.type("[[say: typed at the node]]");
    await eventually(
      async () => expect((await stage.messages(session.id)).at(-1)?.text).toBe("typed at the node"),
      SCREEN_MS,
    );
    await stage.sessionIn(session.id, "idle");
    terminal.type("\u0003");
    expect(await terminal.ended).toBe(0);
    // it was not its own
    expect((await stage.nodeUp(tess)).status).toBe("online");
    const nowhere = at("hal-agent", "attach nowhere", env);
    expect(await nowhere.ended).not.toBe(0);
    expect(nowhere.shown).toContain("there is no project nowhere; there are: tess");
  });

  test("kill of a project with several sessions is refused with their names, at a terminal and in a script", async () => {
    const ids = [await begin("[[slow: 600]]"), await begin("[[slow: 600]]")];
    for (const id of ids) await stage.sessionIn(id, "busy");
    const inScript = await stage.halctl.run("kill", "tess");
    expect(inScript.code).toBe(2);
    for (const id of ids) expect(inScript.stderr).toContain(id);
    const terminal = typed("kill", "tess");
    expect(await terminal.ended).toBe(2);
    for (const id of ids) expect(terminal.shown).toContain(id);
    for (const id of ids) expect((await stage.session(id)).status).toBe("busy");
    const kills = await stage.api<CommandView[]>("/commands");
    expect(kills.filter(({ type }) => type === "session.kill")).toEqual([]);
    expect((await stage.halctl.run("stop", "--all", "--yes")).code).toBe(0);
    expect((await stage.halctl.run("release", "--all")).code).toBe(0);
  });

  test.each([
    ["no", 1, "nothing was ended", "busy"],
    ["yes", 0, "killed; its history stays", "ended"],
  ] as const)("kill of one session asks, and does what is answered: %s", async (word, code, says, status) => {
    const [id, other] = [await begin("[[slow: 600]]"), await begin("[[slow: 600]]")];
    for (const one of [id, other]) await stage.sessionIn(one, "busy");
    const terminal = typed("kill", id);
    await terminal.shows(`End ${id} (`);
    await terminal.shows("for good? Type yes: ");
    terminal.type(word);
    expect(await terminal.ended).toBe(code);
    expect(terminal.shown).toContain(says);
    await eventually(async () => expect((await stage.session(id)).status).toBe(status));
    expect((await stage.session(other)).status).toBe("busy");
    expect((await stage.halctl.run("stop", "--all", "--yes")).code).toBe(0);
    expect((await stage.halctl.run("release", "--all")).code).toBe(0);
  });
});
