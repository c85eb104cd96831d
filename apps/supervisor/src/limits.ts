import { described, strictSection } from "@hal/daemon";
import { LIMITS } from "@hal/protocol";
import * as v from "valibot";

const KIB = 1024;
const MIB = 1024 * KIB;

/** What bounds a supervisor (protocol §8), with bounds of its own: beyond them it would not work. */
export const LimitsSection = strictSection({
  http_body_bytes: whole("of a request's body", LIMITS.httpBodyBytes, 16 * KIB, 16 * MIB),
  http_header_bytes: whole("of all headers of a request", LIMITS.httpHeaderBytes, 4 * KIB, 256 * KIB),
  request_timeout_sec: seconds("for a request, or a TLS handshake, to arrive", LIMITS.httpRequestMs, 1, 300),
  idle_timeout_sec: seconds(
    "a connection on which nothing moves for so long is cut; longer than the longest wait that can be asked for",
    LIMITS.httpIdleMs,
    610,
    86_400,
  ),
  hello_timeout_sec: seconds("for an agent to say hello", LIMITS.helloMs, 1, 300),
  reader_timeout_sec: seconds("a follower that takes nothing for so long is cut off", LIMITS.readerMs, 5, 3_600),
  agent_connections: whole("connections of agents", LIMITS.agentConnections, 1, 100_000),
  control_connections: whole("control channels, such as halctl's", LIMITS.controlConnections, 1, 100_000),
  control_calls_in_flight: whole("calls of one control channel at a time", LIMITS.controlCallsInFlight, 32, 10_000),
  strangers: whole(
    "connections of one port without a token; above it those that have waited for a second are cut, the oldest first",
    LIMITS.strangers,
    10,
    1_000,
  ),
  strangers_at_most: whole("above it they are cut however new they are", LIMITS.strangersAtMost, 1_000, 100_000),
  live_watchers: whole("people who watch live text", LIMITS.liveWatchers, 1, 100_000),
  nodes_per_token: whole("nodes that came with one token first", LIMITS.nodesPerToken, 1, 100_000),
  tokens_per_token: whole("valid tokens that were made with one token", LIMITS.tokensPerToken, 1, 100_000),
  streams_per_token: whole(
    "events and sessions that are followed with one token at a time",
    LIMITS.streamsPerToken,
    1,
    100_000,
  ),
  wrong_tokens_at_once: whole("wrong tokens of one address that are answered at once", 20, 1, 100_000),
  wrong_tokens_per_minute: whole("and so many more each minute", 60, 1, 100_000),
});

/** The limits of a supervisor, as its parts want them. */
export interface Limits {
  readonly httpBodyBytes: number;
  readonly httpHeaderBytes: number;
  readonly requestMs: number;
  readonly idleMs: number;
  readonly helloMs: number;
  readonly agentConnections: number;
  readonly controlConnections: number;
  readonly controlCallsInFlight: number;
  readonly strangers: number;
  readonly strangersAtMost: number;
  readonly liveWatchers: number;
  readonly nodesPerToken: number;
  readonly tokensPerToken: number;
  readonly streamsPerToken: number;
  readonly wrongTokensAtOnce: number;
  readonly wrongTokenEveryMs: number;
}

/** What the section says. */
export function limitsOf(section: v.InferOutput<typeof LimitsSection>): Limits {
  return {
    httpBodyBytes: section.http_body_bytes,
    httpHeaderBytes: section.http_header_bytes,
    requestMs: section.request_timeout_sec * 1000,
    idleMs: section.idle_timeout_sec * 1000,
    helloMs: section.hello_timeout_sec * 1000,
    agentConnections: section.agent_connections,
    controlConnections: section.control_connections,
    controlCallsInFlight: section.control_calls_in_flight,
    strangers: section.strangers,
    strangersAtMost: section.strangers_at_most,
    liveWatchers: section.live_watchers,
    nodesPerToken: section.nodes_per_token,
    tokensPerToken: section.tokens_per_token,
    streamsPerToken: section.streams_per_token,
    wrongTokensAtOnce: section.wrong_tokens_at_once,
    wrongTokenEveryMs: 60_000 / section.wrong_tokens_per_minute,
  };
}

function whole(text: string, usual: number, least: number, most: number) {
  return v.optional(described(v.pipe(between(least, most), v.integer("must be a whole number")), text), usual);
}

function seconds(text: string, usualMs: number, least: number, most: number) {
  return v.optional(described(between(least, most), text), usualMs / 1000);
}

function between(least: number, most: number) {
  return v.pipe(
    v.number("must be a number"),
    v.minValue(least, `is below ${least}, with which this does not work`),
    v.maxValue(most, `is above ${most}`),
  );
}
