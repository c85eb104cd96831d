/** Why a supervisor or an agent closes a link, and whether the agent dials again. Protocol §1.6. */
export const CLOSE_CODES = {
  1001: { reason: "going away", reconnect: "soon" },
  1008: { reason: "policy violation", reconnect: "slowly" },
  1009: { reason: "frame above the limit", reconnect: "soon" },
  1011: { reason: "internal error", reconnect: "soon" },
  1013: { reason: "try again later", reconnect: "soon" },
  4000: { reason: "malformed frame", reconnect: "soon" },
  4001: { reason: "no hello, or a second one", reconnect: "soon" },
  4002: { reason: "no common protocol version", reconnect: "slowly" },
  4003: { reason: "replaced by a newer connection of the same agent", reconnect: "never" },
  4004: { reason: "node identity not proven", reconnect: "slowly" },
  4005: { reason: "hole in the sequence of events", reconnect: "soon" },
  4006: { reason: "another live agent has this identity", reconnect: "slowly" },
  4007: { reason: "no frame for the agreed time", reconnect: "soon" },
  4008: { reason: "reader too slow", reconnect: "soon" },
  4009: { reason: "the token was revoked or has expired", reconnect: "slowly" },
} as const;

export type CloseCode = keyof typeof CLOSE_CODES;

/** `soon` for codes that this build does not know: a newer peer may have more of them. */
export function reconnectAfter(code: number): "soon" | "slowly" | "never" {
  return code in CLOSE_CODES ? CLOSE_CODES[code as CloseCode].reconnect : "soon";
}
