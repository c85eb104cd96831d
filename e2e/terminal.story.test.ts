import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { AtTerminal } from "./harness/at-terminal.ts";
import { executable } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

describe("halctl at a terminal", () => {
  let stage: Stage;
  const opened: AtTerminal[] = [];

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    await stage.startSupervisor();
  });
  afterAll(async () => {
    for (const terminal of opened) terminal.close();
    await stage[Symbol.asyncDispose]();
  });

  /** halctl as a person types it, and whatever is to follow it on the same line. */
  function typed(...args: string[]): AtTerminal {
    const terminal = new AtTerminal(`'${process.execPath}' '${executable("halctl")}' ${args.join(" ")}`, {
      cwd: stage.folder,
      env: {
        PATH: process.env["PATH"],
        HOME: stage.folder,
        TERM: "xterm",
        HALCTL_SUPERVISOR_URL: `ws://127.0.0.1:${stage.ports.socket}`,
        HALCTL_AUTH_TOKEN: stage.token,
      },
    });
    opened.push(terminal);
    return terminal;
  }

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
    },
  );

  test("stop --all that is left with Ctrl-C stops nothing", async () => {
    const terminal = typed("stop", "--all");
    await terminal.shows("Type yes: ");
    terminal.type("\u0003");
    expect(await terminal.ended).not.toBe(0);
    expect(terminal.shown).not.toContain("at work");
  });
});
