export { addressProblem } from "./address.ts";
export { backoffMs, type BackoffLimits } from "./backoff.ts";
export { changedKeys } from "./changed-keys.ts";
export { type Clock, sleep, systemClock } from "./clock.ts";
export { Closers } from "./closers.ts";
export {
  ConfigProblems,
  type ConfigOverrides,
  type Environment,
  loadConfig,
  type LoadedConfig,
  parseConfig,
} from "./config.ts";
export { type DaemonProgram, type Flags, runDaemonCli } from "./daemon-cli.ts";
export { type ConfigDocument, describeConfig } from "./describe-config.ts";
export { described, Secret, Token } from "./described.ts";
export { type CrashingProcess, endOnCrash } from "./end-on-crash.ts";
export { errorFacts, errorText } from "./error-facts.ts";
export { parseJson } from "./json-position.ts";
export { peerAddress } from "./peer-address.ts";
export { pathBeside } from "./path-beside.ts";
export { patience } from "./patience.ts";
export { fingerprint, hashSecret, newToken, newUuid, sameSecret } from "./identifiers.ts";
export { isMissing } from "./is-missing.ts";
export { Lanes } from "./lanes.ts";
export {
  createLogger,
  LOG_LEVELS,
  type LogFormat,
  logFormatOf,
  type Logger,
  type LoggerOptions,
  type LogLevel,
  logLevelOf,
} from "./logger.ts";
export { printText, type TextSink } from "./print-text.ts";
export { type DaemonOptions, type DaemonProcess, runDaemon, type Running } from "./run-daemon.ts";
export { readRefusal } from "./read-refusal.ts";
export { DistrustError, secureConnection, wantsTls } from "./secure-connection.ts";
export { shownPath } from "./shown-path.ts";
export { StartupError } from "./startup-error.ts";
export { strictSection } from "./strict-section.ts";
export { tokenProblem } from "./token-problem.ts";
export { childSpan, currentSpan, failureOf, inSpan, type Span } from "./tracing/span.ts";
export { noTracing, openTracing, type Tracing } from "./tracing/tracing.ts";
export { TelemetryConfig, tracingSettings } from "./tracing/tracing-settings.ts";
export { isEncrypted, type Trust, type TrustNames, trustOf, type TrustSettings } from "./trust.ts";
export { unknownKeys } from "./unknown-keys.ts";
export { Looks } from "./looks.ts";
export { type Waiter, Wakeup } from "./wakeup.ts";
