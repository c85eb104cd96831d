import { describe, expect, it } from "vitest";
import { halctl } from "../support/run.ts";

describe("a wrong command line is told in one line that says what to type", () => {
  it.each<[string[], string]>([
    [["nods", "list"], "there is no command nods. Did you mean nodes? See halctl --help"],
    [["nodes", "lst"], "there is no command nodes lst. Did you mean nodes list? See halctl nodes --help"],
    [
      ["--supervisor-url", "ws://localhost:8420", "holds", "get"],
      "there is no command holds get; see halctl holds --help",
    ],
    [["abort", "engine"], "there is no command abort. Did you mean sessions abort?"],
    [["tokens", "revok", "ci"], "there is no command tokens revok. Did you mean tokens revoke?"],
    [["diff", "engine"], "there is no command diff. Did you mean sessions diff?"],
    [["cancel", "x"], "there is no command cancel. Did you mean prompts cancel or commands cancel?"],
    [["ps"], "there is no command ps. Did you mean ls? See halctl --help"],
    [["q"], "there is no command q; see halctl --help"],
    [["frobnicate"], "there is no command frobnicate"],
    [
      ["sessions", "list", "--formt", "json"],
      "there is no option --formt. Did you mean --format? See halctl sessions list --help",
    ],
    [["sessions", "list", "--projet=x"], "there is no option --projet. Did you mean --project?"],
    [["nodes", "list", "--purple-monkey"], "there is no option --purple-monkey; see halctl nodes list --help"],
    [["nodes", "list", "-o", "xml"], '--format cannot be "xml"; it is one of table, wide, json'],
    [["sessions", "list", "--status", "asleep"], '--status cannot be "asleep"; it is one of starting, busy, idle'],
    [["completion", "tcsh"], 'halctl: <shell> cannot be "tcsh"; it is one of bash, zsh, fish'],
    [["cost", "yesterday"], 'halctl: <period> cannot be "yesterday"; it is one of today, week, month'],
    [["sessions", "list", "extra"], "unexpected argument: extra"],
    [["nodes", "get"], "missing argument: <id>. Usage: halctl nodes get <id>"],
    [["followers", "drop", "journal"], "missing argument: <event-id>. Usage: halctl followers drop <name> <event-id>"],
    [
      ["followers", "retry", "journal", "abc"],
      "<event-id> takes a whole number, 1 or more; see halctl followers retry",
    ],
    [["commands", "list", "--limit", "abc"], "--limit takes a number from 1 to 1000; see halctl commands list --help"],
    [["sessions", "prompt"], "missing argument: <ref>. Usage: halctl sessions prompt <ref> [text..]"],
    [["kill"], "missing argument: <ref>. Usage: halctl kill <ref..>"],
    [[], "missing command; see halctl --help"],
    [
      ["sessions"],
      "missing command for sessions: list, get, logs, tail, attach, wait, todo, diff, watch, start, prompt, abort, resume, restart, kill",
    ],
    [["events", "--since", "10q"], '"10q" is not a duration'],
  ])("%j", async (args, line) => {
    const { code, out, err } = await halctl("ws://127.0.0.1:1", args);
    expect(err).toContain(line);
    expect({ code, out, lines: err.trim().split("\n").length }).toEqual({ code: 2, out: "", lines: 1 });
  });
});
