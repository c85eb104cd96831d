import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { candidatesFor } from "../../src/completion/candidates.ts";
import { complete } from "../../src/completion/complete.ts";
import { type ContractServer, startContractServer, TOKEN } from "../support/contract-server.ts";
import { halctl } from "../support/run.ts";
import { command, interaction, node, session, token } from "../support/views.ts";

const never = new AbortController().signal;

const valuesAt = (...words: string[]): string[] => candidatesFor(words).known.map(({ value }) => value);

describe("what can be typed next", () => {
  it.each<[string[], string[]]>([
    [["sess"], ["sessions"]],
    [["no"], ["nodes", "notices"]],
    [
      ["sessions", "wa"],
      ["wait", "watch"],
    ],
    [["sessions", "list", "--st"], ["--status"]],
    [["sessions", "list", "--status", "b"], ["busy"]],
    [["sessions", "list", "--status=re"], ["--status=retrying"]],
    [["sessions", "list", "--statsu=re"], []],
    [
      ["sessions", "list", "--status", ""],
      ["starting", "busy", "idle", "waiting", "retrying", "error", "ended", "unreachable"],
    ],
    [["-o", "json", "nodes", "l"], ["list"]],
    [["sessions", "list", "-o", "w"], ["wide"]],
    [["sessions", "list", "-w", "--proj"], ["--project"]],
    [
      ["completion", ""],
      ["bash", "zsh", "fish"],
    ],
    [["inject", "engine", "--", "--wa"], []],
    [
      ["events", "--type", "opencode."],
      ["opencode.up", "opencode.down", "opencode.recycled"],
    ],
    [["audit", "--action", "nodes.rep"], ["nodes.replace"]],
    [["cost", "w"], ["week"]],
    [
      ["tokens", "create", "ci", "--role", "a"],
      ["admin", "agent"],
    ],
  ])("%j", (words, values) => expect(valuesAt(...words)).toEqual(values));

  it("is everything where nothing of the line is known", () => {
    expect(valuesAt("nonsense", "")).toEqual(valuesAt(""));
    expect(valuesAt("")).toEqual(expect.arrayContaining(["nodes", "sessions", "why", "doctor"]));
  });

  it.each<[string[], string[]]>([
    [
      ["sessions", "get", "s"],
      ["session", "project"],
    ],
    [["sessions", "prompt", "s", "text"], []],
    [["sessions", "start", ""], ["project"]],
    [["start", "engine", "--node", ""], ["node"]],
    [["nodes", "get", ""], ["node"]],
    [["interactions", "allow", ""], ["interaction"]],
    [["commands", "cancel", ""], ["open-command"]],
    [["commands", "cancel", "cmd_1", ""], ["open-command"]],
    [
      ["why", ""],
      ["session", "project", "node", "schedule", "command"],
    ],
    [
      ["events", "--session", ""],
      ["session", "project"],
    ],
    [["tokens", "revoke", ""], ["valid-token"]],
    [["nodes", "replace", "old", ""], ["node"]],
    [
      ["interactions", "list", "--session", ""],
      ["session", "project"],
    ],
    [["sessions", "start", "engine", ""], []],
    [["config", "use", ""], ["context"]],
    [["--context", ""], ["context"]],
  ])("%j asks for names of %j", (words, names) => expect(candidatesFor(words).names).toEqual(names));
});

describe("files", () => {
  it.each([
    [["whoami", "--token-file", ""], true],
    [["whoami", "--ca-file=x"], true],
    [["policies", "simulate", "--config", ""], true],
    [["run", "engine", "--schema", ""], true],
    [["routes", "test", ""], true],
    [["run", "engine", ""], false],
    [["kill", "ses_1", ""], false],
    [["nodes", "list", ""], false],
    [["completion", ""], false],
  ])("%j: %s", (words, isFile) => expect(candidatesFor(words).isFile).toBe(isFile));

  it("are told to the shell as a line of their own", async () => {
    expect(await complete(["whoami", "--token-file", ""], {}, never)).toBe(":files\t\n");
  });
});

