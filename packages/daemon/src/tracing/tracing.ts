import type { Logger } from "../logger.ts";
import type { Attributes, Span } from "./span.ts";
import type { TracingSettings } from "./tracing-settings.ts";

export interface SpanOptions {
  /** `server` answers whoever asked, `producer` hands work on, `consumer` does it */
  readonly kind: "server" | "producer" | "consumer";
  /** the work that this one belongs to, as W3C writes it; one that cannot be read begins a trace of its own */
  readonly traceparent?: string | undefined;
  readonly parent?: Span | undefined;
  readonly attributes: Attributes;
}

/** Where spans come from. Disposing it sends what is left, and does not wait long for that. */
export interface Tracing extends AsyncDisposable {
  /** undefined where nobody collects traces */
  begin(name: string, options: SpanOptions): Span | undefined;
}

/** What there is without a collector: nothing, and nothing of it is loaded. */
export const noTracing: Tracing = {
  begin: () => undefined,
  [Symbol.asyncDispose]: async () => undefined,
};

/** Brings up tracing where somebody collects it: only then is the library for it loaded. */
export async function openTracing(settings: TracingSettings | undefined, log: Logger): Promise<Tracing> {
  if (settings === undefined) return noTracing;
  const { otlpTracing } = await import("./otlp-tracing.ts");
  return otlpTracing(settings, log);
}
