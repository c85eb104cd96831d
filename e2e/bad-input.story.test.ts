import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { CommandReply, NodeView } from "@hal/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "./harness/eventually.ts";
import { takePort } from "./harness/free-port.ts";
import type { HalctlResult } from "./harness/halctl.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { executable, Program } from "./harness/program.ts";
import { Stage } from "./harness/stage.ts";
import { untestedOpencode } from "./harness/untested-opencode.ts";

describe("bad input is met with one clear line", () => {
  let stage: Stage;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    stage = await Stage.open("/nowhere/opencode");
    await stage.startSupervisor();
  });
  afterAll(async () => {
    const stacks = stage.logs
      .join("\n")
      .split("\n")
      .filter((line) => /^\s+at |"stack":/.test(line));
    await stage[Symbol.asyncDispose]();
    if (stacks.length > 0) throw new Error(`stack traces in the logs:\n${stacks.join("\n")}`);
  });

  /** Runs one of the daemons until it ends. */
  const daemon = async (
    name: "hal-supervisor" | "hal-agent",
    config: unknown,
    ...flags: string[]
  ): Promise<HalctlResult> => {
    const file = path.join(stage.folder, `${name}.bad.json`);
    writeFileSync(file, typeof config === "string" ? config : JSON.stringify(config, null, 2));
    const env = { PATH: process.env["PATH"], HOME: stage.folder };
    const args = ["--config", file, ...flags];
    const program = new Program({ label: name, file: executable(name), args, cwd: stage.folder, env });
    const { code } = await program.ended;
    return { code, stdout: program.stdout, stderr: program.stderr };
  };

  const expectOneLine = ({ stderr }: HalctlResult, pattern: RegExp): void => {
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(pattern);
  };

  describe("halctl", () => {
    test.each(["ws", "http"] as const)("a wrong token over %s is exit code 4", async (scheme) => {
      const port = scheme === "ws" ? stage.ports.socket : stage.ports.http;
      const url = `${scheme}://127.0.0.1:${port}`;
      const refused = await stage.halctl.with({ url, token: "wrong" }).run("nodes", "list");
      expect(refused.code).toBe(4);
      expectOneLine(refused, /token/);
      const missing = await stage.halctl.with({ url, token: "" }).run("nodes", "list");
      expect(missing.code).toBe(4);
      expectOneLine(missing, /no token/);
    });

    test.each(["ws", "http"] as const)("a supervisor that is away, asked over %s, is exit code 3", async (scheme) => {
      const away = await stage.halctl.with({ url: `${scheme}://127.0.0.1:1` }).run("nodes", "list");
      expect(away.code).toBe(3);
      expectOneLine(away, /127\.0\.0\.1:1/);
    });

    test("HTTP on the WebSocket port is said; the HTTP port takes WebSockets, too", async () => {
      const socket = await stage.halctl.with({ url: `http://127.0.0.1:${stage.ports.socket}` }).run("status");
      expect(socket.code).toBe(3);
      expectOneLine(socket, /port/);
      const http = await stage.halctl.with({ url: `ws://127.0.0.1:${stage.ports.http}` }).run("status");
      expect(http.code).toBe(0);
    });

    test("an unknown project, session, node, command or interaction is exit code 5", async () => {
      const runs = [
        ["sessions", "start", "nowhere", "hello"],
        ["sessions", "get", "ses_nothing"],
        ["sessions", "prompt", "ses_nothing", "hello"],
        ["sessions", "kill", "ses_nothing"],
        ["nodes", "get", "nobody"],
        ["commands", "get", "cmd_nothing"],
        ["interactions", "allow", "per_nothing"],
      ];
      for (const args of runs) {
        const result = await stage.halctl.run(...args);
        expect([args.join(" "), result.code]).toEqual([args.join(" "), 5]);
        expectOneLine(result, /^halctl: /);
      }
    });

    test.each([
      [["sessions"], /missing command/],
      [["sessionz", "list"], /sessions/],
      [["sessions", "list", "--colour"], /colour/],
      [["sessions", "list", "--status", "sleeping"], /status/],
      [["sessions", "prompt"], /ref|Not enough/],
      [["--format", "xml", "nodes", "list"], /format/],
    ])("wrong usage, %j, is exit code 2", async (args, pattern) => {
      const result = await stage.halctl.run(...args);
      expect(result.code).toBe(2);
      expectOneLine(result, pattern);
    });
  });

  describe("configuration", () => {
    test("every problem of the supervisor's is told at once, with its path", async () => {
      const result = await daemon("hal-supervisor", {
        server: { port: "8420", http_port: 99_999 },
        security: { tls: { enabled: "yes" } },
        policys: {},
      });
      expect(result.code).toBe(1);
      for (const where of ["server.port", "server.http_port", "server.auth_token", "security.tls.enabled"])
        expect(result.stderr).toContain(where);
      expect(result.stderr).not.toMatch(/^\s+at /m);
    });

    test("every problem of the agent's is told at once, with its path", async () => {
      const result = await daemon("hal-agent", {
        supervisor_url: "ftp://somewhere",
        opencode_port: -1,
        projects: [{ name: "two words", directory: "relative" }],
      });
      expect(result.code).toBe(1);
      for (const where of ["supervisor_url", "auth_token", "opencode_port", "projects.0.name", "projects.0.directory"])
        expect(result.stderr).toContain(where);
      expect(result.stderr).not.toMatch(/^\s+at /m);
    });

    test.each(["hal-supervisor", "hal-agent"] as const)("%s names the line of broken JSON", async (name) => {
      const result = await daemon(name, '{\n  "server": {\n    oops\n}\n');
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/line 3/);
      expect(result.stderr).not.toMatch(/^\s+at /m);
    });

    test("--validate judges and touches nothing", async () => {
      const database = path.join(stage.folder, "never", "made.db");
      const good = { server: { auth_token: stage.token, port: stage.ports.socket }, database: { path: database } };
      const result = await daemon("hal-supervisor", good, "--validate");
      expect([result.code, result.stdout.trim().split("\n").at(-1)]).toEqual([0, "configuration valid"]);
      expect(() => rmSync(path.dirname(database))).toThrow(/ENOENT/);
      expect((await daemon("hal-supervisor", { server: {} }, "--validate")).code).toBe(1);
    });

    test("a file that is not there is said", async () => {
      const program = new Program({
        label: "agent",
        file: executable("hal-agent"),
        args: ["--config", "/nowhere/agent.json"],
        cwd: stage.folder,
        env: { PATH: process.env["PATH"], HOME: stage.folder },
      });
      const { code } = await program.ended;
      expect(code).toBe(1);
      expectOneLine({ code, stdout: "", stderr: program.stderr }, /\/nowhere\/agent\.json/);
    });
  });

  test("a supervisor whose port is taken ends and names the port", async () => {
    const { port, server } = await takePort();
    try {
      const config = (ports: object) => ({
        server: { host: "127.0.0.1", port: 0, http_port: 0, auth_token: stage.token, ...ports },
        database: { path: path.join(stage.folder, "taken.db") },
      });
      for (const key of ["port", "http_port"]) {
        const result = await daemon("hal-supervisor", config({ [key]: port }));
        expect(result.code).toBe(1);
        expectOneLine(result, new RegExp(`port ${port} \\(server\\.${key}\\)`));
      }
    } finally {
      server.close();
    }
  });

  test("an agent with a wrong token goes on, says so once, and is not let in", async () => {
    const mallory = stage.agent("mallory", { token: "a-wrong-token-that-is-long-enough-too" });
    const program = mallory.start();
    await eventually(() => expect(program.log).toContain("auth token rejected"));
    expect(program.log.match(/auth token rejected/g)).toHaveLength(1);
    expect(program.isRunning).toBe(true);
    expect((await stage.api<NodeView[]>("/nodes")).map(({ name }) => name)).not.toContain("mallory");
    expect((await mallory.stop())?.code).toBe(0);
  });

  test("an agent without opencode is a degraded node that says why, and its sessions fail with the reason", async () => {
    const carol = stage.agent("carol");
    carol.start();
    const node = await eventually(async () => {
      const seen = await stage.api<NodeView>(`/nodes/${carol.nodeId}`);
      // a node that is late is degraded, too, for another reason
      expect(seen.reason).toContain("/nowhere/opencode");
      return seen;
    });
    expect(node).toMatchObject({ status: "degraded", opencode: { state: "missing" } });
    const result = await stage.halctl.run("sessions", "start", "carol", "hello");
    expect(result.code).toBe(1);
    expectOneLine(result, /\/nowhere\/opencode/);
    await carol.stop();
  });

  test("a project without a directory is a state, and starting there fails with the reason", async () => {
    const dave = stage.agent("dave");
    rmSync(dave.directoryOf("dave"), { recursive: true });
    dave.start();
    const node = await eventually(() => stage.api<NodeView>(`/nodes/${dave.nodeId}`));
    expect(node.projects).toMatchObject([{ name: "dave", state: "missing" }]);
    const { code, stderr } = await stage.halctl.run("sessions", "start", "dave", "hello");
    expect(code).toBe(1);
    expect(stderr).toContain(dave.directoryOf("dave"));
    await dave.stop();
  });

  test("a stranger on opencode's port is named, and is left alone", async () => {
    const { port, server } = await takePort();
    const frank = stage.agent("frank", { opencode: { command: "/bin/true" }, overrides: { opencode_port: port } });
    frank.start();
    await eventually(async () => {
      const { status, reason } = await stage.api<NodeView>(`/nodes/${frank.nodeId}`);
      expect(status).toBe("degraded");
      expect(reason).toContain(`port ${port}`);
    });
    await frank.stop();
    expect(server.listening).toBe(true);
    server.close();
  });

  test("an opencode of an untested version is used, and the node says that it is untested", async () => {
    const heidi = stage.agent("heidi", { opencode: { command: untestedOpencode(stage.folder, "9.9.9") } });
    const program = heidi.start();
    await eventually(async () => {
      const { status, reason, opencode } = await stage.api<NodeView>(`/nodes/${heidi.nodeId}`);
      expect(opencode).toMatchObject({ state: "up", version: "9.9.9", tested: false });
      expect(status).toBe("degraded");
      expect(reason).toContain("9.9.9 is outside of the versions this agent was tested with");
    });
    expect(program.log.match(/not tested/g)).toHaveLength(1);
    await heidi.stop();
  });

  test("two agents cannot share a data directory", async () => {
    const grace = stage.agent("grace");
    const first = grace.start();
    await eventually(() => stage.api(`/nodes/${grace.nodeId}`));
    const second = grace.start();
    expect((await second.ended).code).toBe(1);
    expect(second.stderr.trim().split("\n")).toHaveLength(1);
    expect(second.stderr).toContain(`pid ${first.pid}`);
    await first.stop();
  });

  test("a command for a node that is away does not block a script: it says what to look at", async () => {
    const henry = stage.agent("henry");
    henry.start();
    // one that is stopped before it was welcomed has nobody to say farewell to
    await eventually(async () => {
      const { reason } = await stage.api<NodeView>(`/nodes/${henry.nodeId}`);
      expect(reason).toContain("opencode is missing");
    });
    await henry.stop();
    // its farewell may be read a moment after its process is gone
    await eventually(async () => {
      const { status, reason } = await stage.api<NodeView>(`/nodes/${henry.nodeId}`);
      expect([status, reason]).toEqual(["offline", expect.stringContaining("the agent was stopped")]);
    });
    const response = await fetch(`http://127.0.0.1:${stage.ports.http}/api/v1/sessions`, {
      method: "POST",
      headers: { authorization: `Bearer ${stage.token}`, "content-type": "application/json" },
      body: JSON.stringify({ project: "henry", prompt: "hello", wait_ms: 0, deadline_ms: 1_000 }),
    });
    const { data } = (await response.json()) as { readonly data: CommandReply };
    expect(data.command.state).toBe("queued");
    await eventually(async () => {
      const { state } = await stage.api<CommandReply["command"]>(`/commands/${data.command.id}`);
      expect(state).toBe("expired");
    });
  });
});
