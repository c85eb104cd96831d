import {
  type Context,
  ROOT_CONTEXT,
  type Span as OtelSpan,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from "@opentelemetry/sdk-trace";
import { sleep } from "../clock.ts";
import type { Logger } from "../logger.ts";
import { patientExporter } from "./patient-exporter.ts";
import type { Attributes, Span } from "./span.ts";
import type { SpanOptions, Tracing } from "./tracing.ts";
import type { TracingSettings } from "./tracing-settings.ts";

/** What waits for a collector; above it spans are dropped. */
const QUEUE = { spans: 2_048, batch: 256, everyMs: 1_000 };

/** How long a collector may take for a batch, tries again included. */
const EXPORT_MS = 5_000;

/** How long a stop waits for what is left to be sent. */
const STOP_MS = 2_000;

const KINDS = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER };

const propagator = new W3CTraceContextPropagator();

/** Traces by OpenTelemetry, sent as OTLP over HTTP. Nothing global is registered: it ends with what it returns. */
export function otlpTracing(settings: TracingSettings, log: Logger): Tracing {
  const exporter = new OTLPTraceExporter({
    url: settings.url,
    headers: { ...settings.headers },
    timeoutMillis: EXPORT_MS,
  });
  const processor = new BatchSpanProcessor({
    exporter: patientExporter(exporter, log),
    maxQueueSize: QUEUE.spans,
    maxExportBatchSize: QUEUE.batch,
    scheduledDelayMillis: QUEUE.everyMs,
    exportTimeoutMillis: EXPORT_MS + 1_000,
  });
  const named = resourceFromAttributes({ "service.name": settings.service, "service.version": settings.version });
  const provider = new TracerProvider({
    resource: named.merge(detectResources({ detectors: [envDetector] })),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(settings.sampleRatio) }),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer(settings.service, settings.version);
  log.info(
    { collector: new URL(settings.url).host, sample_ratio: settings.sampleRatio },
    "traces are sent to a collector",
  );
  return {
    begin: (name, options) =>
      new TracedSpan(tracer, name, { ...options, parent: parentOf(options), kind: KINDS[options.kind] }),
    async [Symbol.asyncDispose]() {
      const ended = new AbortController();
      // what fails of it was said and counted
      const sent = provider.shutdown().catch(() => undefined);
      await Promise.race([sent, sleep(STOP_MS, ended.signal)]);
      ended.abort();
    },
  };
}

function parentOf({ parent, traceparent }: SpanOptions): Context {
  return fromTraceparent(parent?.traceparent ?? traceparent);
}

/** What cannot be read has no parent. */
function fromTraceparent(traceparent: string | undefined): Context {
  if (traceparent === undefined) return ROOT_CONTEXT;
  return propagator.extract(
    ROOT_CONTEXT,
    { traceparent },
    { get: (carrier, key) => carrier[key as "traceparent"], keys: Object.keys },
  );
}

interface Beginning {
  readonly kind: SpanKind;
  readonly parent: Context;
  readonly attributes: Attributes;
}

class TracedSpan implements Span {
  readonly #tracer: Tracer;
  readonly #span: OtelSpan;
  #hasEnded = false;

  constructor(tracer: Tracer, name: string, { kind, parent, attributes }: Beginning) {
    this.#tracer = tracer;
    this.#span = tracer.startSpan(name, { kind, attributes: { ...attributes } }, parent);
  }

  get traceId(): string {
    return this.#span.spanContext().traceId;
  }

  get traceparent(): string {
    const carrier: { traceparent?: string } = {};
    const context = trace.setSpan(ROOT_CONTEXT, this.#span);
    propagator.inject(context, carrier, { set: (to, key, value) => Object.assign(to, { [key]: value }) });
    return carrier.traceparent ?? "";
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes({ ...attributes });
  }

  event(name: string): void {
    this.#span.addEvent(name);
  }

  child(name: string, attributes: Attributes): Span {
    const parent = trace.setSpan(ROOT_CONTEXT, this.#span);
    return new TracedSpan(this.#tracer, name, { kind: SpanKind.CLIENT, parent, attributes });
  }

  end(failure?: string): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    if (failure !== undefined) {
      this.#span.setStatus({ code: SpanStatusCode.ERROR });
      this.#span.setAttribute("error.type", failure);
    }
    this.#span.end();
  }
}
