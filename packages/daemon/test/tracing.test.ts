import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import * as v from "valibot";
import {
  childSpan,
  createLogger,
  inSpan,
  type Logger,
  openTracing,
  TelemetryConfig,
  tracingSettings,
} from "../src/index.ts";

interface Sent {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly status: { readonly code?: number };
}

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PROGRAM = { name: "a-daemon", version: "1.2.3" };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** Somebody who collects, and answers with a status that may change. */
async function collect(answer: { status: number | "never" } = { status: 200 }) {
  const spans: Sent[] = [];
  const requests: { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (data: Buffer) => (body += data.toString("utf8")));
    request.on("end", () => {
      requests.push({ url: request.url ?? "", headers: request.headers, body });
      if (answer.status === "never") return;
      if (answer.status === 200) {
        const { resourceSpans } = JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Sent[] }[] }[] };
        spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      }
      response.writeHead(answer.status, { "content-type": "application/json" }).end("{}");
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, spans, requests };
}

function logged(): { readonly log: Logger; readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, log: createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } }) };
}

const configured = (config: object, env: Record<string, string> = {}) =>
  tracingSettings(v.parse(TelemetryConfig, config), env, PROGRAM);

describe("what is set", () => {
  it("is nothing by default, and the environment's where both say something", () => {
    expect(configured({})).toBeUndefined();
    expect(configured({ otlp_endpoint: "http://c:4318/" })).toMatchObject({
      url: "http://c:4318/v1/traces",
      sampleRatio: 1,
      service: "a-daemon",
    });
    const both = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://e:4318", OTEL_TRACES_SAMPLER: "always_off" };
    expect(configured({ otlp_endpoint: "http://c:4318" }, both)).toMatchObject({
      url: "http://e:4318/v1/traces",
      sampleRatio: 0,
    });
    const traces = { ...both, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://t:1/path" };
    expect(configured({}, traces)?.url).toBe("http://t:1/path");
    const ratio = { OTEL_TRACES_SAMPLER: "parentbased_traceidratio", OTEL_TRACES_SAMPLER_ARG: "0.25" };
    expect(configured({ otlp_endpoint: "http://c" }, ratio)?.sampleRatio).toBe(0.25);
  });

  it("is switched off by OpenTelemetry's own variables", () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://e:4318" };
    expect(configured({}, { ...env, OTEL_SDK_DISABLED: "true" })).toBeUndefined();
    expect(configured({}, { ...env, OTEL_TRACES_EXPORTER: "none" })).toBeUndefined();
  });

  it("is refused in one line where it cannot be honoured", () => {
    expect(() => configured({}, { OTEL_EXPORTER_OTLP_ENDPOINT: "collector" })).toThrow("is not an address");
    const grpc = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://e", OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" };
    expect(() => configured({}, grpc)).toThrow("over HTTP");
    expect(v.safeParse(TelemetryConfig, { otlp_endpoint: "collector:4318" }).success).toBe(false);
    expect(v.safeParse(TelemetryConfig, { sample_ratio: 2 }).success).toBe(false);
  });
});

