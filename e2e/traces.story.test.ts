import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { type CollectedSpan, Collector } from "./harness/collector.ts";
import { eventually } from "./harness/eventually.ts";
import { freePort } from "./harness/free-port.ts";
import { printLogOnFailure } from "./harness/print-log-on-failure.ts";
import { Stage } from "./harness/stage.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const ASKER = "b7ad6b7169203331";
const CANARY = "canary-of-a-prompt";

const modulesFile = (folder: string): string => path.join(folder, "modules.txt");

/** Has programs write down which modules they load. */
function listing(folder: string): NodeJS.ProcessEnv {
  const preload = new URL("harness/list-modules.mjs", import.meta.url).href;
  return { NODE_OPTIONS: `--import=${preload}`, MODULES_FILE: modulesFile(folder) };
}

/** What of the library for traces the programs on a stage have loaded, bundled or not. */
function loadedForTraces({ folder }: Stage): string[] {
  const urls = [...new Set(readFileSync(modulesFile(folder), "utf8").trim().split("\n"))];
  const files = urls.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
  expect(files.join(" ")).toMatch(/hal-agent\.js.*hal-supervisor\.js|hal-supervisor\.js.*hal-agent\.js/s);
  const parts = files.flatMap((file) => {
    const named = readFileSync(file, "utf8").matchAll(/^\/\/ .*\.pnpm\/(@opentelemetry\+[\w-]+)/gm);
    return [...named].map(([, name]) => `${path.basename(file)}: ${name}`);
  });
  // what prom-client asks for the trace of an example, and which does nothing by itself
  return [...new Set(parts)].filter((part) => part !== "hal-supervisor-cli.js: @opentelemetry+api");
}

async function prompt(stage: Stage, project: string, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${stage.ports.http}/api/v1/sessions`, {
    method: "POST",
    headers: { authorization: `Bearer ${stage.token}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ project, prompt: `[[say: hi]] ${CANARY}`, wait_ms: 30_000 }),
  });
  const { data } = (await response.json()) as { data: { command: { state: string } } };
  expect(data.command.state).toBe("succeeded");
}

describe("with a collector", () => {
  let stage: Stage;
  let collector: Collector;
  printLogOnFailure(() => stage);

  beforeAll(async () => {
    collector = await Collector.open();
    stage = await Stage.open(inject("opencode"), {
      env: (folder) => ({
        ...listing(folder),
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20of-the-collector",
      }),
    });
    await stage.startSupervisor();
  });
  afterAll(async () => {
    await stage[Symbol.asyncDispose]();
    await collector[Symbol.asyncDispose]();
  });

  test("one prompt is one trace, from whoever asked to opencode", async () => {
    const agent = stage.agent("traced");
    agent.start();
    await stage.nodeUp(agent);
    await prompt(stage, "traced", { traceparent: `00-${TRACE}-${ASKER}-01` });

    const spans = await eventually(() => {
      const found = collector.spans.filter(({ traceId }) => traceId === TRACE);
      const names = found.map(({ service, name }) => `${service}: ${name}`);
      expect(names).toEqual(
        expect.arrayContaining([
          "hal-supervisor: operation sessions.start",
          "hal-supervisor: command session.start",
          "hal-agent: run session.start",
          "hal-agent: opencode POST /session",
          "hal-agent: opencode POST /session/{sessionID}/prompt_async",
        ]),
      );
      return found;
    });
    const named = (name: string): CollectedSpan => spans.find((span) => span.name === name) as CollectedSpan;
    const chain = ["operation sessions.start", "command session.start", "run session.start"].map(named);
    expect(chain.map(({ parentSpanId }) => parentSpanId)).toEqual([ASKER, chain[0]?.spanId, chain[1]?.spanId]);
    const asked = spans.filter(({ name }) => name.startsWith("opencode "));
    expect(new Set(asked.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([chain[2]?.spanId]));
    const command = chain[1]?.attributes["hal.command.id"];
    expect(command).toMatch(/^cmd_/);
    expect(chain[2]?.attributes).toMatchObject({ "hal.command.id": command, "hal.command.state": "succeeded" });
    expect(chain[1]?.attributes).toMatchObject({ "hal.command.state": "succeeded", "hal.node.id": agent.nodeId });

    expect(stage.supervisor.log).toMatch(new RegExp(`"trace_id":"${TRACE}".*command queued`));
    expect(agent.log).toMatch(new RegExp(`"trace_id":"${TRACE}".*command finished`));
  });

  test("nothing of it is content, a path or a secret, and whoever collects gets the header that was set", () => {
    const all = collector.bodies.join("\n");
    expect(all).toContain("cmd_");
    for (const hidden of [CANARY, stage.folder, stage.token, "of-the-collector"]) expect(all).not.toContain(hidden);
    expect(collector.authorizations).toEqual(new Set(["Bearer of-the-collector"]));
    expect(stage.logs.join("\n")).not.toContain("of-the-collector");
    expect(loadedForTraces(stage)).toEqual(
      expect.arrayContaining(["hal-agent-otlp-tracing.js: @opentelemetry+sdk-trace"]),
    );
  });

  test("what was not sent yet is sent at a stop", async () => {
    expect((await stage.halctl.run("status")).code).toBe(0);
    await stage.stop();
    expect(collector.spans.map(({ name }) => name)).toContain("operation status.get");
  });
});

test("without a collector, nothing for traces is loaded or sent", async () => {
  await using stage = await Stage.open(inject("opencode"), { env: listing });
  await stage.startSupervisor();
  const agent = stage.agent("untraced");
  agent.start();
  await stage.nodeUp(agent);
  await prompt(stage, "untraced", { traceparent: `00-${TRACE}-${ASKER}-01` });
  expect(loadedForTraces(stage)).toEqual([]);
  expect(stage.logs.join("\n")).not.toContain("trace_id");
});

test("a collector that is gone harms nothing and is warned about once", async () => {
  const nobody = await freePort();
  await using stage = await Stage.open(inject("opencode"), {
    env: () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${nobody}` }),
  });
  await stage.startSupervisor();
  const agent = stage.agent("alone");
  agent.start();
  await stage.nodeUp(agent);
  await prompt(stage, "alone");
  const warnings = (log: string): number => log.split("traces cannot be sent").length - 1;
  await eventually(() => expect([warnings(stage.supervisor.log), warnings(agent.log)]).toEqual([1, 1]));
  await prompt(stage, "alone");
  await stage.stop();
  expect([warnings(stage.supervisor.log), warnings(agent.log)]).toEqual([1, 1]);
});
