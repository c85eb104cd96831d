import { ExportResultCode } from "@opentelemetry/core";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import type { Logger } from "../logger.ts";

/** Says once that a collector takes nothing, and how much was lost when it does again: traces are worth no log of their own. */
export function patientExporter(exporter: SpanExporter, log: Logger): SpanExporter {
  let lost = 0;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) {
          if (lost > 0) log.info({ lost }, "traces are taken by the collector again");
          lost = 0;
        } else {
          if (lost === 0)
            log.warn(
              { problem: problemOf(result.error) },
              "traces cannot be sent; they are dropped, and from now on counted",
            );
          lost += spans.length;
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    async shutdown() {
      if (lost > 0) log.warn({ lost }, "these spans were never sent");
      await exporter.shutdown();
    },
  };
}

/** What the collector answers may quote what it was sent, headers included: its text is not for the log. */
function problemOf(error: (Error & { readonly code?: unknown }) | undefined): string {
  const { code } = error ?? {};
  if (typeof code === "string") return code;
  return typeof code === "number" ? `it answered ${code}` : "it gave no answer in time";
}
