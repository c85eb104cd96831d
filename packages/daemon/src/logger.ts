import { entryOf, harmlessJson } from "@hal/protocol/text";
import pino, { type DestinationStream, type Logger } from "pino";
import { errorFacts } from "./error-facts.ts";
import { humanLine } from "./human-line.ts";
import { currentSpan, type Span } from "./tracing/span.ts";
import { shownFields } from "./shown-fields.ts";

export type { Logger };

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How lines look: for a program, for a person at a terminal, or for the journal with its priorities. */
export type LogFormat = "json" | "human" | "journal";

export interface LoggerOptions {
  readonly name: string;
  readonly level?: LogLevel;
  readonly format?: LogFormat;
  readonly destination?: DestinationStream;
}

/** A logger that writes one line an event to standard output, or to `destination`. */
export function createLogger(options: LoggerOptions): Logger {
  const format = options.format ?? "json";
  const destination = options.destination ?? pino.destination({ fd: 1, sync: true });
  return pino(
    {
      name: options.name,
      level: options.level ?? "info",
      base: { name: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      errorKey: "error",
      formatters: { level: (label) => ({ level: label }), log: (fields) => shownFields(fields) },
      // by this a line is found again beside its trace
      mixin: () => traceOf(currentSpan()),
      serializers: { error: errorFacts },
    },
    // what a line tells of may be others' words
    { write: (line: string) => destination.write(format === "json" ? harmlessJson(line) : decorate(line, format)) },
  );
}

function traceOf(span: Span | undefined): { readonly trace_id?: string } {
  return span === undefined ? {} : { trace_id: span.traceId };
}

/** The level that `text` names; anything else is `info` and a sentence about it. */
export function logLevelOf(text: string | undefined): { readonly level: LogLevel; readonly warning?: string } {
  if (text === undefined || text === "") return { level: "info" };
  const level = LOG_LEVELS.find((known) => known === text.toLowerCase());
  return level === undefined
    ? { level: "info", warning: `LOG_LEVEL=${text} is none of ${LOG_LEVELS.join(", ")}; using info` }
    : { level };
}

/** The format that suits where standard output goes. */
export function logFormatOf(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): LogFormat {
  if (env["LOG_FORMAT"] === "json" || env["LOG_FORMAT"] === "human") return env["LOG_FORMAT"];
  if (env["JOURNAL_STREAM"] !== undefined) return "journal";
  return isTerminal ? "human" : "json";
}

const PRIORITIES: Readonly<Record<string, number>> = { debug: 7, info: 6, warn: 4, error: 3, fatal: 2 };

function decorate(line: string, format: "human" | "journal"): string {
  const entry = JSON.parse(line) as Record<string, unknown>;
  const text = humanLine(entry, format === "human");
  return format === "human" ? text : `<${entryOf(PRIORITIES, String(entry["level"])) ?? 6}>${text}`;
}
