import * as v from "valibot";
import type { Environment } from "../config.ts";
import { Secret } from "../described.ts";
import { StartupError } from "../startup-error.ts";

const HTTP = /^https?:\/\/[^\s/]+\S*$/;

/** The section `telemetry` of a daemon's configuration. */
export const TelemetryConfig = v.object({
  otlp_endpoint: v.optional(
    v.pipe(
      v.string("must be text"),
      v.regex(HTTP, "is not an address such as http://collector:4318"),
      v.description(
        "a collector of traces that speaks OTLP over HTTP, without /v1/traces; see [traces](observability.md#traces)",
      ),
    ),
  ),
  headers: v.optional(
    v.pipe(v.record(v.string(), Secret), v.description("sent with each request to the collector; secrets as a rule")),
    {},
  ),
  sample_ratio: v.optional(
    v.pipe(
      v.number("must be a number"),
      v.minValue(0, "is below 0"),
      v.maxValue(1, "is above 1"),
      v.description("how many of all traces are collected, where whoever asks does not say so"),
    ),
    1,
  ),
});
export type TelemetryConfig = v.InferOutput<typeof TelemetryConfig>;

export interface TracingSettings {
  /** with its path */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sampleRatio: number;
  readonly service: string;
  readonly version: string;
}

/** What configuration and environment say together; undefined where nobody collects traces. The environment wins. */
export function tracingSettings(
  config: TelemetryConfig,
  env: Environment,
  program: { readonly name: string; readonly version: string },
): TracingSettings | undefined {
  if (/^true$/i.test(env["OTEL_SDK_DISABLED"] ?? "") || env["OTEL_TRACES_EXPORTER"] === "none") return undefined;
  const url = urlIn(env) ?? (config.otlp_endpoint === undefined ? undefined : tracesOf(config.otlp_endpoint));
  if (url === undefined) return undefined;
  if (!HTTP.test(url) || !URL.canParse(url))
    throw new StartupError(
      "telemetry.otlp_endpoint, or OTEL_EXPORTER_OTLP_ENDPOINT, is not an address such as http://collector:4318",
    );
  if (env["OTEL_EXPORTER_OTLP_PROTOCOL"] === "grpc" || env["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"] === "grpc")
    throw new StartupError(
      "OTEL_EXPORTER_OTLP_PROTOCOL is grpc; traces are sent over HTTP (port 4318 as a rule), as http/json",
    );
  const sampleRatio = ratioIn(env) ?? config.sample_ratio;
  return { url, headers: config.headers, sampleRatio, service: program.name, version: program.version };
}

function urlIn(env: Environment): string | undefined {
  const [traces, all] = [env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"], env["OTEL_EXPORTER_OTLP_ENDPOINT"]];
  if (traces !== undefined && traces !== "") return traces;
  return all === undefined || all === "" ? undefined : tracesOf(all);
}

function tracesOf(endpoint: string): string {
  return `${endpoint.replace(/\/+$/, "")}/v1/traces`;
}

function ratioIn(env: Environment): number | undefined {
  const sampler = env["OTEL_TRACES_SAMPLER"]?.replace(/^parentbased_/, "");
  switch (sampler) {
    case undefined:
    case "":
      return undefined;
    case "always_on":
      return 1;
    case "always_off":
      return 0;
    case "traceidratio": {
      const ratio = Number(env["OTEL_TRACES_SAMPLER_ARG"] ?? "1");
      if (ratio >= 0 && ratio <= 1) return ratio;
      throw new StartupError("OTEL_TRACES_SAMPLER_ARG is not a number from 0 to 1");
    }
    default:
      throw new StartupError("OTEL_TRACES_SAMPLER is none of always_on, always_off, traceidratio");
  }
}