describe("names", () => {
  let server: ContractServer;
  beforeAll(async () => {
    server = await startContractServer({
      "nodes.list": () => [
        node({ projects: [{ name: "engine", directory: "/e", state: "ready" }] }),
        node({ id: "b", name: "bob", projects: [{ name: "notes", directory: "/n", state: "ready" }] }),
      ],
      "sessions.list": () => [session({ title: "Mend\tthe\nengine" })],
      "interactions.list": () => [interaction()],
      "commands.list": () => [command()],
      "tokens.list": () => [token()],
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const env = (): Record<string, string> => ({ HALCTL_SUPERVISOR_URL: server.url, HALCTL_AUTH_TOKEN: TOKEN });

  it.each<[string[], string]>([
    [["sessions", "get", "ses"], `${session().id}\tada/engine, idle: Mend the engine\n`],
    [["sessions", "get", "eng"], "engine\tproject on ada\n"],
    [["start", "n"], "notes\tproject on bob\n"],
    [["nodes", "get", "b"], "bob\tonline; opencode 1.18.33 is up\n"],
    [["interactions", "deny", ""], `${interaction().id}\tbash: git push\n`],
    [["commands", "list", "--node=b"], "--node=bob\tonline; opencode 1.18.33 is up\n"],
    [["commands", "list", "--node", "b"], "bob\tonline; opencode 1.18.33 is up\n"],
    [
      ["commands", "list", "--node="],
      "--node=ada\tonline; opencode 1.18.33 is up\n--node=bob\tonline; opencode 1.18.33 is up\n",
    ],
    [["commands", "get", "cmd"], `${command().id}\tsession.prompt, succeeded\n`],
    [["tokens", "revoke", ""], `${token().name}\t${token().role}, ${token().state}\n`],
  ])("%j", async (words, lines) => expect(await complete(words, env(), never)).toBe(lines));

  it("are asked for at the supervisor that the line names", async () => {
    const words = ["--supervisor-url", server.url, "--auth-token", TOKEN, "nodes", "get", "b"];
    expect(await complete(words, {}, never)).toContain("bob");
    const joined = [`--supervisor-url=${server.url}`, `--auth-token=${TOKEN}`, "nodes", "get", "b"];
    expect(await complete(joined, {}, never)).toContain("bob");
    expect(await complete(["nodes", "get", "b"], { ...env(), HALCTL_AUTH_TOKEN: "wrong" }, never)).toBe("");
  });

  it("are left out where the supervisor has not answered when the time is over", async () => {
    const asked = Promise.withResolvers<void>();
    const silent = createServer(() => asked.resolve());
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    const url = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const over = new AbortController();
    let answer: string | undefined;
    const completing = complete(["nodes", "get", ""], { HALCTL_SUPERVISOR_URL: url }, over.signal).then(
      (text) => (answer = text),
    );
    await asked.promise;
    expect(answer).toBeUndefined();
    over.abort();
    await new Promise(setImmediate);
    expect(answer).toBe("");
    await completing;
    silent.close();
  });
});

describe("halctl completion", () => {
  it.each(["bash", "zsh", "fish"])("prints what %s needs", async (shell) => {
    const { code, out } = await halctl("ws://127.0.0.1:1", ["completion", shell]);
    expect(code).toBe(0);
    expect(out).toContain("__complete --");
    const guessed = await halctl("ws://127.0.0.1:1", ["completion"], { env: { SHELL: `/usr/bin/${shell}` } });
    expect(guessed.out).toBe(out);
  });

  it("is read by a shell without a trace in the directory", async () => {
    const folder = mkdtempSync(join(tmpdir(), "hal completion "));
    const { out } = await halctl("ws://127.0.0.1:1", ["completion", "bash"]);
    const { stdout, stderr, status } = spawnSync(
      "bash",
      ["--norc", "-c", 'source <(printf %s "$SCRIPT"); complete -p halctl'],
      {
        cwd: folder,
        env: { ...process.env, SCRIPT: out },
        encoding: "utf8",
      },
    );
    expect({ stdout, stderr, status }).toMatchObject({
      stdout: expect.stringMatching(/_halctl halctl$/m),
      stderr: "",
      status: 0,
    });
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it("offers no name that a shell would run", async () => {
    const names = ["fine", "$(touch owned)", "a b", "a;b", "`x`", "\u202efine"];
    await using server = await startContractServer({
      "nodes.list": () => names.map((name, index) => node({ id: String(index), name })),
    });
    const env = { HALCTL_SUPERVISOR_URL: server.url, HALCTL_AUTH_TOKEN: TOKEN };
    expect(await complete(["nodes", "get", ""], env, never)).toBe("fine\tonline; opencode 1.18.33 is up\n");
  });

  it("says which there are", async () => {
    expect(await halctl("", ["completion", "tcsh"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("bash, zsh, fish"),
    });
    expect(await halctl("", ["completion"], { env: {} })).toMatchObject({ code: 2 });
  });
});