describe("tracing", () => {
  it("sends spans with their parents, service and headers, and log lines carry the trace", async () => {
    const collector = await collect();
    const { log, lines } = logged();
    const settings = configured({
      otlp_endpoint: collector.url,
      headers: { authorization: "Bearer of-the-collector" },
    });
    const tracing = await openTracing(settings, log);
    const traceparent = `00-${TRACE}-b7ad6b7169203331-01`;
    const root = tracing.begin("root", { kind: "server", traceparent, attributes: { "hal.operation": "x" } });
    await inSpan(root, async () => {
      log.info("in it");
      await childSpan("inner", {}, async () => undefined);
      await childSpan("broken", {}, async () => {
        throw Object.assign(new Error("a text with content"), { code: "not_found" });
      }).catch(() => undefined);
    });
    log.info("out of it");
    root?.end();
    root?.end("twice is once");
    await tracing[Symbol.asyncDispose]();

    const by = Object.fromEntries(collector.spans.map((span) => [span.name, span]));
    expect(collector.spans).toHaveLength(3);
    expect(by["root"]).toMatchObject({ traceId: TRACE, parentSpanId: "b7ad6b7169203331" });
    for (const name of ["inner", "broken"])
      expect(by[name]).toMatchObject({ traceId: TRACE, parentSpanId: by["root"]?.spanId });
    expect([by["root"]?.status.code, by["broken"]?.status.code]).toEqual([0, 2]);
    const [{ url, headers, body }] = collector.requests as [(typeof collector.requests)[0]];
    expect([url, headers.authorization]).toEqual(["/v1/traces", "Bearer of-the-collector"]);
    expect(body).toContain('"a-daemon"');
    expect(body).not.toContain("a text with content");
    expect(lines.find((line) => line.includes('"in it"'))).toContain(`"trace_id":"${TRACE}"`);
    expect(lines.find((line) => line.includes('"out of it"'))).not.toContain("trace_id");
    expect(lines.join("")).not.toContain("of-the-collector");
  });

  it("begins a trace of its own where what it is given cannot be read, and keeps to what whoever asks has chosen", async () => {
    const collector = await collect();
    const tracing = await openTracing(configured({ otlp_endpoint: collector.url }), logged().log);
    for (const [name, traceparent] of Object.entries({
      nonsense: "zz",
      long: `00-${"1".repeat(500)}-01`,
      unsampled: `00-${TRACE}-b7ad6b7169203331-00`,
    })) {
      const span = tracing.begin(name, { kind: "server", traceparent, attributes: {} });
      expect(span?.traceparent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
      span?.end();
    }
    await tracing[Symbol.asyncDispose]();
    expect(collector.spans.map(({ name }) => name)).toEqual(["nonsense", "long"]);
    expect(collector.spans.every(({ parentSpanId }) => parentSpanId === undefined)).toBe(true);
  });

  it("warns once of a collector that is gone, drops what is too much, and stops", async () => {
    const { log, lines } = logged();
    const gone = await collect({ status: 500 });
    const tracing = await openTracing(configured({ otlp_endpoint: gone.url }), log);
    for (let n = 0; n < 10_000; n += 1) tracing.begin("one of many", { kind: "server", attributes: {} })?.end();
    await expect.poll(() => gone.requests.length).toBeGreaterThan(2);
    await tracing[Symbol.asyncDispose]();
    const warnings = lines.filter((line) => line.includes("traces cannot be sent"));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("it answered 500");
  });

  it("stops before a collector is given up that takes the request and never answers", async () => {
    const { log, lines } = logged();
    const silent = await collect({ status: "never" });
    const tracing = await openTracing(configured({ otlp_endpoint: silent.url }), log);
    tracing.begin("unheard", { kind: "server", attributes: {} })?.end();
    await tracing[Symbol.asyncDispose]();
    expect(lines.join("")).not.toContain("traces cannot be sent");
    await expect.poll(() => silent.requests).toHaveLength(1);
  });

  it("says how much was lost when the collector is back", async () => {
    const answer: { status: number } = { status: 500 };
    const { log, lines } = logged();
    const collector = await collect(answer);
    const tracing = await openTracing(configured({ otlp_endpoint: collector.url }), log);
    tracing.begin("lost", { kind: "server", attributes: {} })?.end();
    await expect.poll(() => lines.join("")).toContain("traces cannot be sent");
    answer.status = 200;
    tracing.begin("kept", { kind: "server", attributes: {} })?.end();
    await expect.poll(() => lines.join("")).toContain('"lost":1');
    await tracing[Symbol.asyncDispose]();
    expect(collector.spans.map(({ name }) => name)).toEqual(["kept"]);
  });
});
