import { accessSync, chmodSync, constants, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { AtTerminal } from "./harness/at-terminal.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { executable } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";

const PROMPT = "READY>";
/** A busy machine may not answer in time for the first Tab. */
const PATIENT_MS = 60_000;

/** How each shell is told to complete halctl, as its script says. */
const SHELLS = [
  {
    shell: "bash",
    file: ".bashrc",
    setUp: `PS1='${PROMPT} '\nsource <(halctl completion bash)\n`,
    start: "bash -i",
    says: /forget a node/i,
  },
  {
    shell: "zsh",
    file: ".zshrc",
    setUp: `PROMPT='${PROMPT} '\nautoload -Uz compinit && compinit -u\nsource <(halctl completion zsh)\n`,
    start: "zsh -d -i",
    says: /forget a node/i,
  },
  {
    shell: "fish",
    file: ".config/fish/config.fish",
    setUp: `function fish_prompt; echo -n '${PROMPT} '; end\nhalctl completion fish > ~/.config/fish/completions/halctl.fish\n`,
    start: "fish -i",
    says: /forget a node/i,
  },
] as const;

describe("halctl is completed", () => {
  let stage: Stage;
  const opened: AtTerminal[] = [];
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open(inject("opencode"));
    await stage.startSupervisor();
    const agent = stage.agent("rack", { projects: ["lab:7"] });
    agent.start();
    await eventually(() => stage.halctl.json("nodes", "get", "rack"), PATIENT_MS);
  }, PATIENT_MS);
  afterAll(async () => {
    for (const terminal of opened) terminal.close();
    await Promise.all(opened.map(({ ended }) => ended));
    await stage[Symbol.asyncDispose]();
  });

  test.for(SHELLS)(
    "in $shell: commands, options, values, names and files",
    async ({ shell, file, setUp, start, says }, { skip }) => {
      skip(!isInstalled(shell), `there is no ${shell} on this machine`);
      const token = `${shell}-runner`;
      await stage.halctl.json("tokens", "create", token, "--role", "viewer");
      const terminal = open(home(shell, file, setUp), start);
      await terminal.shows(PROMPT, PATIENT_MS);

      await does(terminal, "halctl sessions list --roo\t -o js\t", /\[\]/);
      await does(terminal, "halctl sessions list --status=unr\t -o json", /\[\]/);
      await does(terminal, `halctl tok\trev\t-y ${shell}-run\t`, /state +revoked/);
      // a name that bash takes apart, as it does an address
      await does(terminal, "halctl sessions list --project=lab:\t -o json", /--project=lab:7[^]*\[\]/);
      await does(terminal, "halctl sessions list --project l\t -o json", /--project lab:7[^]*\[\]/);
      await does(terminal, "halctl whoami --token-file my\t", /my\\ token[^]*role +admin/);
      // where no file is meant, none is offered
      await does(terminal, "halctl completion my\t", /cannot be "my"/);
      expect(await does(terminal, "halctl nodes re\t\t", says, "")).toMatch(says);
      await does(terminal, "halctl nodes \t\t", /check[^]*list/, "");
      // wherever it lies, and by the address and the token of the line
      terminal.type("export HALCTL_SUPERVISOR_URL=ws://127.0.0.1:1 HALCTL_AUTH_TOKEN=wrong");
      const asked = `~/bin/halctl --supervisor-url ws://127.0.0.1:${stage.ports.socket} --token-file ~/my\\ token`;
      await does(terminal, `${asked} nodes get ra\t`, /nodes get rack/, "");
    },
  );

  /** Types a line with its tabulators, ends it, and gives what the terminal shows of it; types it again where that is not what is meant. */
  function does(terminal: AtTerminal, keys: string, shows: RegExp, end = "\r"): Promise<string> {
    return eventually(async () => {
      const from = terminal.shown.length;
      const shown = (): string => stripVTControlCharacters(terminal.shown.slice(from));
      terminal.press(keys + end);
      try {
        await eventually(() => expect(shown()).toMatch(shows), 5_000);
      } finally {
        // whatever is left on the line goes
        terminal.press("\u0015");
      }
      return shown();
    }, PATIENT_MS);
  }

  function open(folder: string, start: string): AtTerminal {
    const terminal = new AtTerminal(`stty rows 40 cols 150; ${start}`, {
      cwd: folder,
      env: {
        PATH: `${folder}/bin:${process.env["PATH"]}`,
        HOME: folder,
        TERM: "xterm",
        HALCTL_SUPERVISOR_URL: `ws://127.0.0.1:${stage.ports.socket}`,
        HALCTL_AUTH_TOKEN: stage.token,
      },
    });
    opened.push(terminal);
    return terminal;
  }

  /** A person's own directory, where halctl is on the path and the shell is set up. */
  function home(shell: string, file: string, setUp: string): string {
    const folder = path.join(stage.folder, `home of ${shell}`);
    for (const name of ["bin", ".config/fish/completions"]) mkdirSync(path.join(folder, name), { recursive: true });
    writeFileSync(path.join(folder, file), setUp);
    writeFileSync(path.join(folder, "my token"), stage.token, { mode: 0o600 });
    const halctl = path.join(folder, "bin/halctl");
    writeFileSync(halctl, `#!/bin/sh\nexec '${process.execPath}' '${executable("halctl")}' "$@"\n`);
    chmodSync(halctl, 0o755);
    return folder;
  }
});

function isInstalled(shell: string): boolean {
  return (process.env["PATH"] ?? "").split(path.delimiter).some((folder) => isExecutable(path.join(folder, shell)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
