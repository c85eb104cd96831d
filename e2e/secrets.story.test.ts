import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { EventView, InteractionView, SessionView } from "@hal/protocol";
import { OFFLINE_OPENCODE } from "@hal/testkit";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Agent } from "./harness/agent.ts";
import { Canaries, TOKEN_SHAPES } from "./harness/canaries.ts";
import { eventually } from "./harness/eventually.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { executable, Program, type ProgramName } from "./harness/program.ts";
import { type QuotingProvider, startQuotingProvider } from "./harness/quoting-provider.ts";
import { Stage } from "./harness/stage.ts";

/** Node's own WebSocket takes headers, which the standard does not have. */
const HeaderedSocket = WebSocket as unknown as new (url: string, options: object) => WebSocket;

describe("secrets that are put everywhere and looked for everywhere", () => {
  /** what nobody may see, and what is content: in the log of events and where it is read, and nowhere else */
  const secrets = new Canaries();
  const content = new Canaries();
  /** all that any program wrote, and every answer of every door */
  const heard = new Map<string, string>();
  const runs: Program[] = [];
  let stage: Stage;
  let quoting: QuotingProvider;
  let hal: Agent;
  let viewer: string;
  let operator: string;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    const env = {
      LOG_LEVEL: "debug",
      HAL_UNRELATED: secrets.plant("$HAL_UNRELATED", "escaped"),
      AWS_SECRET_ACCESS_KEY: secrets.plant("$AWS_SECRET_ACCESS_KEY", "base64"),
      HALCTL_AUTH_TOKEN: secrets.plant("$HALCTL_AUTH_TOKEN of a daemon", "hex"),
      GUILD: secrets.plant("$GUILD", "pattern"),
    };
    stage = await Stage.open(inject("opencode"), { env: () => env });
    secrets.add("server.auth_token", stage.token);
    change(stage.supervisorConfig, {
      channels: {
        discord: { bot_token: secrets.plant("discord.bot_token", "escaped"), guild_id: "${GUILD}" },
        slack: {
          bot_token: secrets.plant("slack.bot_token", "escaped"),
          app_token: secrets.plant("slack.app_token", "base64"),
          signing_secret: secrets.plant("slack.signing_secret", "pattern"),
          // nobody listens there
          api_url: "http://127.0.0.1:9/api/",
          channels: { alerts: "C0ALERTS" },
        },
        webhooks: {
          w: {
            url: `http://127.0.0.1:9/${secrets.plant("webhooks.w.url", "address")}`,
            secret: `whsec_${secrets.plant("webhooks.w.secret", "hex")}`,
            allow_private: true,
          },
        },
      },
      incoming: {
        github: {
          secret: secrets.plant("incoming.github.secret", "escaped"),
          token: secrets.plant("incoming.github.token", "base64"),
          api_url: "http://127.0.0.1:9/api",
        },
        gitlab: {
          secret: secrets.plant("incoming.gitlab.secret", "hex"),
          token: secrets.plant("incoming.gitlab.token", "address"),
          api_url: "http://127.0.0.1:9/api",
        },
        generic: { n8n: { secret: `whsec_${secrets.plant("incoming.generic.n8n.secret", "hex")}` } },
      },
      cost: {
        providers: {
          anthropic: { admin_api_key: secrets.plant("admin_api_key", "hex"), base_url: "http://127.0.0.1:9" },
          openai: { org_api_key: secrets.plant("org_api_key", "address"), base_url: "http://127.0.0.1:9" },
        },
      },
    });
    await stage.startSupervisor();
    quoting = await startQuotingProvider();
    const auth = path.join(stage.folder, "auth.json");
    writeFileSync(auth, JSON.stringify({ other: { type: "api", key: secrets.plant("auth_file", "escaped") } }));
    const provider = { quoting: quoting.section(secrets.plant("apiKey of opencode.config", "base64")) };
    const config = stage.provider.opencodeConfig() as { provider: object };
    hal = stage.agent("hal", {
      opencodeLimits: {
        auth_file: auth,
        env: {
          ...OFFLINE_OPENCODE,
          XDG_CONFIG_HOME: path.join(stage.folder, "hal", "config"),
          PLANTED_API_KEY: secrets.plant("opencode.env", "pattern"),
          PLANTED_PASSWORD: secrets.plant("opencode.env, escaped", "escaped"),
        },
        config: {
          ...config,
          enabled_providers: ["scripted", "quoting"],
          permission: { bash: "ask", external_directory: "allow" },
          provider: { ...config.provider, ...provider },
        },
      },
    });
    hal.start();
    await stage.nodeUp(hal);
    secrets.add("node secret", kept("identity.json").secret as string);
    secrets.add("opencode's password", kept("opencode-server.json").password as string);
    viewer = await named("eye", "viewer");
    operator = await named("hand", "operator");
  });
  afterAll(async () => {
    await Promise.all(runs.map((run) => run.stop()));
    await stage[Symbol.asyncDispose]();
    await quoting[Symbol.asyncDispose]();
  });

  const kept = (file: string): Record<string, unknown> =>
    JSON.parse(readFileSync(path.join(hal.dataDir, file), "utf8")) as Record<string, unknown>;

  /** A token with a name; it is told once, to whoever makes it. */
  const named = async (name: string, role: string): Promise<string> => {
    const token = (await stage.halctl.run("tokens", "create", name, "--role", role)).stdout.trim();
    secrets.add(`token ${name}`, token);
    return token;
  };

  const change = (file: string, changes: object): void =>
    writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), ...changes }));

  /** A daemon of its own, which is heard like the others. */
  const daemon = (name: ProgramName, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program => {
    const program = new Program({
      label: `${name} ${runs.length}`,
      file: executable(name),
      args,
      cwd: stage.folder,
      env: { PATH: process.env["PATH"], HOME: stage.folder, LOG_LEVEL: "debug", ...env },
    });
    runs.push(program);
    return program;
  };

  const hear = async (what: string, init: RequestInit = {}, token = stage.token): Promise<void> => {
    const headers = {
      authorization: `Bearer ${token}`,
      ...(init.headers as Readonly<Record<string, string>> | undefined),
    };
    const response = await fetch(`http://127.0.0.1:${stage.ports.http}${what}`, { ...init, headers });
    const told = [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
    heard.set(`${init.method ?? "GET"} ${what.split("?")[0]} ${heard.size}`, `${told}\n\n${await response.text()}`);
  };

  /** What a socket answers to frames, its close included. */
  const say = (protocol: string, frames: readonly string[], token: string): Promise<void> =>
    new Promise((resolve) => {
      const url = `ws://127.0.0.1:${stage.ports.socket}/?token=${encodeURIComponent(token)}`;
      const headers = { authorization: `Bearer ${token}`, cookie: `token=${token}` };
      const socket = new HeaderedSocket(url, { protocols: [protocol], headers });
      let answers = "";
      socket.addEventListener("open", () => {
        for (const frame of frames) socket.send(frame);
        setTimeout(() => socket.close(), 700);
      });
      socket.addEventListener("message", ({ data }) => (answers += String(data)));
      socket.addEventListener("error", () => undefined);
      socket.addEventListener("close", ({ code, reason }) => {
        heard.set(`${protocol} ${heard.size}`, `${answers}\n${code} ${reason}`);
        resolve();
      });
    });

  /** What opencode and everything below it was started with. */
  const opencodeProcesses = (): { readonly cmdline: string; readonly environ: Buffer }[] =>
    readdirSync("/proc").flatMap((pid) => {
      try {
        const environ = readFileSync(`/proc/${pid}/environ`);
        const isOurs = environ.includes("HAL_OPENCODE_RUN=") && environ.includes(hal.dataDir);
        return isOurs ? [{ cmdline: readFileSync(`/proc/${pid}/cmdline`, "utf8"), environ }] : [];
      } catch {
        return []; // it ended, or is somebody else's
      }
    });

  test("a provider that quotes the key, and tools that print the environment, are told without it", async () => {
    const prompt = content.plant("prompt", "escaped");
    const start = (text: string, ...more: string[]) =>
      stage.halctl.json<{ session: SessionView }>("sessions", "start", "hal", text, ...more);
    await start(`[[say: done]] ${prompt}`, "--wait");
    const failed = await stage.halctl.run(
      "sessions",
      "start",
      "hal",
      `be refused ${prompt}`,
      "--model",
      "quoting/quoting-model",
      "--wait",
    );
    heard.set("halctl sessions start", failed.stdout + failed.stderr);
    const error = await eventually(async () => {
      const [found] = await stage.events({ type: "session.error" });
      expect(found).toBeDefined();
      return found as EventView;
    });
    expect(quoting.keys.length).toBeGreaterThan(0);
    expect(secrets.in(quoting.keys[0] as string)).toContain("apiKey of opencode.config");
    expect(JSON.stringify(error.data)).toContain("(secret opencode.config.provider.quoting.options.apiKey)");

    await start(
      `[[tool: bash {"command":"env; cat '${hal.dataDir}/opencode/data/opencode/auth.json'","description":"look"}]] ${prompt}`,
    );
    const question = await eventually(async () => {
      const [open] = await stage.api<InteractionView[]>("/interactions");
      expect(open).toBeDefined();
      return open as InteractionView;
    });
    expect((await stage.halctl.run("interactions", "allow", question.id)).code).toBe(0);
    await eventually(async () => {
      const [tool] = await stage.events({ type: "tool.execute.after" });
      expect(JSON.stringify(tool?.data)).toContain("(secret opencode.env.PLANTED_API_KEY)");
      expect(JSON.stringify(tool?.data)).toContain("(secret auth.json.other.key)");
    });
    const processes = opencodeProcesses();
    expect(processes.length).toBeGreaterThan(0);
    const may = new Set(["opencode.env", "opencode.env, escaped", "apiKey of opencode.config", "opencode's password"]);
    for (const { cmdline, environ } of processes) {
      expect(secrets.in(cmdline)).toEqual([]);
      expect(secrets.in(environ).filter((place) => !may.has(place))).toEqual([]);
    }
  });

  test("wrong tokens, headers, queries, bodies and frames are refused without being quoted", async () => {
    for (const shape of TOKEN_SHAPES) {
      const wrong = secrets.plant(`wrong token, ${shape}`, shape);
      const headers = {
        cookie: `t=${wrong}`,
        "x-api-key": wrong,
        origin: `https://me:${encodeURIComponent(wrong)}@host`,
        "user-agent": wrong,
      };
      const query = `?token=${encodeURIComponent(wrong)}`;
      await hear(`/api/v1/status${query}`, { headers }, wrong);
      await hear(`/api/v1/sessions${query}&limit=${encodeURIComponent(wrong)}`, { headers });
      await hear(`/nowhere${query}`, { headers });
      for (const body of [
        wrong,
        `{"text": ${wrong}`,
        JSON.stringify({ project: { wrong }, text: [wrong], model: { wrong }, wait_ms: wrong }),
      ])
        await hear("/api/v1/sessions", { method: "POST", body, headers });
      const bad = [
        { type: "hello", secret: { wrong }, node: wrong },
        { type: "call", id: "1", operation: wrong, input: { wrong } },
        { type: wrong },
      ];
      for (const sender of ["github", "gitlab", "generic/n8n"]) {
        const signed = {
          "x-gitlab-token": wrong,
          "x-hub-signature-256": `sha256=${wrong}`,
          "webhook-signature": wrong,
        };
        const about = {
          "x-github-event": wrong,
          "x-gitlab-event": wrong,
          "webhook-id": wrong,
          "webhook-timestamp": "1",
        };
        const init = { method: "POST", body: JSON.stringify({ type: wrong, [wrong]: wrong }) };
        await hear(`/incoming/${sender}${query}`, { ...init, headers: { ...headers, ...signed, ...about } }, wrong);
      }
      for (const frame of [wrong, `{"type": ${wrong}`, ...bad.map((one) => JSON.stringify(one))]) {
        await say("hal.agent.v1", [frame], stage.token);
        await say("hal.control.v1", [frame], stage.token);
      }
      await say("hal.agent.v1", [], wrong);
      const call = {
        type: "call",
        id: "2",
        operation: "sessions.prompt",
        input: { ref: { wrong }, text: 5, model: [wrong] },
      };
      await say("hal.control.v1", [JSON.stringify(call)], stage.token);
      const asked = await stage.halctl.with({ token: wrong }).run("status");
      expect(asked.code).toBe(4);
      heard.set(`halctl with a wrong token ${shape}`, asked.stdout + asked.stderr);
    }
    await stage.halctl.run("audit");
    expect(secrets.in(stage.supervisor.stdout + stage.supervisor.stderr)).toEqual([]);
  });

  test("halctl shows nothing of its own settings, nor of what the supervisor knows", async () => {
    const file = path.join(stage.folder, "halctl.json");
    const url = `ws://127.0.0.1:${stage.ports.socket}`;
    const contexts = {
      home: { url, token: secrets.plant("token of a context", "hex") },
      odd: { url: `ws://me:${encodeURIComponent(secrets.plant("password of an address", "escaped"))}@host` },
    };
    writeFileSync(file, JSON.stringify({ current: "home", contexts }), { mode: 0o600 });
    const env = { PATH: process.env["PATH"], HOME: stage.folder, HALCTL_CONFIG: file, HALCTL_DEBUG: "1" };
    const run = async (args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<void> => {
      const program = daemon("halctl", args, { ...env, ...more });
      await program.ended;
    };
    for (const args of [
      ["config", "show"],
      ["config", "show", "-o", "json"],
      ["config", "check"],
      ["doctor"],
      ["status"],
      ["status", "--context", "odd"],
    ]) {
      await run(args);
      await run(args, { HALCTL_AUTH_TOKEN: secrets.plant(`$HALCTL_AUTH_TOKEN ${args.join(" ")}`, "base64") });
    }
    await run(["status"], { HALCTL_AUTH_TOKEN: secrets.plant("a token that no header carries", "escaped") });
    await run(["status", "--supervisor-url", `http://127.0.0.1:${stage.ports.http}`], {
      HALCTL_AUTH_TOKEN: `x\n${secrets.plant("a token with a break", "hex")}`,
    });
    writeFileSync(
      file,
      `{"current": "home", "contexts": {"home": {"token": ${secrets.plant("broken contexts", "hex")}}}}`,
    );
    await run(["config", "show"]);
    writeFileSync(file, JSON.stringify({ contexts: { home: secrets.plant("a context that is none", "base64") } }));
    await run(["config", "show"]);

    const [session] = await stage.api<SessionView[]>("/sessions");
    const id = session?.id as string;
    for (const read of [
      ["status"],
      ["nodes", "list"],
      ["nodes", "get", "hal"],
      ["nodes", "check", "hal"],
      ["sessions", "list"],
      ["sessions", "get", id],
      ["sessions", "logs", id],
      ["sessions", "diff", id],
      ["events", "--limit", "1000"],
      ["audit", "--limit", "1000"],
      ["doctor"],
      ["why", "hal"],
      ["why", id],
      ["tokens", "list"],
      ["db", "info"],
      ["interactions", "list"],
      ["commands", "list"],
      ["cost", "today"],
      ["version"],
    ])
      for (const format of ["wide", "json"]) {
        const told = await stage.halctl.run(...read, "-o", format);
        heard.set(`halctl ${read.join(" ")} -o ${format}`, told.stdout + told.stderr);
      }
    expect(runs.flatMap(({ label, log }) => secrets.in(log).map((place) => `${label}: ${place}`))).toEqual([]);
  });

  test("command lines show no token, once a program has begun", async () => {
    const token = secrets.plant("--token of an agent", "hex");
    const lone = daemon("hal-agent", [
      "--config",
      hal.config,
      "--token",
      token,
      "--data-dir",
      path.join(stage.folder, "lone"),
      "--supervisor",
      "ws://127.0.0.1:1",
    ]);
    const watching = stage.halctl.start("events", "-f");
    await eventually(() => expect(lone.log).toContain("starting"));
    for (const { pid } of [lone, stage.supervisor, hal.program, watching])
      await eventually(() => expect(secrets.in(readFileSync(`/proc/${pid}/cmdline`))).toEqual([]));
    await Promise.all([lone.stop(), watching.stop()]);
  });

  test("settings that are wrong are refused without being quoted", async () => {
    const file = path.join(stage.folder, "wrong.json");
    const plant = (): string =>
      secrets.plant(`wrong setting ${secrets.places.length}`, secrets.places.length % 2 === 0 ? "hex" : "escaped");
    const server = { auth_token: plant() };
    const key = `-----BEGIN PRIVATE KEY-----\n${plant()}\n-----END PRIVATE KEY-----\n`;
    const keyFile = path.join(stage.folder, "wrong-key.pem");
    writeFileSync(keyFile, key, { mode: 0o600 });
    const supervisors = [
      `{"server": {"auth_token": ${plant()}`,
      ...[
        { server: plant() },
        { server: { auth_token: [plant()], port: plant(), [plant()]: plant() }, channels: { discord: plant() } },
        { server: { auth_token_file: plant() }, cost: { providers: { anthropic: plant() } } },
        { server, security: { [plant()]: plant(), tls: { enabled: plant() }, origin_allowlist: [plant()] } },
        { server: { auth_token: "x" }, security: { tls: { enabled: true, cert_path: keyFile, key_path: keyFile } } },
        { server: { auth_token: "x" }, security: { tls: { enabled: true, cert_path: key, key_path: key } } },
      ].map((one) => JSON.stringify(one)),
    ];
    const agents = [
      { supervisor_url: `ws://me:${plant()}@host`, auth_token: plant() },
      { supervisor_url: `ws://host/?token=${plant()}`, auth_token: 5, opencode: { env: plant(), config: plant() } },
      {
        supervisor_url: "wss://host",
        auth_token: "x",
        tls: { fingerprint: plant() },
        opencode: { env: { A: [plant()] } },
      },
    ].map((one) => JSON.stringify(one));
    for (const [name, texts] of [
      ["hal-supervisor", supervisors],
      ["hal-agent", agents],
    ] as const)
      for (const text of texts)
        for (const more of [["--validate"], []]) {
          writeFileSync(file, text, { mode: 0o600 });
          const program = daemon(name, ["--config", file, ...more]);
          expect((await program.ended).code).not.toBe(0);
          expect(`${name}: ${secrets.in(program.log).join(", ")}`).toBe(`${name}: `);
        }
  });

  test("viewers read no prompt in the list of commands, and nobody a secret at any door", async () => {
    const routes = ["/", "/docs", "/api/v1/openapi.json", "/healthz", "/readyz", "/metrics", "/api/v1/health"];
    const reads = [
      "status",
      "nodes",
      "sessions",
      "events?limit=1000",
      "interactions",
      "commands?limit=1000",
      "tokens",
      "audit?limit=1000",
      "db",
      "cost",
      "whoami",
    ];
    for (const route of [...routes, ...reads.map((read) => `/api/v1/${read}`)])
      for (const token of [stage.token, viewer, operator]) await hear(route, {}, token);
    await stream("/api/v1/events/stream");
    const contentless = [...heard].filter(([what]) => /commands|audit|metrics|tokens|status|health/.test(what));
    expect(contentless.length).toBeGreaterThan(10);
    for (const [what, text] of contentless) expect(`${what}: ${content.in(text).join(", ")}`).toBe(`${what}: `);
    for (const [what, text] of heard) expect(`${what}: ${secrets.in(text).join(", ")}`).toBe(`${what}: `);
    // the search finds what is there
    expect([...heard.values()].some((text) => content.in(text).length > 0)).toBe(true);
  });

  /** What comes of a stream within a moment. */
  const stream = async (route: string): Promise<void> => {
    const leaving = AbortSignal.timeout(1_500);
    let text = "";
    try {
      const response = await fetch(`http://127.0.0.1:${stage.ports.http}${route}?after=0`, {
        headers: { authorization: `Bearer ${viewer}` },
        signal: leaving,
      });
      for await (const bytes of response.body as ReadableStream<Uint8Array>) text += new TextDecoder().decode(bytes);
    } catch (error) {
      if (!leaving.aborted) throw error;
    }
    heard.set(`GET ${route}`, text);
  };

  test("programs that cannot go on, and reports of them, leave no secret", async () => {
    for (const format of ["json", "human"]) {
      const second = daemon(
        "hal-supervisor",
        ["--config", stage.supervisorConfig, "--db-path", path.join(stage.folder, `other-${format}`, "s.db")],
        { GUILD: "g", LOG_FORMAT: format },
      );
      expect((await second.ended).code).toBe(1);
      const nowhere = daemon("hal-agent", ["--config", hal.config, "--data-dir", path.join(hal.config, "below")], {
        LOG_FORMAT: format,
      });
      expect((await nowhere.ended).code).toBe(1);
    }
    const reports = path.join(stage.folder, "reports");
    mkdirSync(reports);
    const planted = {
      PLANTED_TOKEN: secrets.plant("environment of a report", "hex"),
      GUILD: secrets.plant("$GUILD of a report", "base64"),
    };
    const NODE_OPTIONS = `--report-on-signal --report-uncaught-exception --abort-on-uncaught-exception --report-directory=${JSON.stringify(reports)}`;
    const own = path.join(stage.folder, "own", "s.db");
    const reporting = daemon(
      "hal-supervisor",
      ["--config", stage.supervisorConfig, "--db-path", own, "--port", "0", "--http-port", "0"],
      { NODE_OPTIONS, ...planted },
    );
    await eventually(() => expect(reporting.log).toContain("is ready"));
    process.kill(reporting.pid, "SIGUSR2");
    await eventually(() => expect(readdirSync(reports).length).toBeGreaterThan(0));
    await delay(500);
    expect(secrets.inFiles(reports)).toEqual([]);
    // its database goes while it runs
    rmSync(path.dirname(own), { recursive: true });
    expect((await reporting.ended).code).toBe(1);
    hal.program.allowEnd();
    process.kill(hal.program.pid, "SIGABRT");
    await hal.program.ended;
    for (const { label, stdout, stderr } of [...runs, ...stage.runs]) {
      const found = [...secrets.in(stdout + stderr), ...content.in(stdout + stderr)];
      expect(`${label}: ${found.join(", ")}`).toBe(`${label}: `);
    }
  }, 60_000);

  test("on disk each is where it must be, for its owner alone, and nowhere else", async () => {
    await stage.halctl.run("db", "backup");
    hal.start();
    await stage.nodeUp(hal);
    const own =
      /^(?:supervisor\.config\.json|auth\.json|wrong\.json|wrong-key\.pem|halctl\.json|hal\/agent\.config\.json)$/;
    // what the agent has to keep, and what is opencode's own
    const sealed = ["identity.json", "opencode-server.json", "opencode/data/opencode/auth.json"];
    const opencodes = /^hal\/data\/opencode\//;
    const allowed = [...sealed.map((name) => path.join("hal", "data", name)), "lone/opencode/data/opencode/auth.json"];
    const places = secrets.inFiles(stage.folder).filter((line) => !own.test(line.split(":")[0] as string));
    expect(places.filter((line) => !opencodes.test(line) && !allowed.includes(line.split(":")[0] as string))).toEqual(
      [],
    );
    for (const name of sealed) {
      expect(statSync(path.join(hal.dataDir, name)).mode & 0o777).toBe(0o600);
      expect(places.some((line) => line.startsWith(path.join("hal", "data", name)))).toBe(true);
    }
    expect(statSync(hal.dataDir).mode & 0o777).toBe(0o700);
    const databases = content.inFiles(stage.folder).filter((line) => !opencodes.test(line));
    expect(databases.length).toBeGreaterThan(0);
    expect(databases.filter((line) => !/\.db(?:-wal|-shm|\.backup)?:/.test(line))).toEqual([]);
    // a leak would be found: one is made here
    appendFileSync(path.join(stage.folder, "leak.txt"), `x${JSON.stringify({ token: stage.token })}`);
    expect(secrets.inFiles(stage.folder)).toContain("leak.txt: server.auth_token");
  });
});
